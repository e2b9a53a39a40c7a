"""The outbox's tables and statements in memory, as `functions.delivery.store.outbox` has them in SQL; a test compares the two."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from functions.delivery.outbox.failures import Failure, GiveUp, PlainText, TooLate, next_step
from functions.delivery.outbox.planning import SentHistory, Waiting, plan_queue
from functions.delivery.outbox.policy import Policy
from functions.delivery.run.reporting import requeue_for
from functions.delivery.store.outbox import LEASE, UNANSWERED_LEASE
from functions.outbox.classes import POLICIES, AlertClass

NOTHING_SENT = SentHistory(closes={}, messages={})


@dataclass(slots=True)
class Row:
    """One delivery and its alert."""

    id: int
    key: str
    alert_class: AlertClass
    expires_at: datetime
    next_attempt_at: datetime
    state: str = "pending"
    attempts: int = 0
    reported_attempt: int = 0
    failures: int = 0
    pause: timedelta = timedelta(0)
    flooded: bool = False
    plain: bool = False
    lease_until: datetime | None = None
    claimed_at: datetime | None = None


@dataclass(slots=True)
class Outbox:
    """One chat's deliveries; `without` names the safeguards that are taken away."""

    without: Collection[str] = ()
    policy: Policy = field(default_factory=lambda: Policy(chat_id=1))
    rows: list[Row] = field(default_factory=list)
    claims: dict[str, tuple[Row, int]] = field(default_factory=dict)

    def add(self, key: str, alert_class: AlertClass, now: datetime, expires_at: datetime) -> None:
        """Raise an alert, once per key."""
        if "unique key" not in self.without and any(row.key == key for row in self.rows):
            return
        self.rows.append(Row(len(self.rows), key, alert_class, expires_at, now))

    def tidy(self, now: datetime) -> None:
        """Correct what a clock that was ahead has written, and end what has expired."""
        for row in self.pending:
            if "pauses shortened" not in self.without and row.next_attempt_at > now + row.pause:
                row.next_attempt_at = now + row.pause
            if "leases shortened" not in self.without and row.lease_until and row.lease_until > now + LEASE:
                row.lease_until, row.claimed_at = now + LEASE, now
            on_its_way = row.lease_until is not None and row.lease_until > now and "expiry waits" not in self.without
            told_to_wait = row.flooded and row.next_attempt_at > now
            if row.expires_at <= now and not on_its_way and not told_to_wait:
                row.state = "expired"

    @property
    def pending(self) -> list[Row]:
        """Return what waits, in the order in which it is to go."""
        rows = [row for row in self.rows if row.state == "pending"]
        return sorted(rows, key=lambda row: (POLICIES[row.alert_class].priority, row.id))

    def repeated(self, request_id: str, now: datetime) -> tuple[bool, Row | None]:
        """Return whether a claim is a repetition, and what it gets again."""
        if "claim key" in self.without or request_id not in self.claims:
            return False, None
        row, attempt = self.claims[request_id]
        leased = row.state == "pending" and row.attempts == attempt and bool(row.lease_until and row.lease_until > now)
        if not leased or row.lease_until is None:
            return True, None
        row.lease_until = max(row.lease_until, now + UNANSWERED_LEASE)
        return True, row

    def plan(self, now: datetime) -> Row | None:
        """Return what is to go next."""
        queue = [self._waiting(row) for row in self.pending]
        send = plan_queue(queue, self.policy, NOTHING_SENT, now).send
        return None if send is None else self.rows[send]

    def _waiting(self, row: Row) -> Waiting:
        later = [other for other in self.rows[row.id + 1 :] if other.alert_class is row.alert_class] if row.failures else []
        return Waiting(
            id=row.id,
            alert_class=row.alert_class,
            attempts=row.attempts,
            next_attempt_at=row.next_attempt_at,
            lease_until=None if "lease check" in self.without else row.lease_until,
            failures=row.failures,
            flooded=row.flooded and "flood wait" not in self.without,
            passed=any(other.state == "delivered" for other in later),
        )

    def lease(self, row: Row, request_id: str, now: datetime) -> int:
        """Lease a delivery to a claim; returns the number of its attempt."""
        row.attempts += 1
        row.claimed_at = now
        row.lease_until = now + (LEASE if "short lease" in self.without else UNANSWERED_LEASE)
        self.claims[request_id] = row, row.attempts
        return row.attempts

    def lengthen(self, row: Row, attempt: int) -> None:
        """Lengthen the lease of a claim whose answer is sent."""
        if row.attempts == attempt and row.state == "pending" and row.lease_until and row.claimed_at:
            row.lease_until = row.claimed_at + LEASE

    def delivered(self, row: Row) -> None:
        """Confirm a message."""
        if row.state != "delivered":
            row.state, row.lease_until = "delivered", None
            for behind in self.rows[row.id + 1 :]:
                if behind.state == "pending":
                    behind.failures = 0

    def failed(self, row: Row, attempt: int, failure: Failure, now: datetime) -> None:
        """Take the report of a failed attempt."""
        stale = attempt != row.attempts and "attempt fence" not in self.without
        repeated = attempt <= row.reported_attempt and "report once" not in self.without
        if row.state != "pending" or stale or repeated:
            return
        row.reported_attempt = attempt
        step = next_step(failure, row.failures, plain_already=row.plain)
        if isinstance(step, GiveUp | TooLate):
            row.state, row.lease_until = "dead", None
            return
        again = requeue_for(step)
        row.next_attempt_at, row.pause, row.lease_until = now + again.pause, again.pause, None
        row.failures += again.failed
        row.flooded, row.plain = again.flooded, row.plain or isinstance(step, PlainText)

    def release(self, before: datetime, now: datetime) -> None:
        """End the leases of a sender that is gone."""
        if "release" in self.without or (before > now and "release not ahead" not in self.without):
            return
        for row in self.pending:
            if row.claimed_at and row.lease_until and (row.claimed_at < before or "release moment" in self.without):
                row.lease_until = None
