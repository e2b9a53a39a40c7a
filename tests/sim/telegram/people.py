"""What a person does in a chat: write, press a button, block the bot."""

import secrets
import time

from tests.sim.telegram.chats import Chat, Chats
from tests.sim.telegram.keyboard import button_data
from tests.sim.telegram.methods import Methods
from tests.sim.telegram.updates import Updates


class People:
    """Makes the updates that real people would cause."""

    def __init__(self, chats: Chats, updates: Updates, methods: Methods) -> None:
        self._chats = chats
        self._updates = updates
        self._methods = methods

    def _chat(self, chat_id: int) -> Chat:
        """Return the chat; a person who writes first opens it."""
        return self._chats.known.setdefault(chat_id, Chat(chat_id))

    def say(self, chat_id: int, text: str, times: int = 1) -> tuple[int, int]:
        """Write to the bot; `times` above one delivers the same update again. Return the ids of message and update."""
        chat = self._chat(chat_id)
        message_id = self._chats.next_id()
        message: dict[str, object] = {
            "message_id": message_id,
            "from": chat.user(),
            "chat": chat.payload(),
            "date": int(time.time()),
            "text": text,
        }
        if text.startswith("/"):
            message["entities"] = [{"offset": 0, "length": len(text.split()[0]), "type": "bot_command"}]
        return message_id, self._updates.add("message", message, times)

    def press(self, chat_id: int, data: str, times: int = 1, message_id: int | None = None, redeliver: int = 1) -> list[int]:
        """Press the newest button with this data `times` times; `redeliver` repeats each update. Return the updates' ids.

        Raises:
            ValueError: no message in the chat has such a button.
        """
        chat = self._chat(chat_id)
        for sent in reversed(self._chats.messages):
            fits = sent.chat_id == chat_id and not sent.deleted and message_id in (None, sent.message_id)
            if fits and data in button_data(sent.markup):
                break
        else:
            raise ValueError(f"expected a button with data {data!r} in chat {chat_id}")
        updates = []
        for _ in range(times):
            query_id = str(secrets.randbits(62))
            self._methods.callbacks[query_id] = None
            query = {
                "id": query_id,
                "from": chat.user(),
                "message": self._chats.payload(sent),
                "chat_instance": str(abs(chat_id) * 7919),
                "data": data,
            }
            updates.append(self._updates.add("callback_query", query, redeliver))
        return updates

    def block(self, chat_id: int, *, blocked: bool = True) -> None:
        """Block the bot, or unblock it."""
        self._chat(chat_id).blocked = blocked
