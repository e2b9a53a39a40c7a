"""What may become a grid of candles, and how long columns are scattered into one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe

HOUR = 3_600_000
START = datetime(2024, 3, 5, tzinfo=UTC)
FIRST = int(START.timestamp() * 1000)
NAN = float("nan")


def scattered(rows: list[tuple[int, int, float]], as_of: datetime = START + timedelta(days=1)) -> Candles:
    """A grid of A, B and C from rows of symbol number, hour and price."""
    index, hours, prices = (np.array(column) for column in zip(*rows, strict=True)) if rows else (np.array([], int),) * 3
    values: Any = (prices.astype(np.float64),) * 5
    return Candles.from_columns(Timeframe.H1, as_of, ("A", "B", "C"), index, FIRST + hours.astype(np.int64) * HOUR, values)


def test_columns_in_any_order_land_on_their_place_and_the_rest_is_nan() -> None:
    found = scattered([(1, 3, 13.0), (0, 1, 1.0), (0, 3, 3.0), (1, 2, 12.0)])
    assert found.open_time.tolist() == [FIRST + hour * HOUR for hour in (1, 2, 3)]
    np.testing.assert_array_equal(found.close, [[1.0, NAN, 3.0], [NAN, 12.0, 13.0], [NAN, NAN, NAN]])
    assert found.last_close == START + timedelta(hours=4)


@pytest.mark.parametrize(
    ("as_of", "candles"),
    [
        pytest.param(START + timedelta(hours=2), 2, id="closed at this very moment"),
        pytest.param(START + timedelta(hours=2) - timedelta(milliseconds=1), 1, id="open for one more millisecond"),
        pytest.param(START, 0, id="none is closed"),
    ],
)
def test_candles_that_are_not_closed_are_left_out(as_of: datetime, candles: int) -> None:
    found = scattered([(0, 0, 1.0), (0, 1, 2.0)], as_of)
    assert found.close.shape == (3, candles)


def test_no_columns_are_an_empty_grid() -> None:
    found = scattered([])
    assert (found.close.shape, found.last_close) == ((3, 0), None)


def test_column_off_the_grid_is_refused() -> None:
    values: Any = (np.array([1.0]),) * 5
    with pytest.raises(ValueError, match="expected 1h candles on the 1h grid, got one that opens between"):
        Candles.from_columns(Timeframe.H1, START, ("A",), np.array([0]), np.array([FIRST + 1]), values)


@pytest.mark.parametrize(
    ("times", "error"),
    [
        pytest.param([FIRST + 1, FIRST + HOUR + 1], "expected open times on the 1h grid", id="off the grid"),
        pytest.param([FIRST + HOUR // 2], "expected open times on the 1h grid", id="one candle off the grid"),
        pytest.param([FIRST, FIRST + 2 * HOUR], "expected open times 1h apart", id="with a hole"),
        pytest.param([FIRST, FIRST], "expected open times 1h apart", id="twice the same"),
        pytest.param([FIRST + HOUR, FIRST], "expected open times 1h apart", id="backwards"),
    ],
)
def test_open_times_that_make_no_grid_are_refused(times: list[int], error: str) -> None:
    values = np.ones((1, len(times)))
    with pytest.raises(ValueError, match=error):
        Candles(Timeframe.H1, ("A",), np.array(times, dtype=np.int64), values, values, values, values, values)


def test_grid_of_another_shape_is_refused() -> None:
    good, short = np.ones((1, 2)), np.ones((1, 1))
    with pytest.raises(ValueError, match=r"expected volume of shape \(1, 2\), got \(1, 1\)"):
        Candles(Timeframe.H1, ("A",), np.array([FIRST, FIRST + HOUR]), good, good, good, good, short)


def test_until_is_what_was_known_then() -> None:
    found = scattered([(0, 0, 1.0), (0, 1, 2.0), (0, 2, 3.0)]).until(2)
    np.testing.assert_array_equal(found.close[0], [1.0, 2.0])
    assert found.last_close == START + timedelta(hours=2)


def grid(symbols: tuple[str, ...], first: int, rows: list[list[float]]) -> Candles:
    """A grid whose fields differ by a thousand each, so that none can stand for another."""
    times = FIRST + (first + np.arange(len(rows[0]), dtype=np.int64)) * HOUR
    values = np.array(rows, dtype=np.float64).reshape(len(symbols), len(times))
    return Candles(Timeframe.H1, symbols, times, *(values + 1000 * number for number in range(5)))


def same(found: Candles, expected: Candles) -> None:
    assert (found.timeframe, found.symbols, found.open_time.tolist()) == (
        expected.timeframe,
        expected.symbols,
        expected.open_time.tolist(),
    )
    for name in ("open", "high", "low", "close", "volume"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


def test_grids_beside_each_other_cover_all_their_times() -> None:
    late, early = grid(("A", "B"), 2, [[1, 2], [3, 4]]), grid(("C",), 0, [[5, 6, 7]])
    nothing = grid(("D",), 0, [[]])
    whole = Candles.beside_each_other(Timeframe.H1, [late, nothing, early])
    same(whole, grid(("A", "B", "D", "C"), 0, [[NAN, NAN, 1, 2], [NAN, NAN, 3, 4], [NAN] * 4, [5, 6, 7, NAN]]))
    longer = grid(("C",), 0, [[5, 6, 7, 8]])
    same(Candles.beside_each_other(Timeframe.H1, [longer]), longer)
    same(Candles.beside_each_other(Timeframe.H1, [nothing]), nothing)
    same(Candles.beside_each_other(Timeframe.H1, []), grid((), 0, [[]]))


def test_part_of_a_grid_has_its_times_and_all_its_fields() -> None:
    whole = grid(("A", "B"), 0, [[1, 2, 3], [4, 5, 6]])
    same(whole.until(2), grid(("A", "B"), 0, [[1, 2], [4, 5]]))
    same(whole.during(slice(1, 3)), grid(("A", "B"), 1, [[2, 3], [5, 6]]))


def test_times_before_the_first_candle_and_after_the_last_are_cut_off() -> None:
    whole = grid(("A", "B"), 0, [[NAN, NAN, 2, NAN, NAN], [NAN, NAN, NAN, 3, NAN]])
    same(whole.trimmed(), grid(("A", "B"), 2, [[2, NAN], [NAN, 3]]))
    for rows in ([[1.0]], [[1.0, 2.0]], [[1.0, NAN, 3.0, 4.0]]):
        same(grid(("A",), 0, rows).trimmed(), grid(("A",), 0, rows))
    assert grid(("A",), 0, [[NAN, NAN]]).trimmed().open_time.tolist() == []


def test_rows_come_in_the_order_that_is_asked_for() -> None:
    whole = grid(("A", "B", "C"), 0, [[1, 2], [3, 4], [5, 6]])
    same(whole.of(["C", "A"]), grid(("C", "A"), 0, [[5, 6], [1, 2]]))
    assert whole.of(["A", "B", "C"]) is whole
    with pytest.raises(KeyError, match="X"):
        whole.of(["X"])


def test_empty_grid_has_no_last_close() -> None:
    assert grid(("A",), 0, [[]]).last_close is None
