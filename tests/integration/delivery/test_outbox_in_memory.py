"""The outbox that the worlds live with is the one in the database: the same calls leave the same rows."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine, text

from functions.delivery.outbox.failures import Failure
from functions.delivery.run.claiming import Caller, Counts, claim_next
from functions.delivery.run.reporting import apply_report
from functions.delivery.store import outbox as store
from functions.outbox import raise_alert
from functions.outbox.classes import AlertClass
from tests.integration.delivery.conftest import CHAT
from tests.worlds.outbox import BEGINNING
from tests.worlds.outbox_rows import Outbox, Row

COLUMNS = "state, attempts, reported_attempt, failures, next_attempt_at, flooded, plain, lease_until, claimed_at"
FAILURES = (
    Failure("Too Many Requests", 429, 20.0),
    Failure("Internal Server Error", 500),
    Failure("no answer"),
    Failure("Bad Request: can't parse entities", 400),
    Failure("Forbidden: bot was blocked by the user", 403),
)
PAYLOADS: dict[AlertClass, tuple[str, dict[str, Any]]] = {
    AlertClass.ANSWER: ("reply", {"text": "t", "caption": None, "picture": None, "buttons": [], "callback_query_id": None}),
    AlertClass.REPORT: ("failed_run", {"workflow": "w", "node": "n", "message": "m", "execution_id": "1"}),
}


class Both:
    """One outbox in memory and one in the database, which are called alike."""

    def __init__(self, engine: Engine, chance: Random) -> None:
        self.engine, self.chance, self.memory = engine, chance, Outbox()
        self.now = BEGINNING
        self.keys = 0

    def add(self) -> None:
        """Raise an alert, sometimes one that is there already."""
        self.keys += self.chance.random() < 0.8
        alert_class = list(PAYLOADS)[self.keys % 2]
        kind, payload = PAYLOADS[alert_class]
        expires = self.now + timedelta(seconds=self.chance.choice((60, 3600)))
        self.memory.add(str(self.keys), alert_class, self.now, expires)
        with self.engine.begin() as connection:
            raise_alert(
                connection, key=str(self.keys), kind=kind, payload=payload, created_at=self.now, expires_at=expires, chat_id=CHAT
            )

    def claim(self) -> None:
        """Claim, sometimes again what was claimed already; the answer may be heard."""
        request = f"request {self.chance.randrange(12)}"
        self.memory.tidy(self.now)
        known, row = self.memory.repeated(request, self.now)
        if not known and (row := self.memory.plan(self.now)):
            self.memory.lease(row, request, self.now)
        with self.engine.begin() as connection:
            parcel = claim_next(connection, Caller(request), [CHAT], self.now, Counts({}))
        assert (parcel and parcel.delivery.attempts) == (row and row.attempts)
        if row and parcel and self.chance.random() < 0.7:
            self.memory.lengthen(row, row.attempts)
            with self.engine.begin() as connection:
                store.lengthen_lease(connection, parcel.delivery.id, parcel.delivery.attempts)

    def finish(self) -> None:
        """Say of some message how it went, which may be late or said twice."""
        tried = [row for row in self.memory.rows if row.attempts]
        if not tried:
            return
        row = self.chance.choice([row for row in tried if row.state == "pending"] or tried)
        with self.engine.begin() as connection:
            there = store.lock_delivery(connection, self.identity(row))
            assert there is not None
            if self.chance.random() < 0.25:
                self.memory.delivered(row)
                if there.state != "delivered":
                    store.finish_delivery(connection, there.id, "delivered", self.now, message_id=1)
                    store.forgive_behind(connection, there.id)
            else:
                attempt = self.chance.choice((1, row.attempts, row.attempts))
                failure = self.chance.choice(FAILURES)
                self.memory.failed(row, attempt, failure, self.now)
                apply_report(connection, there, attempt, failure, self.now)

    def release(self) -> None:
        """End leases, sometimes late, sometimes with a moment that the clock had before it went back."""
        before = self.now - timedelta(seconds=self.chance.choice((-20, 0, 20)))
        self.memory.release(before, self.now)
        with self.engine.begin() as connection:
            store.release_leases(connection, before, None, self.now)

    def identity(self, row: Row) -> int:
        """Return the number that the database has given a delivery."""
        with self.engine.connect() as connection:
            query = text("SELECT d.id FROM delivery d JOIN alert a ON a.id = d.alert_id WHERE a.key = :key")
            found: int = connection.scalar(query, {"key": row.key})
            return found

    def compare(self) -> None:
        """The rows are the same."""
        query = text(f"SELECT {COLUMNS} FROM delivery JOIN alert ON alert.id = alert_id ORDER BY alert.id")
        with self.engine.connect() as connection:
            stored = [tuple(row) for row in connection.execute(query)]
        assert stored == [tuple(getattr(row, name) for name in COLUMNS.split(", ")) for row in self.memory.rows]


@pytest.mark.parametrize("seed", [0, 6])
def test_same_calls_leave_the_same_rows(engine: Engine, seed: int) -> None:
    chance = Random(seed)
    both = Both(engine, chance)
    with engine.begin() as connection:
        claim_next(connection, Caller("first"), [CHAT], BEGINNING, Counts({}))
    for _ in range(200):
        both.now += timedelta(seconds=chance.choice((0.5, 1, 3, 5, 12, 40, 400 if chance.random() < 0.1 else 2, -30)))
        chance.choice((both.add, both.claim, both.claim, both.finish, both.finish, both.release))()
        both.compare()
    assert {row.state for row in both.memory.rows} >= {"delivered", "expired", "dead"}
