"""The chats' SQL: settings, mutes, choices, and which updates were handled."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert

from db.tables import chat, mute, signal_choice, telegram_update
from functions.delivery.messages.words import Language
from functions.delivery.outbox.policy import Policy
from functions.outbox.classes import AlertClass

REMEMBERED = timedelta(days=3)


def read_policy(connection: Connection, chat_id: int, now: datetime) -> Policy:
    """Return the settings of a chat; the defaults when it has set nothing."""
    mutes = connection.execute(select(mute.c.symbol, mute.c.until).where(mute.c.chat_id == chat_id, mute.c.until > now))
    muted = {row.symbol: row.until for row in mutes}
    row = connection.execute(select(chat).where(chat.c.chat_id == chat_id)).one_or_none()
    if row is None:
        return Policy(chat_id, mutes=muted)
    return Policy(
        chat_id,
        language=Language(row.language or row.spoken or Language.EN),
        zone=row.zone,
        strong_only=row.mode == "strong",
        min_confidence=row.min_confidence,
        coins=frozenset(row.coins),
        classes=frozenset(map(AlertClass, row.classes)),
        quiet=None if row.quiet_from is None else (row.quiet_from, row.quiet_until),
        budget=row.budget,
        cooldown=timedelta(minutes=row.cooldown_minutes),
        mutes=muted,
    )


def note_sender(connection: Connection, chat_id: int, language: Language | None, topic: int | None) -> None:
    """Remember the language of the Telegram that wrote, if it tells, and the topic it wrote in."""
    sender = {"topic": topic, **({"spoken": language.value} if language else {})}
    statement = insert(chat).values(chat_id=chat_id, **sender)
    connection.execute(statement.on_conflict_do_update(index_elements=["chat_id"], set_=sender))


def greet(connection: Connection, chat_id: int, language: Language) -> None:
    """Choose the language of the person for a chat that has chosen none."""
    statement = insert(chat).values(chat_id=chat_id, language=language.value)
    unset = chat.c.language.is_(None)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["chat_id"], set_={"language": language.value}, where=unset)
    )


def change(connection: Connection, chat_id: int, values: Mapping[str, object]) -> None:
    """Change settings of a chat."""
    statement = insert(chat).values(chat_id=chat_id, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["chat_id"], set_=dict(values)))


def set_mute(connection: Connection, chat_id: int, symbol: str, until: datetime | None) -> None:
    """Mute a symbol in a chat, or end it."""
    if until is None:
        connection.execute(delete(mute).where(mute.c.chat_id == chat_id, mute.c.symbol == symbol))
        return
    statement = insert(mute).values(chat_id=chat_id, symbol=symbol, until=until)
    connection.execute(statement.on_conflict_do_update(index_elements=["chat_id", "symbol"], set_={"until": until}))


def is_done(connection: Connection, update_id: int, press: str | None) -> bool:
    """Tell whether an update, or the same press of a button in another one, had its effect already."""
    table = telegram_update.c
    same = (table.update_id == update_id) | (table.press == press) if press else table.update_id == update_id
    return connection.execute(select(table.update_id).where(same)).first() is not None


def mark_done(connection: Connection, update_id: int, press: str | None, chat_id: int, now: datetime) -> bool:
    """Remember an update in the transaction of its effects; False when another transaction was first.

    Telegram brings an update again for a day at most, and after a quiet week its numbers begin anew: older ones are forgotten.
    """
    connection.execute(delete(telegram_update).where(telegram_update.c.received_at < now - REMEMBERED))
    row = {"update_id": update_id, "press": press, "chat_id": chat_id, "received_at": now}
    statement = insert(telegram_update).values(row).on_conflict_do_nothing().returning(telegram_update.c.update_id)
    return connection.execute(statement).first() is not None


def choose(connection: Connection, chat_id: int, signal_id: int, choice: str, now: datetime) -> str:
    """Keep what a chat does with a signal and return what stands; once taken it stays taken."""
    statement = insert(signal_choice).values(chat_id=chat_id, signal_id=signal_id, choice=choice, at=now)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["chat_id", "signal_id"],
            set_={"choice": choice, "at": now},
            where=signal_choice.c.choice != "took",
        )
    )
    where = (signal_choice.c.chat_id == chat_id) & (signal_choice.c.signal_id == signal_id)
    stands: str = connection.execute(select(signal_choice.c.choice).where(where)).scalar_one()
    return stands
