"""What a chat wants to hear, and when."""

from datetime import UTC, datetime, timedelta

import pytest

from functions.delivery.outbox.policy import Held, Policy
from functions.outbox.classes import AlertClass

NOW = datetime(2024, 3, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Policy(1), None),
        (Policy(1, min_confidence=0.7), None),
        (Policy(1, min_confidence=0.71), Held.CONFIDENCE),
        (Policy(1, strong_only=True), Held.MODE),
        (Policy(1, coins=frozenset({"ETHUSDT"})), Held.COINS),
        (Policy(1, coins=frozenset({"BTCUSDT"})), None),
        (Policy(1, mutes={"BTCUSDT": NOW + timedelta(hours=1)}), Held.MUTED),
        (Policy(1, mutes={"BTCUSDT": NOW}), None),
    ],
)
def test_unwanted(policy: Policy, expected: Held | None) -> None:
    assert policy.unwanted("BTCUSDT", 0.7, NOW) == expected


@pytest.mark.parametrize(
    ("quiet", "zone", "clock", "expected"),
    [
        ((23 * 60 + 30, 7 * 60 + 15), "UTC", (23, 29), False),
        ((23 * 60 + 30, 7 * 60 + 15), "UTC", (23, 30), True),
        ((23 * 60 + 30, 7 * 60 + 15), "UTC", (3, 0), True),
        ((23 * 60 + 30, 7 * 60 + 15), "UTC", (7, 14), True),
        ((23 * 60 + 30, 7 * 60 + 15), "UTC", (7, 15), False),
        ((13 * 60 + 20, 15 * 60 + 40), "UTC", (13, 19), False),
        ((13 * 60 + 20, 15 * 60 + 40), "UTC", (13, 20), True),
        ((13 * 60 + 20, 15 * 60 + 40), "UTC", (15, 39), True),
        ((13 * 60 + 20, 15 * 60 + 40), "UTC", (15, 40), False),
        ((23 * 60, 7 * 60), "Europe/Moscow", (20, 0), True),
        ((23 * 60, 7 * 60), "Europe/Moscow", (19, 59), False),
        ((20 * 60, 0), "UTC", (23, 59), True),
        ((20 * 60, 0), "UTC", (0, 0), False),
    ],
)
def test_quiet_hours_in_the_zone_of_the_chat(quiet: tuple[int, int], zone: str, clock: tuple[int, int], expected: bool) -> None:
    hour, minute = clock
    assert Policy(1, zone=zone, quiet=quiet).is_quiet(NOW.replace(hour=hour, minute=minute)) is expected


def test_no_quiet_hours_are_never_quiet() -> None:
    assert not Policy(1).is_quiet(NOW)
    assert not Policy(1).asleep(AlertClass.SIGNAL, NOW)


def test_quiet_hours_hold_what_their_class_lets_them() -> None:
    chat = Policy(1, quiet=(11 * 60, 13 * 60))
    assert [kind for kind in AlertClass if not chat.asleep(kind, NOW)] == [AlertClass.ANSWER]


def test_chat_hears_all_classes_or_those_it_chose_and_its_answers() -> None:
    assert all(Policy(1).hears(kind) for kind in AlertClass)
    chosen = Policy(1, classes=frozenset({AlertClass.TRADE}))
    assert [kind for kind in AlertClass if chosen.hears(kind)] == [AlertClass.ANSWER, AlertClass.TRADE]
