"""Recursive averages (EMA, Wilder's RMA), many symbols and many lengths in one walk over time.

`y[t] = y[t-1] + weight * (x[t] - y[t-1])`, begun with the simple average of the first `length` values. All kinds of averages of a
grid are stacked into one array, so that one step in time is three vector operations whatever their number.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from functions.technical.windows import FloatGrid

Stack = NDArray[np.float64]  # [T, K, S]
Starts = NDArray[np.int64]  # [S]


@dataclass(frozen=True, slots=True)
class Average:
    """One recursive average: its length, the weight of a new value, and how many rows after a symbol's first candle it begins."""

    length: int
    weight: float
    offset: int = 0


def ema_of(length: int, offset: int = 0) -> Average:
    """Return the exponential average, weight `2 / (length + 1)`. Source: TradingView `ta.ema`, with an SMA as the first value."""
    return Average(length, 2.0 / (length + 1), offset)


def rma_of(length: int, offset: int = 0) -> Average:
    """Return Wilder's average, weight `1 / length`. Source: TradingView `ta.rma`."""
    return Average(length, 1.0 / length, offset)


def averages(source: Stack, kinds: Sequence[Average], starts: Starts) -> Stack:
    """Compute `kinds` over `source`, `[T, K, S]`.

    Args:
        source: `[T, K, S]`, or `[T, 1, S]` when all kinds average the same series.
        kinds: the K averages.
        starts: `[S]`, row of each symbol's first candle; no NaN may follow it (plus the kind's offset).

    Returns:
        `[T, K, S]`; NaN before `start + offset + length - 1`.
    """
    steps, _, symbols = source.shape
    result: Stack = np.empty((steps, len(kinds), symbols))
    weights = np.repeat([[kind.weight] for kind in kinds], symbols, axis=1)
    state: Stack = np.full((len(kinds), symbols), np.nan)
    change = np.empty_like(state)
    seeds = _seeds(source, kinds, starts)
    for step in range(steps):
        np.subtract(source[step], state, out=change)
        np.multiply(change, weights, out=change)
        state = np.add(state, change, out=result[step])
        if step in seeds:
            which, values = seeds[step]
            state[which] = values
    return result


def average(values: FloatGrid, kind: Average, starts: Starts) -> FloatGrid:
    """Compute one kind over `[T, S]`."""
    return averages(values[:, None, :], [kind], starts)[:, 0, :]


_Seeds = dict[int, tuple[tuple[NDArray[np.int64], NDArray[np.int64]], FloatGrid]]


def _seeds(source: Stack, kinds: Sequence[Average], starts: Starts) -> _Seeds:
    """Return, by row, which averages begin there and with which value."""
    rows, found, columns, values = [], [], [], []
    for number, kind in enumerate(kinds):
        series = source[:, number if source.shape[1] > 1 else 0, :]
        first = starts + kind.offset
        column = np.flatnonzero(first + kind.length <= len(source))
        window = first[column] + np.arange(kind.length)[:, None]
        # cumsum adds one after the other; a plain sum would add in another order for other shapes.
        total = np.cumsum(series[window, column], axis=0)[-1]
        rows.append(first[column] + kind.length - 1)
        found.append(np.full(len(column), number))
        columns.append(column)
        values.append(total / kind.length)
    row, which, column, value = (np.concatenate(part) for part in (rows, found, columns, values))
    return {int(step): ((which[row == step], column[row == step]), value[row == step]) for step in np.unique(row)}
