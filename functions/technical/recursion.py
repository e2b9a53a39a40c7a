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


class Walk:
    """A walk over time that carries the averages from one stretch of rows to the next.

    Args:
        kinds: the K averages.
        aligned: the rows from each symbol's first candle on, `[N, K, S]` (or `[N, 1, S]` when all kinds average one series),
        with N at least
            the longest offset + length, unless the history is shorter.
        starts: `[S]`, row of each symbol's first candle; no NaN may follow it (plus the kind's offset), anything before it.
    """

    def __init__(self, kinds: Sequence[Average], aligned: Stack, starts: Starts) -> None:
        symbols = len(starts)
        self._weights = np.repeat([[kind.weight] for kind in kinds], symbols, axis=1)
        self._state: Stack = np.full((len(kinds), symbols), np.nan)
        self._change = np.empty_like(self._state)
        self._seeds = _seeds(aligned, kinds, starts)
        self._row = 0

    def advance(self, source: Stack, out: Stack) -> None:
        """Compute the next rows, `[T, K, S]`, into `out`, which may be the source itself when that has all K series."""
        for step in range(len(source)):
            np.subtract(source[step], self._state, out=self._change)
            np.multiply(self._change, self._weights, out=self._change)
            np.add(self._state, self._change, out=out[step])
            if self._row in self._seeds:
                which, values = self._seeds[self._row]
                out[step][which] = values
            self._state = out[step]
            self._row += 1
        self._state = self._state.copy()


def averages(source: Stack, kinds: Sequence[Average], starts: Starts, *, in_place: bool = False) -> Stack:
    """Compute `kinds` over a whole `source`, `[T, K, S]`.

    Args:
        source: `[T, K, S]`, or `[T, 1, S]` when all kinds average the same series.
        kinds: the K averages.
        starts: `[S]`, row of each symbol's first candle.
        in_place: write the result over the source, which must have all K series.

    Returns:
        `[T, K, S]`; NaN before `start + offset + length - 1`.
    """
    result: Stack = source if in_place else np.empty((len(source), len(kinds), source.shape[2]))
    longest = max(kind.offset + kind.length for kind in kinds)
    Walk(kinds, aligned_rows(source, starts, longest), starts).advance(source, result)
    return result


def average(values: FloatGrid, kind: Average, starts: Starts) -> FloatGrid:
    """Compute one kind over `[T, S]`."""
    return averages(values[:, None, :], [kind], starts)[:, 0, :]


def running_sum(values: FloatGrid) -> FloatGrid:
    """Add each row of `[T, S]` to the next, in place, and return it: one after the other, whatever the shape.

    `np.cumsum` down the rows gives the same bits and takes longer; `np.sum` adds in another order for other shapes.
    """
    for row in range(1, len(values)):
        np.add(values[row - 1], values[row], out=values[row])
    return values


def aligned_rows(source: NDArray[np.float64], starts: Starts, count: int) -> NDArray[np.float64]:
    """Return the first `count` rows of each symbol from its start on, `[count, ..., S]`; rows past the end are NaN."""
    if len(source) >= count and not starts.any():
        return source[:count]
    rows = starts + np.arange(count)[:, None]
    found = np.full((count, *source.shape[1:]), np.nan)
    step, column = np.nonzero(rows < len(source))
    found[step, ..., column] = source[rows[step, column], ..., column]
    return found


_Seeds = dict[int, tuple[tuple[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float64]]]


def _seeds(aligned: Stack, kinds: Sequence[Average], starts: Starts) -> _Seeds:
    """Return, by row, which averages begin there and with which value; rows past the end do no harm."""
    rows, found, columns, values = [], [], [], []
    for number, kind in enumerate(kinds):
        series = aligned[kind.offset : kind.offset + kind.length, number if aligned.shape[1] > 1 else 0]
        rows.append(starts + kind.offset + kind.length - 1)
        found.append(np.full(len(starts), number))
        columns.append(np.arange(len(starts)))
        values.append(running_sum(series.copy())[-1] / kind.length)
    row, which, column, value = (np.concatenate(part) for part in (rows, found, columns, values))
    return {int(step): ((which[row == step], column[row == step]), value[row == step]) for step in np.unique(row)}
