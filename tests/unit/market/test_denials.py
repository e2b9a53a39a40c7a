"""When the exchange's word that it has no candle counts, and when a gap is asked for again."""

from datetime import UTC, datetime, timedelta

import pytest

from functions.market.candles.closed import ClosedCandles
from functions.market.candles.denials import CoveredRuns, denial_counts, due_in, with_neighbour
from functions.market.candles.gaps import PAGE, Run, to_ms
from functions.market.candles.timeframe import Timeframe

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
M15 = Timeframe.M15
SPAN = M15.span
SECOND = timedelta(seconds=1)


def run(first: int, last: int) -> Run:
    """Candles so many spans before noon."""
    return Run("AUSDT", M15, NOON - first * SPAN, NOON - last * SPAN)


def answer(*opened: int, known_at: datetime = NOON, impossible: tuple[int, ...] = ()) -> ClosedCandles:
    times = [to_ms(NOON - at * SPAN) for at in opened]
    rows = [(1.0, 1.0, 1.0, 1.0, 1.0, 1.0)] * len(times)
    candles = ClosedCandles.from_rows(M15, to_ms(known_at), ["AUSDT"] * len(times), times, rows)
    at = tuple(to_ms(NOON - number * SPAN) for number in impossible)
    columns = (candles.open, candles.high, candles.low, candles.close, candles.volume, candles.turnover)
    return ClosedCandles(M15, candles.known_at, candles.symbols, candles.open_time, *columns, impossible=at)


@pytest.mark.parametrize(("minutes", "counted"), [(0, False), (9.9, False), (10, True), (-9.9, False), (-10, True), (600, True)])
def test_a_denial_counts_ten_minutes_from_the_last(minutes: float, counted: bool) -> None:
    assert denial_counts(NOON, NOON + timedelta(minutes=minutes)) is counted


def test_the_first_denial_counts() -> None:
    assert denial_counts(None, NOON)


@pytest.mark.parametrize(("unsettled", "seconds"), [(1, 1), (2, 2), (3, 4), (9, 256), (10, 512), (11, 600), (1000, 600)])
def test_tries_are_spaced_out(unsettled: int, seconds: int) -> None:
    assert due_in(unsettled, NOON, NOON) == seconds * SECOND
    assert due_in(unsettled, NOON, NOON + (seconds - 1) * SECOND) == SECOND
    assert due_in(unsettled, NOON, NOON + (seconds + 1) * SECOND) == timedelta(0)


def test_a_gap_without_an_answer_is_due_and_one_tried_in_the_future_too() -> None:
    assert due_in(0, None, NOON) == due_in(0, NOON, NOON) == due_in(3, None, NOON) == timedelta(0)
    assert due_in(9, NOON + timedelta(hours=3), NOON) == timedelta(0)


@pytest.mark.parametrize(
    ("page", "asked"),
    [
        (run(9, 5), run(9, 4)),
        (run(9, 3), run(9, 2)),
        (run(9, 2), run(10, 2)),  # its newer neighbour was over only just now
        (run(1, 1), run(2, 1)),
        (run(PAGE, 1), run(PAGE, 1)),
    ],
)
def test_one_candle_beside_a_page_is_asked_for_too(page: Run, asked: Run) -> None:
    assert with_neighbour(page, NOON + SECOND) == asked


def test_newer_neighbour_is_asked_for_from_the_second_close_after_it_on() -> None:
    assert with_neighbour(run(9, 3), NOON) == run(9, 2)
    assert with_neighbour(run(9, 3), NOON - SECOND) == run(10, 3)


def test_an_answer_with_other_candles_of_the_pair_speaks_of_the_page() -> None:
    covered = CoveredRuns(gone=False)
    covered.add(run(9, 5), answer(4))
    assert covered.denies([run(9, 7), run(5, 5)])
    assert not covered.denies([run(10, 10)])


def test_an_answer_without_any_candle_speaks_of_nothing() -> None:
    covered = CoveredRuns(gone=False)
    covered.add(run(9, 5), answer())
    assert not covered.denies([run(9, 5)])


def test_of_a_pair_that_is_gone_also_an_empty_answer_speaks() -> None:
    covered = CoveredRuns(gone=True)
    covered.add(run(9, 5), answer())
    assert covered.denies([run(9, 5)])


def test_an_impossible_candle_speaks_of_itself() -> None:
    covered = CoveredRuns(gone=False)
    covered.add(run(5, 5), answer(impossible=(5,)))
    assert covered.denies([run(5, 5)])


def test_an_answer_from_before_the_candles_were_over_speaks_of_nothing() -> None:
    covered = CoveredRuns(gone=False)
    covered.add(run(5, 1), answer(9, known_at=NOON - 2 * SPAN))
    assert not covered.denies([run(1, 1)])


def test_pages_before_the_first_candle_of_a_pair_are_denied_with_it() -> None:
    covered = CoveredRuns(gone=False)
    covered.add(run(9, 5), answer(5, 6))
    covered.add(run(19, 10), answer())
    assert covered.denies([run(19, 7)])


def test_pages_before_one_that_came_whole_are_not() -> None:
    covered = CoveredRuns(gone=False)
    covered.add(run(9, 5), answer(5, 6, 7, 8, 9))
    covered.add(run(19, 10), answer())
    assert not covered.denies([run(19, 10)])
