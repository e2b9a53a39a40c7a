"""Steps of a price that no market makes: a coin swapped 1000:1 under its old name, a name used again, a broken feed."""

from decimal import Decimal
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

FACTOR = 20  # a coin that really moves this far between two prices in a row is not one to trade


@overload
def is_jump(before: Decimal, after: Decimal) -> bool: ...
@overload
def is_jump(before: float, after: float) -> bool: ...
@overload
def is_jump(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.bool_]: ...
def is_jump(before: Any, after: Any) -> Any:
    """Tell whether a price `after` stands `FACTOR` times or more above `before`, or below it by as much.

    Two prices give a bool, two arrays of one shape a bool for each cell; NaN is no jump. Prices are above zero.
    """
    return (after >= before * FACTOR) | (after * FACTOR <= before)
