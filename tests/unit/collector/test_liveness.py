"""When a connection is dead and how long to wait."""

import random

import pytest

from functions.collector.feed.liveness import (
    LONGEST,
    LONGEST_QUIET,
    PING_EVERY,
    QUIET,
    SHORTEST,
    SILENCE,
    STABLE_SECONDS,
    Backoff,
    Deadline,
    Liveness,
    TopicWatch,
)


def test_pings_go_every_twenty_seconds() -> None:
    one = Liveness.begun(0.0)
    assert [second for second in range(61) if one.ping_due(second)] == [20, 40, 60]


def test_two_missed_pongs_are_death_although_data_flows() -> None:
    one = Liveness.begun(0.0)
    for ping in (1, 2, 3):
        assert one.dead((ping - 1) * PING_EVERY) == ""
        assert one.ping_due(ping * PING_EVERY)
        one.heard(ping * PING_EVERY)
    assert one.dead(3 * PING_EVERY) == "2 pings were not answered"


def test_an_answered_ping_is_life() -> None:
    one = Liveness.begun(0.0)
    for ping in range(1, 10):
        one.ping_due(ping * PING_EVERY)
        one.heard(ping * PING_EVERY)
        one.answered()
        assert one.dead(ping * PING_EVERY + 1) == ""


def test_after_an_answer_two_more_may_be_missed() -> None:
    one = Liveness.begun(0.0)
    for ping in (1, 2, 3, 4):
        one.ping_due(ping * PING_EVERY)
        one.heard(ping * PING_EVERY)
        if ping == 2:
            one.answered()
    assert one.dead(4 * PING_EVERY) == ""


def test_silence_is_death() -> None:
    one = Liveness.begun(0.0)
    one.heard(10.0)
    assert one.dead(10.0 + SILENCE) == ""
    assert one.dead(11.0 + SILENCE) == "silent for 46 s"


@pytest.mark.parametrize(("away", "most"), [(0.0, SHORTEST), (5.0, SHORTEST), (12.0, 12.0), (59.0, 59.0), (9000.0, LONGEST)])
def test_backoff_is_jittered_under_a_limit_of_as_long_as_it_was_away(away: float, most: float) -> None:
    backoff = Backoff(100.0, random.Random(1))
    pauses = [backoff.pause(100.0 + away - 1, 100.0 + away) for _ in range(1000)]
    assert 0 <= min(pauses) < 0.02 * most
    assert 0.98 * most < max(pauses) <= most


@pytest.mark.parametrize(("lived", "most"), [(STABLE_SECONDS, LONGEST), (STABLE_SECONDS + 1, SHORTEST)])
def test_backoff_begins_anew_after_a_connection_that_was_stable(lived: float, most: float) -> None:
    backoff = Backoff(0.0, random.Random(1))
    pauses = [backoff.pause(500.0 - lived, 500.0) for _ in range(1000)]
    assert 0.98 * most < max(pauses) <= most


def test_a_deadline_comes_whatever_happens_between() -> None:
    sweep = Deadline(600.0, 0.0)
    looks = [second for second in range(0, 3000, 300) if sweep.reached(float(second))]
    assert looks == [600, 1200, 1800, 2400]
    assert (sweep.left(2500.0), sweep.left(3100.0)) == (500.0, 0.0)


def asked_again(spoken: dict[str, list[float]], until: float, every: float = 20.0) -> dict[str, list[float]]:
    """Look every 20 s; `spoken` names the seconds at which each topic speaks. Returns when each was found silent."""
    watch, found = TopicWatch(), {topic: list[float]() for topic in spoken}
    for look in range(int(until / every) + 1):
        now = look * every
        said = {topic: int(1000 * max((at for at in times if at <= now), default=0)) for topic, times in spoken.items()}
        for topic in watch.silent(said, now):
            found[topic].append(now)
    return found


ALWAYS = [float(second) for second in range(0, 40_000, 10)]


def test_a_silent_topic_is_asked_for_again_more_and_more_rarely() -> None:
    found = asked_again({"A": ALWAYS, "B": [5.0]}, 8_000.0)
    assert found["A"] == []
    first = 20.0 + QUIET + 20.0  # seen to have spoken at the look after it
    waits = [after - before for before, after in zip(found["B"], found["B"][1:], strict=False)]
    assert found["B"][0] == first
    assert waits == [wait + 20.0 for wait in (2 * QUIET, 4 * QUIET, 8 * QUIET, 16 * QUIET, LONGEST_QUIET)]


def test_a_topic_never_heard_has_the_same_patience() -> None:
    assert asked_again({"A": ALWAYS, "B": []}, QUIET)["B"] == []
    assert asked_again({"A": ALWAYS, "B": []}, QUIET + 20.0)["B"] == [QUIET + 20.0]


def test_a_topic_that_speaks_again_has_its_first_patience_back() -> None:
    found = asked_again({"A": ALWAYS, "B": [5.0, 1_000.0]}, 1_500.0)["B"]
    assert [at for at in found if at > 1_000.0] == [1_000.0 + QUIET + 20.0, 1_000.0 + 3 * QUIET + 40.0]


def test_when_nothing_speaks_no_topic_is_to_blame() -> None:
    assert asked_again({"A": [5.0], "B": [5.0]}, 5_000.0) == {"A": [], "B": []}


def test_patience_with_a_topic_does_not_run_while_nothing_speaks() -> None:
    again = [float(second) for second in range(500, 1_000, 10)]
    found = asked_again({"A": [5.0, *again], "B": [5.0]}, 700.0)
    assert found == {"A": [], "B": [480.0 + QUIET + 20.0]}  # 480 is the last look at which nothing had spoken
