"""Small markets and orders written by hand, put through a whole account."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np

from functions.backtest.engine.market import TradedMarket
from functions.backtest.engine.offers import Offers
from functions.backtest.engine.portfolio import run_account
from functions.backtest.history import MarketHistory, PairRules
from functions.backtest.result import AccountResult
from functions.backtest.rules import BacktestRules
from functions.costs import Costs
from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.paper.settling.touch import milliseconds

BEGIN = datetime(2024, 3, 5, tzinfo=UTC)
SPAN = Timeframe.M5.span
FREE = Costs(fee=Decimal(0), slippage=Decimal(0))
PAIR = PairRules(tick=Decimal("0.01"), lot=Decimal("0.001"), min_amount=Decimal(1))
Row = tuple[float, float, float, float] | None  # open, high, low, close; None where the market had no candle


def market(*tables: Sequence[Row], regime: Sequence[tuple[datetime, float]] = (), pair: PairRules = PAIR) -> TradedMarket:
    """Return a market of symbols AUSDT, BUSDT, ...; the first candle of each table opens at `BEGIN`."""
    length = max(len(table) for table in tables)
    grids = np.full((4, len(tables), length), np.nan)
    for row, table in enumerate(tables):
        for column, candle in enumerate(table):
            if candle is not None:
                grids[:, row, column] = candle
    symbols = tuple(f"{chr(ord('A') + row)}USDT" for row in range(len(tables)))
    times = milliseconds(BEGIN) + np.arange(length, dtype=np.int64) * Timeframe.M5.milliseconds
    values = (*grids, np.where(np.isnan(grids[3]), np.nan, 1.0))
    candles = Candles(Timeframe.M5, symbols, times, *values)
    history = MarketHistory.of(candles, [pair] * len(tables))
    closes = np.array([milliseconds(at) for at, _ in regime], dtype=np.int64)
    return TradedMarket.of(history, closes, np.array([allowed for _, allowed in regime], dtype=np.float64))


def at(candle: int) -> datetime:
    """Return when a candle opens."""
    return BEGIN + candle * SPAN


def order(
    row: int = 0, *, candle: int = 1, sign: int = 1, close: float = 100.0, distance: float = 0.1, hourly: bool = False
) -> dict[str, float]:
    """Return an order that can be filled from the open of a candle on: entry 100, stop 90, targets 107, 120, 140."""
    return {"row": row, "said": milliseconds(at(candle)), "sign": sign, "close": close, "distance": distance, "hourly": hourly}


def offers(*orders: dict[str, float]) -> Offers:
    """Return orders as they come."""
    count = len(orders)
    return Offers(
        row=np.array([one["row"] for one in orders], dtype=np.int64),
        sign=np.array([one["sign"] for one in orders], dtype=np.int64),
        said_at=np.array([one["said"] for one in orders], dtype=np.int64),
        hourly=np.array([one["hourly"] for one in orders], dtype=np.bool_),
        close=np.array([one["close"] for one in orders], dtype=np.float64),
        distance=np.array([one["distance"] for one in orders], dtype=np.float64),
        regime=np.ones(count),
        score=np.full(count, 75.0),
        confidence=np.full(count, 0.8),
        points={},
    )


def trade(where: TradedMarket, rules: BacktestRules, *orders: dict[str, float], days: int = 1) -> AccountResult:
    """Put orders to an account over so many days."""
    marks = [BEGIN + timedelta(days=day) for day in range(days + 1)]
    return run_account("desk", offers(*orders), where, marks, rules)
