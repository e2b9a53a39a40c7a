"""The types of our arrays: a grid has symbols and time (`[S, T]`, or `[T, S]` while it is computed), an array one axis."""

import numpy as np
from numpy.typing import NDArray

FloatGrid = NDArray[np.float64]
BoolGrid = NDArray[np.bool_]
IntGrid = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]
Milliseconds = NDArray[np.int64]  # UTC, one axis
Microseconds = NDArray[np.int64]  # UTC, one axis


def filled(grid: FloatGrid) -> FloatGrid:
    """Return a grid with each missing number as the one before it in time, `[S, T]`; NaN before the first."""
    there = ~np.isnan(grid)
    newest = np.maximum.accumulate(np.where(there, np.arange(grid.shape[1]), -1), axis=1)
    return np.where(newest >= 0, np.take_along_axis(grid, np.maximum(newest, 0), axis=1), np.nan)
