"""Chats and the messages in them."""

import time
from dataclasses import dataclass, field

from tests.sim.telegram.entities import Parsed
from tests.sim.telegram.errors import ApiError, bad_request
from tests.sim.telegram.keyboard import Markup


@dataclass(slots=True)
class Chat:
    """A chat with one person (positive id) or a group (negative id)."""

    id: int
    blocked: bool = False
    language: str = "en"  # of the person's Telegram

    @property
    def is_group(self) -> bool:
        """Return whether it is a group."""
        return self.id < 0

    def payload(self) -> dict[str, object]:
        """Return the Bot API object."""
        if self.is_group:
            return {"id": self.id, "title": f"Group {-self.id}", "type": "supergroup"}
        return {"id": self.id, "first_name": "Trader", "username": f"trader{self.id}", "type": "private"}

    def user(self) -> dict[str, object]:
        """Return the person who writes in it."""
        return {
            "id": abs(self.id),
            "is_bot": False,
            "first_name": "Trader",
            "username": f"trader{abs(self.id)}",
            "language_code": self.language,
        }


@dataclass(slots=True)
class Sent:
    """A message of the bot as it stands; `raw` is what was sent, `text` what a person reads."""

    message_id: int
    chat_id: int
    method: str
    text: str
    raw: str
    wall: float
    parse_mode: str = ""
    entities: list[dict[str, object]] = field(default_factory=list)
    markup: Markup | None = None
    file_id: str = ""
    photo: bytes = b""
    edits: int = 0
    deleted: bool = False


class Chats:
    """Every chat the bot may write to, and what it wrote."""

    def __init__(self, chat_ids: list[int], bot: dict[str, object]) -> None:
        self._bot = bot
        self._last_id = 100
        self.known = {chat_id: Chat(chat_id) for chat_id in chat_ids}
        self.messages: list[Sent] = []

    def find(self, chat_id: object) -> Chat:
        """Return the chat to write to.

        Raises:
            ApiError: 400 when there is none, 403 when the person has blocked the bot.
        """
        text = str(chat_id if chat_id is not None else "")
        if not text:
            raise bad_request("chat_id is empty")
        chat = self.known.get(int(text)) if text.lstrip("-").isdigit() else None
        if chat is None:
            raise bad_request("chat not found")
        if chat.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        return chat

    def next_id(self) -> int:
        """Return the next message id."""
        self._last_id += 1
        return self._last_id

    def add(self, chat: Chat, method: str, parsed: Parsed, raw: str, parse_mode: str, markup: Markup | None) -> Sent:
        """Keep a message of the bot."""
        sent = Sent(self.next_id(), chat.id, method, parsed.text, raw, time.time(), parse_mode, parsed.entities, markup)
        self.messages.append(sent)
        return sent

    def message(self, chat_id: int, message_id: int, purpose: str) -> Sent:
        """Return a message of the bot; 400 when there is none."""
        for sent in reversed(self.messages):
            if sent.chat_id == chat_id and sent.message_id == message_id and not sent.deleted:
                return sent
        raise bad_request(f"message to {purpose} not found")

    def payload(self, sent: Sent) -> dict[str, object]:
        """Return the Bot API object of a message."""
        body: dict[str, object] = {
            "message_id": sent.message_id,
            "from": self._bot,
            "chat": self.known[sent.chat_id].payload(),
            "date": int(sent.wall),
        }
        prefix = ""
        if sent.file_id:
            prefix = "caption_"
            size = {"file_id": sent.file_id, "file_unique_id": sent.file_id[:16], "file_size": len(sent.photo)}
            body["document" if sent.method == "sendDocument" else "photo"] = (
                size if sent.method == "sendDocument" else [{**size, "width": 1280, "height": 720}]
            )
        if sent.text or not sent.file_id:
            body["caption" if sent.file_id else "text"] = sent.text
        if sent.entities:
            body[f"{prefix}entities"] = sent.entities
        if sent.markup and "inline_keyboard" in sent.markup:
            body["reply_markup"] = sent.markup
        if sent.edits:
            body["edit_date"] = int(sent.wall)
        return body
