"""An outage of the exchange is told at its beginning, each ten minutes, and when it is over."""

from functions.collector.feed.outage import SETTLED, TOLD_EVERY, Event, Outage


def told(outage: Outage, *notes: tuple[float, str]) -> list[tuple[float, Event]]:
    return [(now, event) for now, trouble in notes if (event := outage.note(trouble, now))]


def test_outage_with_a_failure_each_two_seconds_is_told_each_ten_minutes() -> None:
    outage = Outage()
    events = told(outage, *((float(now), "away") for now in range(0, 3600, 2)))
    assert events == [(0, "began")] + [(600.0 * n, "lasts") for n in range(1, 6)]
    assert (outage.reason, outage.began) == ("away", 0.0)


def test_end_is_told_once_when_it_is_sure() -> None:
    outage = Outage()
    events = told(outage, (0, "away"), (10, ""), (20, "away"), (21, ""), (20 + SETTLED, ""), (90, ""))
    assert events == [(0, "began"), (20 + SETTLED, "over")]
    assert (outage.reason, outage.began) == ("", None)


def test_trouble_that_comes_and_goes_is_told_once_in_ten_minutes() -> None:
    outage = Outage()
    notes = [(float(start + later), "away" if later < 5 else "") for start in range(0, 1200, 60) for later in (0, 4, 45)]
    assert told(outage, *notes) == [(0, "began"), (45, "over"), (TOLD_EVERY, "began"), (TOLD_EVERY + 45, "over")]


def test_exchange_that_always_answers_is_not_told() -> None:
    assert told(Outage(), (0, ""), (700, "")) == []
