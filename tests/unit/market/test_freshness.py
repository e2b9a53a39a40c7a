"""The age of what is computed from."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from functions.market.candles.freshness import (
    Fresh,
    Stale,
    candles_freshness,
    freshness,
    late_parameters,
    ticker_freshness,
)
from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
M15 = Timeframe.M15


def judge(last: datetime | None, as_of: datetime) -> Fresh | Stale:
    return freshness(["BTCUSDT"], [last], M15, as_of)[0]


def test_the_newest_closed_candle_is_fresh_until_the_next_closes() -> None:
    assert judge(NOON, NOON + timedelta(minutes=14, seconds=59)) == Fresh("BTCUSDT", M15, timedelta(minutes=14, seconds=59))
    assert judge(NOON, NOON) == Fresh("BTCUSDT", M15, timedelta(0))
    assert judge(NOON, NOON - timedelta(seconds=1)) == Fresh("BTCUSDT", M15, timedelta(0))


@pytest.mark.parametrize(
    ("after", "late", "words"),
    [
        (timedelta(minutes=15, seconds=5), 1, "1 candle late"),
        (timedelta(minutes=31), 2, "2 candles late"),
        (timedelta(minutes=47), 3, "3 candles late"),
        (timedelta(minutes=45), 3, "3 candles late"),  # one is late for certain, so the one on its way is counted with it
    ],
)
def test_a_late_series_says_by_how_much(after: timedelta, late: int, words: str) -> None:
    assert judge(NOON, NOON + after) == Stale("BTCUSDT", M15, late, f"BTCUSDT 15m is {words}")


@pytest.mark.parametrize("seconds", [0, 1, 4.9])
def test_a_candle_is_on_its_way_for_seconds_after_its_close(seconds: float) -> None:
    at = NOON + timedelta(minutes=15, seconds=seconds)
    assert isinstance(judge(NOON, at), Fresh)
    assert isinstance(freshness(["BTCUSDT"], [NOON], M15, at, timedelta(0))[0], Stale)


def test_no_candles_at_all_are_stale() -> None:
    assert judge(None, NOON) == Stale("BTCUSDT", M15, None, "BTCUSDT 15m has no candles")


def test_a_grid_is_judged_row_by_row() -> None:
    step = M15.milliseconds
    times = np.array([int(NOON.timestamp() * 1000) + step * n for n in (-3, -2, -1)])
    close = np.array([[1.0, 1.0, 1.0], [1.0, np.nan, np.nan], [np.nan] * 3])
    grid = Candles(M15, ("A", "B", "C"), times, close, close, close, close, close)
    fresh, late, none = candles_freshness(grid, NOON)
    assert isinstance(fresh, Fresh)
    assert isinstance(late, Stale)
    assert late.late == 2
    assert none == Stale("C", M15, None, "C 15m has no candles")


def test_a_grid_is_judged_with_the_grace_that_is_given() -> None:
    close = np.ones((1, 1))
    opened = np.array([int((NOON - M15.span).timestamp() * 1000)])
    grid = Candles(M15, ("A",), opened, close, close, close, close, close)
    at = NOON + M15.span + timedelta(seconds=1)
    assert [type(one) for one in candles_freshness(grid, at)] == [Fresh]
    assert [type(one) for one in candles_freshness(grid, at, timedelta(0))] == [Stale]


def test_each_symbol_needs_its_last_close() -> None:
    with pytest.raises(ValueError, match="shorter"):
        freshness(["A", "B"], [NOON], M15, NOON)


@pytest.mark.parametrize(("late", "candles"), [(1, "candle"), (2, "candles"), (30, "candles")])
def test_late_is_told_in_the_right_number(late: int, candles: str) -> None:
    assert late_parameters("A", "15m", late) == {"symbol": "A", "timeframe": "15m", "late": late, "candles": candles}


def test_an_empty_grid_is_stale() -> None:
    empty = np.empty((1, 0))
    grid = Candles(M15, ("A",), np.empty(0, dtype=np.int64), empty, empty, empty, empty, empty)
    assert [type(one) for one in candles_freshness(grid, NOON)] == [Stale]


def test_a_price_holds_for_a_minute() -> None:
    assert isinstance(ticker_freshness("A", NOON, NOON + timedelta(seconds=60)), Fresh)
    assert ticker_freshness("A", NOON, NOON + timedelta(seconds=61)) == Stale("A", None, None, "A price is 61 s old")
    assert isinstance(ticker_freshness("A", NOON + timedelta(seconds=60), NOON), Fresh)
    ages = [ticker_freshness("A", NOON + timedelta(seconds=ahead), NOON) for ahead in (-7, 7)]
    assert ages == [Fresh("A", None, timedelta(seconds=7)), Fresh("A", None, timedelta(0))]
    after = ticker_freshness("A", NOON + timedelta(seconds=61), NOON)
    assert after == Stale("A", None, None, "A price is from after that time")
    assert ticker_freshness("A", None, NOON) == Stale("A", None, None, "A has no price")
