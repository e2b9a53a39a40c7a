"""How any capability raises an alert: a row in the transaction of its cause, once per natural key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from db.tables import alert
from functions.logs import get_logger

log = get_logger("delivery")


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert to be; `chat_id` None for every allowed chat."""

    key: str
    kind: str
    payload: dict[str, Any]
    created_at: datetime
    expires_at: datetime
    chat_id: int | None = None


def raise_alert(
    connection: Connection,
    *,
    key: str,
    kind: str,
    payload: dict[str, Any],
    created_at: datetime,
    expires_at: datetime,
    chat_id: int | None = None,
) -> bool:
    """Write an alert in the caller's transaction; False when one with this key is there already.

    It goes to every allowed chat, or to `chat_id` alone. The log has it too: without Telegram nothing else says it.
    """
    return bool(raise_alerts(connection, [Alert(key, kind, payload, created_at, expires_at, chat_id)]))


def raise_alerts(connection: Connection, alerts: Sequence[Alert]) -> int:
    """Write any number of alerts at once, as `raise_alert` writes one; returns how many were not there already."""
    if not alerts:
        return 0
    rows = [
        {
            "key": one.key,
            "kind": one.kind,
            "symbol": one.payload.get("symbol"),
            "chat_id": one.chat_id,
            "payload": one.payload,
            "created_at": one.created_at,
            "expires_at": one.expires_at,
        }
        for one in alerts
    ]
    written = connection.execute(insert(alert).on_conflict_do_nothing().returning(alert.c.key), rows)
    new = set(written.scalars())
    for row in rows:
        if row["key"] in new:
            log.info("alert raised", kind=row["kind"], key=row["key"], symbol=row["symbol"])
    return len(new)
