"""Read an update from Telegram's JSON: a message, a pressed button or a group that moved; all others are ignored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_LARGEST = 2**63
_GROUPS = ("group", "supergroup")


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, where and when.

    Args:
        update_id: Telegram's number of the update.
        chat_id: where it was asked and is answered.
        person_id: who asks; None for one who writes as the group itself.
        group: others read it too.
        thread_id: the topic of a forum group.
        language: code of the person's Telegram, e.g. `ru`.
    """

    update_id: int
    chat_id: int
    person_id: int | None
    group: bool
    thread_id: int | None
    language: str


@dataclass(frozen=True, slots=True)
class WrittenMessage:
    """A message to the bot. `key` is the same when the same message comes again; `at` is when it was written."""

    asked: Asked
    text: str
    at: datetime | None
    key: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button under one of our messages; `press` is the same when the same press comes again."""

    asked: Asked
    query_id: str
    data: str

    @property
    def press(self) -> str:
        """Return what names this press."""
        return f"{self.query_id}:{self.data}"


@dataclass(frozen=True, slots=True)
class Upgraded:
    """A group became a supergroup, which is another chat."""

    old: int
    new: int


def read_update(update: Mapping[str, Any]) -> WrittenMessage | Pressed | Upgraded | None:
    """Read an update; None for one that asks for nothing. Never raises, whatever it is given."""
    update_id = _number(update.get("update_id"))
    if update_id is None:
        return None
    if query := _object(update.get("callback_query")):
        return _pressed(update_id, query)
    message = _object(update.get("message"))
    chat_id = _number(_object(message.get("chat")).get("id"))
    if chat_id is None:
        return None
    if (new := _number(message.get("migrate_to_chat_id"))) is not None:
        return Upgraded(chat_id, new)
    if (old := _number(message.get("migrate_from_chat_id"))) is not None:
        return Upgraded(old, chat_id)
    text = whole_text(message.get("text"), 4096)
    if not text.strip():
        return None
    sender = {} if "sender_chat" in message else _object(message.get("from"))  # an admin may write as the group
    date = _number(message.get("date")) or 0
    return WrittenMessage(_asked(update_id, chat_id, message, sender), text, _moment(date), f"telegram:{update_id}:{date}")


def _pressed(update_id: int, query: Mapping[str, Any]) -> Pressed | None:
    """The message may be gone or too old to be given: then it is the person's own chat."""
    message, person = _object(query.get("message")), _object(query.get("from"))
    chat_id = _number((_object(message.get("chat")) or person).get("id"))
    query_id = whole_text(query.get("id"), 64)
    if chat_id is None or not query_id:
        return None
    return Pressed(_asked(update_id, chat_id, message, person), query_id, whole_text(query.get("data"), 64))


def _asked(update_id: int, chat_id: int, message: Mapping[str, Any], person: Mapping[str, Any]) -> Asked:
    return Asked(
        update_id=update_id,
        chat_id=chat_id,
        person_id=_number(person.get("id")),
        group=chat_id < 0 or _object(message.get("chat")).get("type") in _GROUPS,
        thread_id=_number(message.get("message_thread_id")) if message.get("is_topic_message") is True else None,
        language=whole_text(person.get("language_code"), 10),
    )


def _moment(seconds: int) -> datetime | None:
    """Return a date of Telegram's; None for the 0 of a message it cannot show, and for what is no date."""
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < 2**32 else None


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and -_LARGEST <= value < _LARGEST else None


def whole_text(value: object, longest: int) -> str:
    """Return a text that a database takes: without NUL and halves of characters, cut; empty for what is no text."""
    return value.encode(errors="ignore").decode().replace("\x00", "")[:longest] if isinstance(value, str) else ""
