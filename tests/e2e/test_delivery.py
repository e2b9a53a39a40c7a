"""Delivery under fire: a thousand alerts while parts are killed at random, and Telegram away for ten minutes."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from secrets import token_hex

import pytest

from functions.outbox import raise_alert
from tests.desk import Desk, until

pytestmark = [pytest.mark.n8n, pytest.mark.slow]
ALERTS = 1000
SEED = 11


def raise_alerts(desk: Desk, name: str, count: int) -> list[str]:
    """Write alerts in one transaction each, as causes do; return their words in order."""
    words = [f"{name} {number:04d}." for number in range(count)]
    now = datetime.now(UTC)
    for one in words:
        payload = {"workflow": one, "node": "test", "message": "raised by a test", "execution_id": "1"}
        with desk.engine.begin() as connection:
            raise_alert(
                connection, key=one, kind="failed_run", payload=payload, created_at=now, expires_at=now + timedelta(hours=9)
            )
    return words


def arrived(desk: Desk, name: str) -> list[str]:
    """Return the words of the messages that came, in the order in which they came."""
    found = sorted((one for one in desk.messages() if name in one["text"]), key=lambda one: one["message_id"])
    return [one["text"].partition(name)[2][:5].strip() for one in found]


def waiting(desk: Desk, name: str) -> int:
    """Return how many alerts of a name are not confirmed."""
    statement = """SELECT count(*) FROM alert a LEFT JOIN delivery d ON d.alert_id = a.id
                   WHERE a.key LIKE :name AND coalesce(d.state, 'pending') <> 'delivered'"""
    return int(desk.rows(statement, name=f"{name} %")[0][0])


@pytest.mark.timeout(900)
def test_thousand_alerts_survive_kills_at_random(desk: Desk) -> None:
    chance = random.Random(SEED)
    chaos = f"chaos {token_hex(3)}"  # a second try of the test has alerts of its own
    raise_alerts(desk, chaos, ALERTS)
    kills = Counter[str]()
    left = waiting(desk, chaos)
    while left:
        goal = max(left - chance.randint(40, 160), 0)
        until(lambda goal=goal: waiting(desk, chaos) <= goal, f"{left - goal} more are delivered", 180)  # type: ignore[misc]
        left = waiting(desk, chaos)
        if left:
            part = chance.choice(("n8n", "functions", "functions"))
            desk.kill(part)
            kills[part] += 1
    came = Counter(arrived(desk, chaos))
    doubled = sum(came.values()) - len(came)
    print(f"{ALERTS} alerts, {kills.total()} kills ({dict(kills)}): {doubled} came twice")
    assert len(came) == ALERTS
    assert doubled <= kills.total()
    assert kills["n8n"]
    assert kills["functions"]


def test_telegram_away_for_ten_minutes_loses_nothing_and_keeps_the_order(desk: Desk) -> None:
    outage = f"outage {token_hex(3)}"
    desk.fault(desk.telegram, "tg_status", match="send*", status=502)
    try:
        raise_alerts(desk, outage, 12)
        passed, tries = timedelta(), 0
        while passed < timedelta(minutes=10):
            passed += let_the_pause_pass(desk)
            tries += 1
    finally:
        desk.clear()
    until(lambda: not waiting(desk, outage), "all are delivered", 120)
    assert arrived(desk, outage) == [f"{number:04d}" for number in range(12)]
    assert tries > 10


def let_the_pause_pass(desk: Desk) -> timedelta:
    """Wait until the first of the queue has failed, and have it due at once; returns how long it would have waited."""
    failed = """SELECT id, next_attempt_at FROM delivery WHERE state = 'pending' AND attempts > 0 AND lease_until IS NULL
                AND next_attempt_at > now() + interval '0.5 s' ORDER BY alert_id LIMIT 1"""
    until(lambda: desk.rows(failed), "a try has failed", 90)
    number, again_at = desk.rows(failed)[0]
    pause: timedelta = again_at - datetime.now(UTC)
    with desk.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE delivery SET next_attempt_at = now() WHERE id = {int(number)}")
    return pause
