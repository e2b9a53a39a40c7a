"""Raise an alert: a row in the transaction of its cause, once per natural key, with its deliveries.

Each chat that Quorum writes to has its delivery from the first moment on: what nobody claimed in time is counted as lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from db.tables import alert
from functions.clock import wall_now
from functions.logs import get_logger
from functions.outbox.classes import POLICIES, class_of

log = get_logger("delivery")

# The chats an alert goes to: its own, else all that are allowed, each where it has moved to. What a chat asked for goes back
# to the topic it was asked in.
_ADDRESS = text("""
    INSERT INTO delivery (alert_id, chat_id, state, next_attempt_at, asked, thread_id)
    SELECT alert.id, addressee.chat_id, 'pending', alert.created_at,
           alert.class = 'answer' OR coalesce(alert.asked_by = addressee.chat_id, false),
           CASE WHEN alert.class = 'answer' THEN alert.thread_id
                WHEN alert.asked_by = addressee.chat_id THEN (SELECT topic FROM chat WHERE chat.chat_id = addressee.chat_id) END
    FROM alert JOIN (SELECT DISTINCT coalesce(moved_to, chat_id) AS chat_id FROM recipient) AS addressee
         ON alert.chat_id IS NULL OR alert.chat_id = addressee.chat_id
    WHERE alert.key = ANY(:keys) ORDER BY alert.id
    ON CONFLICT DO NOTHING
""")


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert to be.

    Args:
        chat_id: the one chat it is for; None for every allowed chat.
        asked_by: the chat that asked for what it tells; it hears it as an answer.
        thread_id: the topic of `chat_id` that it belongs to.
    """

    key: str
    kind: str
    payload: dict[str, Any]
    created_at: datetime
    expires_at: datetime
    chat_id: int | None = None
    asked_by: int | None = None
    thread_id: int | None = None


def raise_alert(
    connection: Connection,
    *,
    key: str,
    kind: str,
    payload: dict[str, Any],
    created_at: datetime,
    expires_at: datetime,
    chat_id: int | None = None,
    asked_by: int | None = None,
    thread_id: int | None = None,
) -> bool:
    """Write an alert in the caller's transaction; False when one with this key is there already.

    It goes to every allowed chat, or to `chat_id` alone. The log has it too: without Telegram nothing else says it.
    """
    new_alert = Alert(
        key=key,
        kind=kind,
        payload=payload,
        created_at=created_at,
        expires_at=expires_at,
        chat_id=chat_id,
        asked_by=asked_by,
        thread_id=thread_id,
    )
    return bool(raise_alerts(connection, [new_alert]))


def tell(connection: Connection, *, key: str, kind: str, event: BaseModel, life: timedelta, asked_by: int | None = None) -> bool:
    """Raise an alert of something that has happened, worth telling for `life` from now on, as `raise_alert` does."""
    now = wall_now()
    payload = event.model_dump(mode="json")
    return raise_alert(connection, key=key, kind=kind, payload=payload, created_at=now, expires_at=now + life, asked_by=asked_by)


def raise_alerts(connection: Connection, alerts: Sequence[Alert]) -> int:
    """Write any number of alerts at once, as `raise_alert` writes one; returns how many were not there already."""
    if not alerts:
        return 0
    rows = [_row(alert) for alert in alerts]
    written = connection.execute(insert(alert).on_conflict_do_nothing().returning(alert.c.key), rows)
    new = set(written.scalars())
    connection.execute(_ADDRESS, {"keys": sorted(new)})
    for row in rows:
        if row["key"] in new:
            log.info("alert raised", kind=row["kind"], key=row["key"], symbol=row["symbol"])
    return len(new)


def _row(alert: Alert) -> dict[str, Any]:
    kind = class_of(alert.kind)
    return {
        "key": alert.key,
        "kind": alert.kind,
        "class": kind.value,
        "priority": POLICIES[kind].priority,
        "symbol": alert.payload.get("symbol"),
        "chat_id": alert.chat_id,
        "asked_by": alert.asked_by,
        "thread_id": alert.thread_id,
        "payload": alert.payload,
        "created_at": alert.created_at,
        "expires_at": alert.expires_at,
    }
