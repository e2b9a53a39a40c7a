"""Where prices step as no market does, in whole arrays of candles."""

import numpy as np
import pytest

from functions.market.candles.timeframe import Timeframe
from functions.paper.settling.touch import BLOCK, _blocks, _jumps_of, bars_grid
from tests.unit.paper.settling.tables import START, candles

NAN = np.nan


def rows(*values: list[float]) -> np.ndarray:
    return np.array(values, dtype=np.float64)


@pytest.mark.parametrize(
    ("high", "low", "close", "jumps"),
    [
        ([1, 2, 30], [1, 2, 2], [1, 2, 2], [False, False, False]),
        ([1, 20, 2], [1, 2, 2], [1, 2, 2], [False, True, False]),
        ([40, 40, 40], [40, 2, 40], [40, 40, 40], [False, True, False]),
        ([1, 20, 20], [1, 20, 20], [1, 20, 20], [False, True, False]),
        ([1, NAN, 20], [1, NAN, 20], [1, NAN, 20], [False, False, True]),
        ([NAN, 1, 20], [NAN, 1, 20], [NAN, 1, 20], [False, False, True]),
        ([NAN, NAN, 20], [NAN, NAN, 20], [NAN, NAN, 20], [False, False, False]),
        ([1, 15, 300], [1, 15, 300], [1, 15, 300], [False, False, True]),
    ],
    ids=[
        "less than a step",
        "a high",
        "a low",
        "a whole candle",
        "over a hole",
        "after a hole",
        "nothing before",
        "from the last",
    ],
)
def test_step_is_from_the_last_close_that_is_there(
    high: list[float], low: list[float], close: list[float], jumps: list[bool]
) -> None:
    assert _jumps_of(rows(high), rows(low), rows(close)).tolist() == [jumps]


def test_each_row_is_a_market_of_its_own() -> None:
    two = rows([NAN, 1, 1, 1], [900, 900, 900, 20])
    assert _jumps_of(two, two, two).tolist() == [[False] * 4, [False, False, False, True]]
    swapped = rows([900, NAN, 900], [NAN, 1, 1])
    assert _jumps_of(swapped, swapped, swapped).tolist() == [[False] * 3] * 2


def test_bars_become_a_grid_with_a_hole_where_one_lacks() -> None:
    first, _, third = candles("1 4 0.5 2 | 1 1 1 1 | 5 8 4 6")
    grid = bars_grid("BTCUSDT", Timeframe.M5, START, [first, third])
    assert (grid.symbols, grid.timeframe) == (("BTCUSDT",), Timeframe.M5)
    assert grid.open_time.tolist() == [int(START.timestamp() * 1000) + number * 300_000 for number in range(3)]
    for name, values in {"open": [1, NAN, 5], "high": [4, NAN, 8], "low": [0.5, NAN, 4], "close": [2, NAN, 6]}.items():
        np.testing.assert_array_equal(getattr(grid, name), [values])


def test_block_with_a_step_in_it_is_walked_and_the_rest_has_its_extremes() -> None:
    count = 2 * BLOCK + 3
    high, low = rows([*range(count)]), rows([-number for number in range(count)])
    broken = np.zeros((1, count), dtype=bool)
    broken[0, BLOCK] = True
    highest, lowest = _blocks(high, low, broken)
    np.testing.assert_array_equal(highest, [[BLOCK - 1, NAN]])
    np.testing.assert_array_equal(lowest, [[1 - BLOCK, NAN]])
