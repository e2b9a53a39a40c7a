"""Rolling windows over time-first grids, built so that a value never depends on how much history stands before its window.

Every array is `[T, S]`: time down, symbols across, so that one step in time is one contiguous row. Each result has the shape of
its input; a row is NaN until its window is full of values. Sums are trees of additions in a fixed order, so the same window
gives the same bits wherever it lies: that is what makes the live scan equal the backtest.
"""

from collections.abc import Callable

import numpy as np

from functions.arrays import BoolGrid, FloatGrid, IntGrid


def shift(values: FloatGrid, steps: int) -> FloatGrid:
    """Return `values` moved `steps` rows later in time, `[T, S]`; the first `steps` rows are NaN."""
    result = np.empty_like(values)
    result[:steps] = np.nan
    result[steps:] = values[: max(len(values) - steps, 0)]
    return result


def rolling_max(values: FloatGrid, length: int) -> FloatGrid:
    """Return the highest of the last `length` rows, `[T, S]`; warm-up `length` rows; NaN if any of them is NaN."""
    return _tree(values, length, np.maximum)


def rolling_min(values: FloatGrid, length: int) -> FloatGrid:
    """Return the lowest of the last `length` rows, `[T, S]`; warm-up `length` rows; NaN if any of them is NaN."""
    return _tree(values, length, np.minimum)


def rolling_sum(values: FloatGrid, length: int) -> FloatGrid:
    """Return the sum of the last `length` rows, `[T, S]`; warm-up `length` rows; NaN if any of them is NaN."""
    total: FloatGrid | None = None
    offset = 0
    block, size = values, 1
    # Binary decomposition of the length: each block of 1, 2, 4, ... rows is added once, newest first.
    while size <= length:
        if length & size:
            part = shift(block, offset)
            total = part if total is None else total + part
            offset += size
        if size * 2 <= length:
            block = block + shift(block, size)
        size *= 2
    return np.full_like(values, np.nan) if total is None else total


def sma(values: FloatGrid, length: int) -> FloatGrid:
    """Return the simple moving average, `[T, S]`: the sum of the last `length` rows over `length`; warm-up `length` rows.

    Source: TradingView `ta.sma`.
    """
    return rolling_sum(values, length) / length


def deviation(values: FloatGrid, mean: FloatGrid, length: int) -> FloatGrid:
    """Return the population standard deviation of the last `length` rows around `mean`, `[T, S]`; warm-up `length` rows.

    `sqrt(sum((x - mean)^2) / length)`, in two passes: the textbook's one-pass form loses every digit on flat or tiny prices.
    Source: TradingView `ta.stdev` (biased).
    """
    total = np.zeros_like(values)
    for step in range(length):
        total += (shift(values, step) - mean) ** 2
    return np.sqrt(total / length)


def _tree(values: FloatGrid, length: int, pick: Callable[[FloatGrid, FloatGrid], FloatGrid]) -> FloatGrid:
    block, size = values, 1
    while size * 2 <= length:
        block = pick(block, shift(block, size))
        size *= 2
    return block if size == length else pick(block, shift(block, length - size))


def last_index(marked: BoolGrid) -> IntGrid:
    """Return for each cell the row of the newest mark at or before it, `[T, S]`; -1 where there is none yet."""
    rows = np.where(marked, np.arange(len(marked))[:, None], -1)
    return np.maximum.accumulate(rows, axis=0)


def take_rows(values: FloatGrid, rows: IntGrid) -> FloatGrid:
    """Return `values[rows[t, s], s]`, `[T, S]`; NaN where the row is -1."""
    columns = np.arange(values.shape[1])[None, :]
    if not len(values):
        return values.copy()
    return np.where(rows >= 0, values[np.maximum(rows, 0), columns], np.nan)
