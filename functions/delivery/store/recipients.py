"""The SQL of the allowed chats, and of the ids that groups have moved to."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine, text

_CONFIGURED = text("SELECT chat_id, moved_to FROM recipient ORDER BY chat_id")
_FORGET = text("DELETE FROM recipient WHERE chat_id <> ALL(CAST(:chats AS bigint[]))")
_ADD = text("INSERT INTO recipient (chat_id) SELECT unnest(CAST(:chats AS bigint[])) ON CONFLICT DO NOTHING")
_MOVE = text("UPDATE recipient SET moved_to = :new WHERE chat_id = :old AND moved_to IS NULL")  # a supergroup moves no more
# Rows move to the new id; where it has a row of its own already, that row stays.
_MOVE_ROWS = (
    text("""UPDATE delivery SET chat_id = :new, thread_id = NULL, next_attempt_at = least(next_attempt_at, :now), failures = 0,
            flooded = false WHERE chat_id = :old
            AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.alert_id = delivery.alert_id AND d.chat_id = :new)"""),
    text("""UPDATE delivery SET state = 'expired', finished_at = :now WHERE chat_id = :old AND state = 'pending'"""),
    text("UPDATE alert SET chat_id = :new WHERE chat_id = :old"),
    text("UPDATE alert SET asked_by = :new WHERE asked_by = :old"),
    text("""UPDATE chat SET chat_id = :new, topic = NULL WHERE chat_id = :old
            AND NOT EXISTS (SELECT 1 FROM chat c WHERE c.chat_id = :new)"""),
    text("""UPDATE mute SET chat_id = :new WHERE chat_id = :old
            AND NOT EXISTS (SELECT 1 FROM mute m WHERE m.chat_id = :new AND m.symbol = mute.symbol)"""),
    text("""UPDATE signal_choice SET chat_id = :new WHERE chat_id = :old
            AND NOT EXISTS (SELECT 1 FROM signal_choice c WHERE c.chat_id = :new AND c.signal_id = signal_choice.signal_id)"""),
    text("""UPDATE price_alert p SET chat_id = :new WHERE chat_id = :old AND (state <> 'waiting' OR NOT EXISTS
            (SELECT 1 FROM price_alert c WHERE c.state = 'waiting' AND (c.chat_id, c.symbol, c.price, c.direction) =
                                               (CAST(:new AS bigint), p.symbol, p.price, p.direction)))"""),
)


def sync(connection: Connection, chats: Sequence[int]) -> list[int]:
    """Take over which chats are allowed, and return where they are to be reached now."""
    rows = connection.execute(_CONFIGURED).all()
    if {row.chat_id for row in rows} != set(chats):
        connection.execute(_FORGET, {"chats": list(chats)})
        connection.execute(_ADD, {"chats": list(chats)})
        rows = connection.execute(_CONFIGURED).all()
    return list(dict.fromkeys(row.moved_to or row.chat_id for row in rows))


def keep_allowed(engine: Engine, chats: Sequence[int]) -> None:
    """Take over which chats are allowed, in a transaction of its own."""
    with engine.begin() as connection:
        sync(connection, chats)


def move(connection: Connection, old: int, new: int, now: datetime) -> bool:
    """Follow a group to its new id with all that waits for it; False when it is no allowed one, or has moved already."""
    if not connection.execute(_MOVE, {"old": old, "new": new}).rowcount:
        return False
    for statement in _MOVE_ROWS:
        connection.execute(statement, {"old": old, "new": new, "now": now})
    return True
