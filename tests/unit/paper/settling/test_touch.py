"""How candles and trades are laid out for the search, and where prices step as no market does."""

from datetime import timedelta

import numpy as np
import pytest

from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.paper.settling.position import Exit, FillReason
from functions.paper.settling.touch import (
    BLOCK,
    NEVER,
    Found,
    Paths,
    Trades,
    _blocks,
    _jumps_of,
    bars_grid,
    first_touches,
    milliseconds,
    moment_of,
)
from tests.unit.paper.settling.tables import FREE, START, candles, grid, held, shown

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


def test_steps_of_a_grid_are_seen_at_highs_and_at_lows() -> None:
    paths = Paths.of(grid("100 100 100 100 | 100 3000 100 100 | 100 100 1 100 | 100 100 100 100"))
    assert paths.jumps.tolist() == [[False, True, True, False]]


def test_grid_without_candles_begins_at_no_time() -> None:
    paths = Paths.of(Candles(Timeframe.M5, ("BTCUSDT",), np.array([], dtype=np.int64), *[np.empty((1, 0))] * 5))
    assert (paths.first_open, paths.jumps.shape) == (0, (1, 0))


def test_trade_is_laid_out_at_the_market_without_an_exit_from_its_entry() -> None:
    trades = Trades.of([held()], [0], [START])
    assert (trades.leaves_at.tolist(), trades.last.tolist(), trades.filled_at.tolist()) == ([NEVER], [100.0], [0])
    assert trades.break_even.tolist() == [True]


def test_no_trade_is_laid_out_in_the_types_of_many() -> None:
    none, one = Trades.of((), (), ()), Trades.of([held()], [0], [START])
    for name in Trades.__slots__:
        assert getattr(none, name).dtype == getattr(one, name).dtype, name


def test_trade_that_met_nothing_is_open_and_all_candles_are_seen() -> None:
    touches = first_touches(Paths.of(grid("100 101 99 100")), Trades.of([held()], [0], [START]))
    assert (touches.targets_at.tolist(), touches.ended_at.tolist()) == ([[-1, -1, -1]], [-1])
    assert (touches.found.tolist(), touches.unseen.tolist()) == ([Found.RAN_OUT], [0])
    assert touches.found.dtype == touches.unseen.dtype == np.int64


def test_trade_from_before_the_candles_is_refused() -> None:
    with pytest.raises(ValueError, match="from 1709640000000 ms on, where the candles begin, got 1709639999999"):
        first_touches(Paths.of(grid("100 101 99 100")), Trades.of([held()], [0], [START - timedelta(milliseconds=1)]))


def test_moment_counts_by_its_last_whole_millisecond() -> None:
    assert milliseconds(START + timedelta(microseconds=1999)) == 1709640000001
    assert moment_of(1709640000001) == START + timedelta(milliseconds=1)


def test_exit_that_nobody_names_is_one_of_time() -> None:
    position = held(levels="/")
    trades = Trades.of([position], [0], [START], leaves=[Exit(START, FillReason.REGIME)])
    touches = first_touches(Paths.of(grid("100 101 99 100")), trades)
    assert shown(touches.settlement(0, position, FREE).fills) == ["time 3 @ 100 at 12:00"]


def test_bars_become_a_grid_with_a_hole_where_one_lacks() -> None:
    first, _, third = candles("1 4 0.5 2 | 1 1 1 1 | 5 8 4 6")
    made = bars_grid("BTCUSDT", Timeframe.M5, START, [first, third])
    assert (made.symbols, made.timeframe) == (("BTCUSDT",), Timeframe.M5)
    assert made.open_time.tolist() == [int(START.timestamp() * 1000) + number * 300_000 for number in range(3)]
    for name, values in {"open": [1, NAN, 5], "high": [4, NAN, 8], "low": [0.5, NAN, 4], "close": [2, NAN, 6]}.items():
        np.testing.assert_array_equal(getattr(made, name), [values])


def test_block_with_a_step_in_it_is_walked_and_the_rest_has_its_extremes() -> None:
    count = 2 * BLOCK + 3
    high, low = rows([*range(count)]), rows([-number for number in range(count)])
    broken = np.zeros((1, count), dtype=bool)
    broken[0, BLOCK] = True
    highest, lowest = _blocks(high, low, broken)
    np.testing.assert_array_equal(highest, [[BLOCK - 1, NAN]])
    np.testing.assert_array_equal(lowest, [[1 - BLOCK, NAN]])
