"""What Telegram says happened, read from its JSON: someone wrote, someone pressed a button; all else is nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_LARGEST = 2**63


@dataclass(frozen=True, slots=True)
class Written:
    """A message to the bot. `key` is the same when the same message comes again."""

    update_id: int
    chat_id: int
    text: str
    language: str
    key: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button under one of our messages; `press` is the same when the same press comes again."""

    update_id: int
    chat_id: int
    query_id: str
    data: str

    @property
    def press(self) -> str:
        """Return what names this press."""
        return f"{self.query_id}:{self.data}"


def read_update(update: Mapping[str, Any]) -> Written | Pressed | None:
    """Read an update; None for one that asks for nothing. Never raises, whatever it is given."""
    update_id = _number(update.get("update_id"))
    if update_id is None:
        return None
    if query := _object(update.get("callback_query")):
        return _pressed(update_id, query)
    message = _object(update.get("message"))
    chat_id = _number(_object(message.get("chat")).get("id"))
    text = _text(message.get("text"), 4096)
    if chat_id is None or not text.strip():
        return None
    language = _text(_object(message.get("from")).get("language_code"), 10)
    return Written(update_id, chat_id, text, language, f"telegram:{update_id}:{_number(message.get('date')) or 0}")


def _pressed(update_id: int, query: Mapping[str, Any]) -> Pressed | None:
    """The message may be gone or too old to be given: then it is the person's own chat."""
    chat = _object(_object(query.get("message")).get("chat")) or _object(query.get("from"))
    chat_id, query_id = _number(chat.get("id")), _text(query.get("id"), 64)
    return Pressed(update_id, chat_id, query_id, _text(query.get("data"), 64)) if chat_id is not None and query_id else None


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and -_LARGEST <= value < _LARGEST else None


def _text(value: Any, longest: int) -> str:
    """Return a text that a database takes: without NUL and halves of characters."""
    return value.encode(errors="ignore").decode().replace("\x00", "")[:longest] if isinstance(value, str) else ""
