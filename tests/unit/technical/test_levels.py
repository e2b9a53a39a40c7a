"""Support and resistance from hand-placed swings."""

import numpy as np
import pytest

from functions.arrays import FloatGrid
from functions.technical.engine.levels import Levels, levels
from functions.technical.engine.trend import Swings

ROWS = 300


def marks(*placed: tuple[int, float]) -> FloatGrid:
    grid = np.full((ROWS, 1), np.nan)
    for row, price in placed:
        grid[row, 0] = price
    return grid


def found(highs: FloatGrid, lows: FloatGrid, close: float = 100.0, atr: float = 4.0) -> Levels:
    return levels(Swings(highs, lows), ROWS - 1, np.array([close]), np.array([atr]))[0]


def test_swings_within_a_quarter_atr_are_one_level() -> None:
    result = found(marks((299, 110.0), (249, 111.0)), marks())
    assert [(level.price, level.touches) for level in result.resistance] == [(110.5, 2)]


def test_swings_further_apart_are_two_levels_nearest_first() -> None:
    result = found(marks((299, 112.0), (249, 110.0)), marks())
    assert [level.price for level in result.resistance] == [110.0, 112.0]


def test_highs_below_the_price_are_support() -> None:
    result = found(marks((299, 95.0)), marks((249, 95.5)))
    assert result.resistance == ()
    assert [(level.price, level.touches) for level in result.support] == [(95.25, 2)]


def test_strength_is_the_share_of_all_swings_by_age() -> None:
    result = found(marks((299, 110.0), (199, 120.0)), marks())
    assert [level.strength for level in result.resistance] == pytest.approx([1.0 / 1.5, 0.5 / 1.5])


def test_at_most_three_levels_a_side() -> None:
    result = found(marks(*((299 - n, 102.0 + 2 * n) for n in range(6))), marks(*((280 - n, 98.0 - 2 * n) for n in range(6))))
    assert [level.price for level in result.resistance] == [102, 104, 106]
    assert [level.price for level in result.support] == [98, 96, 94]


def test_swings_older_than_200_candles_are_left_out() -> None:
    assert found(marks((99, 110.0)), marks()) == Levels((), ())


@pytest.mark.parametrize(("row", "strengths"), [(199, [1.0]), (200, [])])
def test_swing_of_the_first_row_is_kept_for_200_rows(row: int, strengths: list[float]) -> None:
    first = Swings(marks((0, 110.0)), marks())
    (result,) = levels(first, row, np.array([100.0]), np.array([4.0]))
    assert [level.strength for level in result.resistance] == strengths


def test_level_at_the_price_is_resistance() -> None:
    result = found(marks((299, 100.0)), marks())
    assert (result.support, [level.price for level in result.resistance]) == ((), [100.0])


def test_swings_after_the_row_are_not_seen() -> None:
    later = Swings(marks((250, 110.0)), marks())
    assert levels(later, 249, np.array([100.0]), np.array([4.0])) == [Levels((), ())]
