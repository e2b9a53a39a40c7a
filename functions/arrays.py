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
