"""When a connection is dead and how long to wait."""

import random

from functions.collector.liveness import LONGEST, PING_EVERY, SHORTEST, SILENCE, Liveness, backoff


def test_pings_go_every_twenty_seconds() -> None:
    one = Liveness.begun(0.0)
    assert [second for second in range(61) if one.ping_due(second)] == [20, 40, 60]


def test_two_missed_pongs_are_death_although_data_flows() -> None:
    one = Liveness.begun(0.0)
    for ping in (1, 2, 3):
        assert one.ping_due(ping * PING_EVERY)
        one.heard(ping * PING_EVERY)
    assert "not answered" in one.dead(3 * PING_EVERY)


def test_an_answered_ping_is_life() -> None:
    one = Liveness.begun(0.0)
    for ping in range(1, 10):
        one.ping_due(ping * PING_EVERY)
        one.heard(ping * PING_EVERY)
        one.answered()
        assert one.dead(ping * PING_EVERY + 1) == ""


def test_silence_is_death() -> None:
    one = Liveness.begun(0.0)
    one.heard(10.0)
    assert one.dead(10.0 + SILENCE) == ""
    assert "silent" in one.dead(10.5 + SILENCE)


def test_backoff_is_jittered_and_capped() -> None:
    chance = random.Random(1)
    first = [backoff(1, chance) for _ in range(1000)]
    late = [backoff(50, chance) for _ in range(1000)]
    assert 0 <= min(first) < max(first) <= SHORTEST
    assert SHORTEST < max(late) <= LONGEST
