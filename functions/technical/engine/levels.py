"""Support and resistance: swing highs and lows of the last 200 candles, gathered into levels where they lie close together."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from functions.arrays import FloatArray, FloatGrid, IntArray
from functions.technical.engine.trend import SWING_MEMORY, Swings

CLOSE_TOGETHER = 0.25  # ATRs between neighbours of one level
KEPT = 3  # levels on each side of the price


class Level(NamedTuple):
    """One level: its price (mean of its swings), how many swings touched it, and its strength 0..1.

    A tuple, not a dataclass: a cold scan makes 15,000 of them, and a tuple is made five times faster.
    """

    price: float
    touches: int
    strength: float


@dataclass(frozen=True, slots=True)
class Levels:
    """The nearest levels around one symbol's price, nearest first."""

    support: tuple[Level, ...]
    resistance: tuple[Level, ...]


def levels(swings: Swings, row: int, close: FloatArray, atr: FloatArray, owner: IntArray | None = None) -> list[Levels]:
    """Return the levels of each symbol at `row`, from swings confirmed in the 200 rows up to it.

    Swings less than a quarter ATR from their neighbour in price are one level. Strength is the level's share of all swings,
    each weighted by its age (1 for this row, falling linearly to 0). At most three levels a side.
    Warm-up the first swing, 11 rows. Source: own; swings as TradingView's `ta.pivothigh`.

    Args:
        swings: `[T, S]`.
        row: the row the levels are known at.
        close: `[S]` at that row, in price.
        atr: ATR(14) there, `[S]`, in price.
        owner: the column of `swings` that holds each symbol's swings, `[S]`; its own place without it.
    """
    first = max(0, row + 1 - SWING_MEMORY)
    highs, lows = swings.high[first : row + 1], swings.low[first : row + 1]
    symbol, price, weight = _points(highs, lows) if owner is None else _points(highs[:, owner], lows[:, owner])
    order = np.lexsort((price, symbol))
    symbol, price, weight = symbol[order], price[order], weight[order]
    if not len(symbol):
        return [Levels((), ()) for _ in close]
    begins = np.ones(len(symbol), dtype=bool)
    near = CLOSE_TOGETHER * atr[symbol[1:]]
    begins[1:] = (symbol[1:] != symbol[:-1]) | ~(np.diff(price) <= near)
    edges = np.flatnonzero(begins)
    touches = np.diff(np.append(edges, len(symbol)))
    owner = symbol[edges]
    total = np.bincount(symbol, weight)
    strength = np.add.reduceat(weight, edges) / total[owner]
    return _nearest(owner, np.add.reduceat(price, edges) / touches, touches, strength, close)


def _points(high: FloatGrid, low: FloatGrid) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return each swing's symbol, price and weight."""
    parts = []
    for marks in (high, low):
        rows, symbols = np.nonzero(~np.isnan(marks))
        age = len(marks) - 1 - rows
        parts.append((symbols, marks[rows, symbols], 1.0 - age / SWING_MEMORY))
    symbol, price, weight = (np.concatenate(part) for part in zip(*parts, strict=True))
    return symbol, price, weight


def _nearest(owner: IntArray, price: FloatArray, touches: IntArray, strength: FloatArray, close: FloatArray) -> list[Levels]:
    """Return the nearest levels of each symbol; they come ordered by symbol and price."""
    first = np.searchsorted(owner, np.arange(len(close)))
    last = np.searchsorted(owner, np.arange(len(close)), side="right")
    split = np.bincount(owner[price < close[owner]], minlength=len(close)) + first
    lowest, highest = np.maximum(first, split - KEPT), np.minimum(last, split + KEPT)
    counts = highest - lowest
    before = np.cumsum(counts) - counts
    kept = np.repeat(lowest - before, counts) + np.arange(counts.sum())
    rows = list(map(Level, price[kept].tolist(), touches[kept].tolist(), strength[kept].tolist()))
    places = zip(before.tolist(), (before + split - lowest).tolist(), (before + counts).tolist(), strict=True)
    return [Levels(tuple(rows[low:middle][::-1]), tuple(rows[middle:high])) for low, middle, high in places]
