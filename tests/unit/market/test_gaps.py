"""Which candles are missing, and how they are asked for."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.market.candles.gaps import LEAST_CANDLES, Run, missing_runs, pages, wanted_window
from functions.market.candles.timeframe import Timeframe

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
H1 = Timeframe.H1


def at(hours: int) -> datetime:
    return NOON + timedelta(hours=hours)


def run(first: int, last: int, symbol: str = "A", timeframe: Timeframe = H1) -> Run:
    return Run(symbol, timeframe, at(first), at(last))


@pytest.mark.parametrize(
    ("known", "missing"),
    [
        ([], [(0, 5)]),
        ([(0, 5)], []),
        ([(5, 5), (3, 3), (1, 1)], [(0, 0), (2, 2), (4, 4)]),
        ([(0, 0), (5, 5)], [(1, 4)]),
        ([(-3, -2), (9, 12), (2, 2)], [(0, 1), (3, 5)]),
        ([(-9, 0), (5, 20)], [(1, 4)]),
        ([(1, 3), (2, 4)], [(0, 0), (5, 5)]),
    ],
)
def test_missing_runs(known: list[tuple[int, int]], missing: list[tuple[int, int]]) -> None:
    assert missing_runs(run(0, 5), [run(*one) for one in known]) == [run(*one) for one in missing]


def test_other_series_do_not_count() -> None:
    assert missing_runs(run(0, 5), [run(0, 5, symbol="B"), run(0, 5, timeframe=Timeframe.M5)]) == [run(0, 5)]


def test_nothing_is_wanted_from_a_run_that_ends_before_it_begins() -> None:
    assert missing_runs(run(1, 0), []) == []
    assert missing_runs(run(5, 0), [run(0, 9)]) == []


@given(st.integers(1, 60), st.lists(st.tuples(st.integers(-10, 70), st.integers(0, 15)), max_size=12))
def test_missing_and_known_together_cover_what_is_wanted_exactly_once(length: int, known: list[tuple[int, int]]) -> None:
    there = {hour for first, more in known for hour in range(first, first + more + 1)}
    found = missing_runs(run(0, length - 1), [run(first, first + more) for first, more in known])
    hours = [hour for one in found for hour in range((one.first - NOON) // H1.span, (one.last - NOON) // H1.span + 1)]
    assert hours == [hour for hour in range(length) if hour not in there]


def test_pages_are_a_thousand_newest_first() -> None:
    whole = Run("A", Timeframe.M5, NOON, NOON + timedelta(minutes=5 * 2499))
    cut = list(pages(whole))
    assert [page.count for page in cut] == [1000, 1000, 500]
    assert cut[0].last == whole.last
    assert cut[-1].first == whole.first
    assert sum(page.count for page in cut) == whole.count
    assert {(page.symbol, page.timeframe) for page in cut} == {("A", Timeframe.M5)}


@pytest.mark.parametrize(("last", "cut"), [(0, [(0, 0)]), (2, [(0, 2)]), (3, [(1, 3), (0, 0)]), (-1, [])])
def test_pages_leave_no_candle_over(last: int, cut: list[tuple[int, int]]) -> None:
    assert list(pages(run(0, last), 3)) == [run(*one) for one in cut]


@pytest.mark.parametrize(("timeframe", "days", "candles"), [(Timeframe.D1, 90, LEAST_CANDLES), (Timeframe.M15, 90, 90 * 96)])
def test_the_wanted_window_is_the_days_or_a_thousand_candles(timeframe: Timeframe, days: int, candles: int) -> None:
    first, last = wanted_window(timeframe, NOON + timedelta(minutes=7), days)
    assert Run("A", timeframe, first, last).count == candles
    assert last + timeframe.span <= NOON + timedelta(minutes=7)


def test_run_counts_both_its_ends() -> None:
    assert (run(0, 0).count, run(0, 5).count) == (1, 6)


@pytest.mark.parametrize(("late_ms", "closed"), [(1_999, False), (2_000, True), (60_000, True)])
def test_run_is_closed_two_seconds_after_its_last_candle(late_ms: int, closed: bool) -> None:
    end = int(at(6).timestamp() * 1000)
    assert run(0, 5).closes_by(end + late_ms) is closed


@pytest.mark.parametrize(("hours", "last"), [(0, None), (0.99, None), (1, 0), (3.5, 2), (5.99, 4), (6, 5), (60, 5)])
def test_of_a_run_that_is_over_which_was_over(hours: float, last: int | None) -> None:
    over = run(0, 5).over_by(NOON + timedelta(hours=hours))
    assert over == (None if last is None else run(0, last))
