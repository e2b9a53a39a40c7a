"""The outbox's SQL. An alert becomes one delivery a chat; within a chat they go out in order, one in flight at a time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from db.tables import alert

LEASE = timedelta(seconds=30)
_CLAIM_LOCK = 0x51A1E27  # any constant: claims follow one another, so no two see the same head of a chat's queue

_EXPIRE = text("""
    UPDATE delivery SET state = 'expired', finished_at = :now
    FROM alert WHERE alert.id = delivery.alert_id AND delivery.state = 'pending' AND alert.expires_at <= :now
      AND (delivery.lease_until IS NULL OR delivery.lease_until <= :now)
""")
_ADDRESS = text("""
    INSERT INTO delivery (alert_id, chat_id, state, next_attempt_at)
    SELECT alert.id, chat_id, 'pending', :now
    FROM alert CROSS JOIN unnest(CAST(:chats AS bigint[])) AS chat_id
    WHERE alert.expires_at > :now
      AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.alert_id = alert.id AND d.chat_id = chat_id)
    ORDER BY alert.id
""")
_NEXT = text("""
    WITH head AS (
        SELECT DISTINCT ON (chat_id) id, alert_id, chat_id, next_attempt_at, lease_until, plain
        FROM delivery WHERE state = 'pending' AND chat_id = ANY(CAST(:chats AS bigint[]))
        ORDER BY chat_id, alert_id
    )
    UPDATE delivery SET lease_until = :lease, attempts = attempts + 1
    WHERE id = (SELECT id FROM head WHERE next_attempt_at <= :now AND (lease_until IS NULL OR lease_until <= :now)
                ORDER BY alert_id LIMIT 1)
    RETURNING id, alert_id, chat_id, attempts, plain
""")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is ours to send until its lease ends."""

    id: int
    chat_id: int
    attempts: int
    plain: str | None
    kind: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class State:
    """Where a delivery stands."""

    state: str
    attempts: int
    plain: str | None
    message_id: int | None
    kind: str
    payload: dict[str, Any]


def claim(connection: Connection, chats: tuple[int, ...], now: datetime) -> Claimed | None:
    """Lease the next delivery that is due; None when nothing is.

    The oldest pending delivery of a chat goes first; while it waits for its retry or its lease, later ones wait behind it.
    """
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CLAIM_LOCK})
    values = {"now": now, "chats": list(chats), "lease": now + LEASE}
    connection.execute(_EXPIRE, values)
    connection.execute(_ADDRESS, values)
    row = connection.execute(_NEXT, values).one_or_none()
    if row is None:
        return None
    cause = connection.execute(alert.select().where(alert.c.id == row.alert_id)).one()
    return Claimed(row.id, row.chat_id, row.attempts, row.plain, cause.kind, cause.payload)


def state_of(connection: Connection, delivery_id: int) -> State | None:
    """Return where a delivery stands, and lock it until the transaction ends; None when there is none."""
    row = connection.execute(
        text("""SELECT state, attempts, plain, message_id, kind, payload
                FROM delivery JOIN alert ON alert.id = alert_id WHERE delivery.id = :id FOR UPDATE OF delivery"""),
        {"id": delivery_id},
    ).one_or_none()
    return State(*row) if row else None


def finish(
    connection: Connection,
    delivery_id: int,
    state: str,
    now: datetime,
    *,
    message_id: int | None = None,
    error: str | None = None,
) -> None:
    """End a delivery as `delivered` or `dead`."""
    connection.execute(
        text("""UPDATE delivery SET state = :state, finished_at = :now, lease_until = NULL, message_id = :message_id,
                last_error = coalesce(:error, last_error) WHERE id = :id"""),
        {"id": delivery_id, "state": state, "now": now, "message_id": message_id, "error": error},
    )


def retry(connection: Connection, delivery_id: int, at: datetime, error: str, *, plain: str | None) -> None:
    """Give a delivery back to the queue, due at `at`; with `plain` it goes out as that text, without markup."""
    connection.execute(
        text("""UPDATE delivery SET next_attempt_at = :at, lease_until = NULL, last_error = :error,
                plain = coalesce(:plain, plain) WHERE id = :id"""),
        {"id": delivery_id, "at": at, "error": error, "plain": plain},
    )


def release(connection: Connection) -> int:
    """End every lease: whoever held them is gone. Returns how many there were."""
    return connection.execute(
        text("UPDATE delivery SET lease_until = NULL WHERE lease_until IS NOT NULL AND state = 'pending'")
    ).rowcount
