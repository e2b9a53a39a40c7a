"""An unbroken run of candles: up to the first that is missing and not known to be absent."""

from datetime import datetime, timedelta

from functions.paper.prices import Price, Run, Span, unbroken
from tests.unit.paper.tables import SPAN, START, candles

RUN = candles("1 1 1 1 | 2 2 2 2 | 3 3 3 3 | 4 4 4 4")


def run(there: list[Price], absent: tuple[Span, ...] = (), since: datetime = START) -> Run:
    return unbroken(there, absent, since, START, SPAN)


def test_all_there() -> None:
    assert run(RUN) == Run(tuple(RUN), START + 4 * SPAN)


def test_stops_at_the_first_missing_candle() -> None:
    assert run([RUN[0], RUN[2], RUN[3]]) == Run((RUN[0],), START + SPAN)


def test_passes_what_the_exchange_has_no_candle_for() -> None:
    gap = Span(START + SPAN, START + 3 * SPAN)
    assert run([RUN[0], RUN[3]], (gap,)) == Run((RUN[0], RUN[3]), START + 4 * SPAN)


def test_nothing_there_yet_keeps_the_moment() -> None:
    since = START + timedelta(minutes=2)
    assert run([], since=since) == Run((), since)


def test_first_candle_counts_by_its_close_when_it_began_before() -> None:
    known = run(candles("1 9 0 5"), since=START + timedelta(minutes=2))
    assert known == Run((Price.tick(START + SPAN, RUN[0].open * 5),), START + SPAN)
