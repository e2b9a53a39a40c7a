"""What an account is held against: Bitcoin bought and held, and all coins in equal parts while the gate allows longs."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from functions.arrays import FloatArray, FloatGrid, filled
from functions.backtest.history import MarketHistory
from functions.backtest.result import Benchmark, Prices
from functions.costs import Costs
from functions.market.candles.gaps import from_ms, to_ms
from functions.market.candles.timeframe import Timeframe

BTC, GATED_BASKET = "btc", "gated_basket"


def benchmarks(
    history: MarketHistory, gate_symbol: str, days: Sequence[datetime], regime: Sequence[int | None], costs: Costs
) -> tuple[Benchmark, ...]:
    """Return what the benchmarks are worth at each of `days`, 1 at the first.

    Args:
        history: of the market.
        gate_symbol: what is bought and held.
        days: the beginning, and every midnight after it.
        regime: what the gate allowed at each of them.
        costs: of each fill: one to buy and hold, and one at each turn of the basket. Its daily levelling costs nothing.
    """
    prices = closes_at(history, days)
    per_side = float(costs.per_side)
    held = _moves(prices[history.symbols.index(gate_symbol)])
    held[0] = -per_side
    traded = ~np.isnan(history.finest.close).all(axis=1)
    basket = _basket(prices[traded], np.array([allowed == 1 for allowed in regime]), per_side)
    return (Benchmark(BTC, _worth(held)), Benchmark(GATED_BASKET, _worth(basket)))


def closes_at(history: MarketHistory, days: Sequence[datetime]) -> FloatGrid:
    """Return the newest daily close of each symbol known at each midnight, `[S, D]`; NaN before the first."""
    closed = history.days.open_time + Timeframe.D1.milliseconds
    columns = np.searchsorted(closed, [to_ms(day) for day in days], side="right") - 1
    closes = filled(history.days.close)
    return np.where(columns >= 0, closes[:, np.maximum(columns, 0)], np.nan)


def daily_prices(history: MarketHistory, symbols: Sequence[str], days: Sequence[datetime]) -> dict[str, Prices]:
    """Return the daily candles of some symbols that open in the span."""
    first, last = (int(np.searchsorted(history.days.open_time, to_ms(day))) for day in (days[0], days[-1]))
    opened = tuple(from_ms(int(time)) for time in history.days.open_time[first:last])
    names = ("open", "high", "low", "close")
    prices = {}
    for symbol in symbols:
        row = history.symbols.index(symbol)
        values = (tuple(getattr(history.days, name)[row, first:last].tolist()) for name in names)
        prices[symbol] = Prices(opened, *values)
    return prices


def _basket(prices: FloatGrid, held: NDArray[np.bool_], per_side: float) -> FloatArray:
    """Return what each day did to equal parts of all coins, held from a midnight on at which the gate allows longs."""
    moves = np.stack([_moves(row) for row in prices]) if len(prices) else np.zeros((0, len(held)))
    known = ~np.isnan(moves)
    mean = np.where(known, moves, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    before = np.concatenate([[False], held[:-1]])
    turns = before != held
    turns[-1] = before[-1]  # what is held is sold in the end
    result: FloatArray = np.where(before, mean, 0.0) - per_side * turns
    return result


def _moves(prices: FloatArray) -> FloatArray:
    """Return what each day did, as a fraction; NaN where a price lacks, 0 on the first day."""
    moves = np.zeros(len(prices))
    moves[1:] = prices[1:] / prices[:-1] - 1.0
    return moves


def _worth(moves: FloatArray) -> tuple[float, ...]:
    grown: list[float] = np.cumprod(1.0 + np.nan_to_num(moves)).tolist()
    return tuple(grown)
