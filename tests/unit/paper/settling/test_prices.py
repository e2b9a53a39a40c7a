"""An unbroken run of candles: up to the first that is missing, past what the exchange denies for an hour, never past a jump."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from functions.paper.settling.prices import PATIENCE, Bar, PairCandles, Span, UnbrokenRun, last_jump, unbroken
from tests.unit.paper.settling.tables import SPAN, START, candles

RUN = candles("1 1 1 1 | 2 2 2 2 | 3 3 3 3 | 4 4 4 4")
ONE_DENIED = (Span(START + SPAN, START + 2 * SPAN),)


def run(
    stored: Sequence[Bar],
    denied: tuple[Span, ...] = (),
    since: datetime = START,
    last: str | None = None,
    newest: datetime | None = None,
    *,
    waits: bool = True,
) -> UnbrokenRun:
    stored_candles = PairCandles(stored, denied, START, SPAN)
    return unbroken(stored_candles, since, last=Decimal(last) if last else None, newest=newest, waits=waits)


def reach(settleable: UnbrokenRun) -> tuple[list[int], int, int, bool]:
    """Return the closes, how many candles are passed in all, how many of them unseen, and whether it waits for a denied one."""
    return [int(bar.close) for bar in settleable.bars], (settleable.until - START) // SPAN, settleable.unseen, settleable.denied


def later(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def test_tick_is_one_price_at_one_moment() -> None:
    assert Bar.tick(START, Decimal(5)) == Bar(START, START, *[Decimal(5)] * 4)


def test_all_there() -> None:
    assert run(RUN) == UnbrokenRun(tuple(RUN), START + 4 * SPAN, last=Decimal(4), last_at=START + 4 * SPAN)


def test_stops_at_the_first_missing_candle() -> None:
    assert reach(run([RUN[0], RUN[2], RUN[3]])) == ([1], 1, 0, False)


def test_missing_candle_that_nobody_denies_is_waited_for_whatever_comes_later() -> None:
    assert reach(run([RUN[0], RUN[2], RUN[3]], newest=later(600))) == ([1], 1, 0, False)


@pytest.mark.parametrize(("newest", "passed"), [(20, False), (69.9, False), (70, True), (600, True)])
def test_denied_candle_is_passed_when_an_hour_of_later_prices_was_seen(newest: float, passed: bool) -> None:
    settleable = reach(run([RUN[0], RUN[2], RUN[3]], ONE_DENIED, newest=later(newest)))
    assert settleable == (([1, 3, 4], 4, 1, False) if passed else ([1], 1, 0, True))


def test_candle_that_follows_a_denied_one_is_not_denied() -> None:
    assert reach(run([RUN[0], RUN[3]], ONE_DENIED, newest=later(600))) == ([1], 2, 1, False)


def test_later_candles_are_later_prices() -> None:
    quiet = [Bar(at, at + SPAN, *[Decimal(3)] * 4) for at in (START + n * SPAN for n in range(2, 15))]
    assert reach(run([RUN[0], *quiet[:-1]], ONE_DENIED))[1:] == (14, 1, False)
    assert reach(run([RUN[0], *quiet[:-2]], ONE_DENIED))[1:] == (1, 0, True)


def test_denied_stretch_is_waited_for_once_and_not_candle_by_candle() -> None:
    stretch = (Span(START + SPAN, START + 8 * SPAN), Span(START + 8 * SPAN, START + 30 * SPAN))
    newest = START + 2 * SPAN + PATIENCE + SPAN
    assert reach(run([RUN[0]], stretch, newest=newest)) == ([1], 15, 14, True)
    # The next look begins inside the stretch and still knows where it began.
    further = PairCandles((), stretch, START + 15 * SPAN, SPAN)
    assert unbroken(further, START + 15 * SPAN, newest=newest + SPAN).until == START + 16 * SPAN


def test_nothing_there_yet_keeps_the_moment() -> None:
    since = START + timedelta(minutes=2)
    assert run([], since=since) == UnbrokenRun((), since)


def test_first_candle_counts_by_its_close_when_it_began_before() -> None:
    settleable = run(candles("1 9 0 5"), since=START + timedelta(minutes=2))
    assert settleable.bars == (Bar.tick(START + SPAN, Decimal(5)),)


def test_whoever_does_not_wait_takes_what_is_there() -> None:
    assert reach(run([RUN[0], RUN[3]], waits=False)) == ([1, 4], 4, 2, False)


@pytest.mark.parametrize(
    ("stored", "last", "jump_at", "sound"),
    [
        ("100 101 99 100 | 100000 100001 99999 100000", None, 1, "100"),
        ("100 101 99 100 | 0.1 0.11 0.09 0.1", None, 1, "100"),
        ("100 101 99 100 | 100 101 0.1 0.1", None, 1, "100"),
        ("100 101 99 100 | 100 2000 99 100", None, 1, "100"),
        ("2000 2000 2000 2000", "100", 0, "100"),
    ],
)
def test_run_ends_before_a_step_that_no_market_makes(stored: str, last: str | None, jump_at: int, sound: str) -> None:
    settleable = run(candles(stored), last=last)
    assert (settleable.until, settleable.last) == (START + jump_at * SPAN, Decimal(sound))
    assert (settleable.jump, settleable.denied) == (candles(stored)[jump_at], False)


def test_large_move_is_no_jump() -> None:
    assert run(candles("100 101 99 100 | 100 1999 6 7"), last="100").jump is None


def test_last_jump_of_some_prices() -> None:
    bars = candles("1 1 1 1 | 30 30 30 30 | 30 30 30 30 | 1 1 1 1 | 1 2 1 2")
    assert last_jump(bars) == bars[3]
    assert last_jump(bars[1:3]) is None
    assert last_jump([]) is None


@pytest.mark.parametrize(
    ("candle", "entry", "counts"),
    [("102 104 90 95", "98", "98 98 90 95"), ("97 104 90 99", "98", "97 97 90 99"), ("97 99 97 98", "98", "97 97 97 98")],
    ids=["it fell through the order", "it opened under it", "it opened at its low"],
)
def test_of_the_candle_that_filled_a_resting_order_only_the_fall_counts(candle: str, entry: str, counts: str) -> None:
    assert candles(candle)[0].after_limit(Decimal(entry)) == candles(counts)[0]
