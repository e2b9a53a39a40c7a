"""How any capability raises an alert: a row in the transaction of its cause, once per natural key."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from db.tables import alert
from functions.logs import get_logger

log = get_logger("delivery")


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
    row = {"key": key, "kind": kind, "symbol": payload.get("symbol"), "chat_id": chat_id, "payload": payload}
    statement = insert(alert).values(**row, created_at=created_at, expires_at=expires_at).on_conflict_do_nothing()
    new = connection.execute(statement.returning(alert.c.id)).first() is not None
    if new:
        log.info("alert raised", kind=kind, key=key, symbol=row["symbol"])
    return new
