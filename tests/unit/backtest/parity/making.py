"""Trades of two sides, written by hand."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from functions.backtest.parity.trades import ComparedTrade, TradeKey
from functions.market.candles.timeframe import Timeframe
from functions.paper.settling.position import Fill, FillReason, Side

CLOSE = datetime(2024, 3, 5, 12, tzinfo=UTC)
CANDLE = timedelta(minutes=5)
SECOND = timedelta(seconds=1)
Exit = tuple[str, float, str, str]  # reason, candles after the entry, price, quantity


def fill(at: datetime, reason: str, price: str, quantity: str) -> Fill:
    return Fill(at, FillReason(reason), Decimal(price), Decimal(quantity), Decimal(0), Decimal(0))


def trade(
    *exits: Exit,
    symbol: str = "BTCUSDT",
    close: datetime = CLOSE,
    after: timedelta = timedelta(0),
    price: str = "100",
    quantity: str = "3",
    stop: str = "90",
    unseen: int = 0,
) -> ComparedTrade:
    """Return a long said at `close` and filled `after` it."""
    opened = close + after
    return ComparedTrade(
        key=TradeKey(close, symbol, Timeframe.M15, Side.LONG),
        entry=fill(opened, "entry", price, quantity),
        stop=Decimal(stop),
        targets=(Decimal(107),),
        exits=tuple(fill(close + candles * CANDLE, reason, at, part) for reason, candles, at, part in exits),
        unseen=unseen,
    )
