"""When a close is complete."""

from datetime import UTC, datetime, timedelta

from functions.collector.feed.closes import GRACE_SECONDS, Close, CloseTracker
from functions.market.candles.gaps import Run
from functions.market.candles.timeframe import Timeframe

M15 = Timeframe.M15
NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
AFTER = 100 + GRACE_SECONDS


def tracker() -> CloseTracker:
    return CloseTracker(["A", "B", "C"])


def test_the_last_symbol_completes_the_close_at_once() -> None:
    one = tracker()
    assert one.stored(M15, NOON, ["A", "B"], 100.0) == []
    assert one.stored(M15, NOON, ["C"], 100.2) == [Close(M15, NOON, ("A", "B", "C"), True)]
    assert one.due(1000.0) == []
    assert one.missing() == []


def test_grace_announces_what_is_there_and_names_what_is_missing() -> None:
    one = tracker()
    one.stored(M15, NOON, ["A"], 100.0)
    assert one.due(AFTER - 0.01) == []
    assert one.due(AFTER) == [Close(M15, NOON, ("A",), False)]
    opened = NOON - M15.span
    assert one.missing() == [Run("B", M15, opened, opened), Run("C", M15, opened, opened)]
    assert one.missing() == []


def test_late_symbols_are_announced_once_more() -> None:
    one = tracker()
    one.stored(M15, NOON, ["A"], 100.0)
    one.due(AFTER)
    assert one.stored(M15, NOON, ["B"], 103.0) == []
    assert one.due(103.0 + GRACE_SECONDS) == [Close(M15, NOON, ("B",), False)]
    assert one.stored(M15, NOON, ["C"], 105.0) == [Close(M15, NOON, ("C",), True)]


def test_a_candle_stored_twice_is_announced_once() -> None:
    one = tracker()
    one.stored(M15, NOON, ["A", "B", "C"], 100.0)
    assert one.stored(M15, NOON, ["A"], 101.0) == []
    assert one.due(1000.0) == []


def test_older_closes_are_left_to_the_catch_up() -> None:
    one = tracker()
    one.stored(M15, NOON, ["A", "B", "C"], 100.0)
    assert one.stored(M15, NOON - timedelta(minutes=15), ["A", "B", "C"], 101.0) == []


def test_timeframes_that_close_together_are_separate() -> None:
    one = tracker()
    one.stored(M15, NOON, ["A", "B"], 100.0)
    assert one.stored(Timeframe.H1, NOON, ["A", "B", "C"], 100.0) == [Close(Timeframe.H1, NOON, ("A", "B", "C"), True)]


def test_a_newer_close_hands_over_what_the_older_one_lacks_and_those_between() -> None:
    one = tracker()
    one.stored(M15, NOON, ["A", "B"], 100.0)
    one.stored(M15, NOON + timedelta(minutes=45), ["A", "B", "C"], 100.5)
    between = (NOON, NOON + timedelta(minutes=15))
    assert one.missing() == [
        Run("C", M15, NOON - M15.span, NOON - M15.span),
        *(Run(symbol, M15, *between) for symbol in "ABC"),
    ]


def test_a_single_close_between_two_is_handed_over() -> None:
    one = tracker()
    one.stored(M15, NOON, ["A", "B", "C"], 100.0)
    one.stored(M15, NOON + timedelta(minutes=30), ["A", "B", "C"], 100.5)
    assert one.missing() == [Run(symbol, M15, NOON, NOON) for symbol in "ABC"]


def test_symbols_that_are_watched_from_now_on_complete_a_close() -> None:
    one = tracker()
    one.watch(symbol for symbol in ("A", "X"))
    assert one.stored(M15, NOON, ["A", "B"], 100.0) == []
    assert one.stored(M15, NOON, ["X"], 100.2) == [Close(M15, NOON, ("A", "X"), True)]


def test_a_close_of_which_nothing_came_is_handed_over_once() -> None:
    one = tracker()
    one.stored(M15, NOON, ["A", "B", "C"], 100.0)
    late = NOON + timedelta(minutes=15)
    one.expect(late - timedelta(seconds=1))
    assert not one.lacking
    one.expect(late)
    assert [run for run in one.missing() if run.timeframe is M15] == [Run(symbol, M15, NOON, NOON) for symbol in "ABC"]
    one.expect(late)
    assert not one.lacking
    close_time = NOON + timedelta(minutes=15)
    assert one.stored(M15, close_time, ["A", "B", "C"], 200.0) == [Close(M15, close_time, ("A", "B", "C"), True)]


def test_a_close_far_beyond_the_streams_own_time_is_not_expected() -> None:
    one = tracker()
    one.stored(M15, NOON, ["A", "B", "C"], 100.0)
    one.expect(NOON + timedelta(hours=6), NOON + timedelta(minutes=1))
    last = NOON + timedelta(minutes=15)
    assert {run.last + M15.span for run in one.missing() if run.timeframe is M15} == {last}


def test_the_first_close_after_a_start_is_expected_too() -> None:
    one = tracker()
    one.expect(NOON - timedelta(minutes=1))
    assert not one.lacking  # what ended before is found by whoever looks back at the start
    one.expect(NOON)
    assert Run("A", M15, NOON - M15.span, NOON - M15.span) in one.missing()


def test_a_close_that_has_come_in_part_has_its_grace() -> None:
    one = tracker()
    one.stored(M15, NOON, ["A"], 100.0)
    one.expect(NOON)
    assert not one.lacking


def test_a_close_begun_by_what_nobody_watches_is_not_handed_over_before_its_time() -> None:
    one = tracker()
    one.stored(M15, NOON, ["X"], 100.0)
    one.expect(NOON - timedelta(seconds=1))
    assert not one.lacking
    one.expect(NOON)
    assert one.lacking


def test_symbols_that_nobody_watches_do_not_count() -> None:
    one = tracker()
    assert one.stored(M15, NOON, ["X"], 100.0) == []
    assert one.due(1000.0) == []
