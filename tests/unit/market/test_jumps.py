from decimal import Decimal

import numpy as np
import pytest

from functions.market.candles.jumps import is_jump


@pytest.mark.parametrize(
    ("before", "after", "jump"),
    [
        ("1", "1000", True),
        ("1000", "1", True),
        ("1", "20", True),
        ("20", "1", True),
        ("1", "19.99", False),
        ("19.99", "1", False),
    ],
)
def test_jump_is_a_factor_of_twenty_up_or_down(before: str, after: str, jump: bool) -> None:
    assert is_jump(Decimal(before), Decimal(after)) is jump


def test_jump_of_arrays_is_told_for_each_cell_and_nan_is_none() -> None:
    before, after = np.array([1.0, 1.0, np.nan, 1.0]), np.array([30.0, 2.0, 1.0, np.nan])
    assert is_jump(before, after).tolist() == [True, False, False, False]
