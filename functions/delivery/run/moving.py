"""Follow a group that became a supergroup: its messages go to the new id, and a person is told to change the setting."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from functions.delivery.store import recipients
from functions.logs import get_logger
from functions.outbox import raise_alert

log = get_logger("delivery")
LIFE = timedelta(days=7)  # until a person has changed the setting it is worth knowing


def follow_group(connection: Connection, old: int, new: int | None, now: datetime) -> None:
    """Follow a group in the caller's transaction; harmless to repeat, and nothing for a group that is not ours.

    Args:
        connection: of the transaction.
        old: its id as it was.
        new: its id now; None when Telegram has not said it yet: then what waits for it waits on.
        now: wall time.
    """
    if new is None:
        log.warning("a group became a supergroup; its new id is not known yet", chat=old)
        return
    if not recipients.move(connection, old, new, now):
        return
    log.warning("a group became a supergroup: put its new id into TELEGRAM_CHAT_IDS", old=old, new=new)
    raise_alert(
        connection,
        key=f"chat_moved:{old}:{new}",
        kind="chat_moved",
        payload={"old": str(old), "new": str(new)},
        created_at=now,
        expires_at=now + LIFE,
    )
