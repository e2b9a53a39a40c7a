"""What a chat wants to hear, and when."""

from datetime import UTC, datetime, timedelta

import pytest

from functions.delivery.policy import Held, Policy

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
    ("quiet", "zone", "hour", "until"),
    [
        ((23 * 60, 7 * 60), "UTC", 22, None),
        ((23 * 60, 7 * 60), "UTC", 23, datetime(2024, 3, 6, 7, tzinfo=UTC)),
        ((23 * 60, 7 * 60), "UTC", 3, datetime(2024, 3, 5, 7, tzinfo=UTC)),
        ((23 * 60, 7 * 60), "UTC", 7, None),
        ((13 * 60, 15 * 60), "UTC", 14, datetime(2024, 3, 5, 15, tzinfo=UTC)),
        ((23 * 60, 7 * 60), "Europe/Moscow", 21, datetime(2024, 3, 6, 4, tzinfo=UTC)),
        ((20 * 60, 0), "UTC", 21, datetime(2024, 3, 6, tzinfo=UTC)),
    ],
)
def test_quiet_hours_end_in_the_zone_of_the_chat(quiet: tuple[int, int], zone: str, hour: int, until: datetime | None) -> None:
    policy = Policy(1, zone=zone, quiet=quiet)
    assert policy.quiet_until(NOW.replace(hour=hour)) == until
