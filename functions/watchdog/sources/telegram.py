"""The watchdog's own way to Telegram: straight to the Bot API, past n8n, the functions and the database."""

import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

import httpx

from functions.errors import InputRejected
from functions.logs import hide_secrets
from functions.outgoing.proxies import route

SECONDS = 5.0
FIRST_PAUSE, LONGEST_PAUSE = 15.0, 300.0  # seconds until it is tried again when nobody could be told
REFUSED_PAUSE = 600.0  # a wrong token, a bot that is blocked everywhere: a person must act


class Messenger:
    """Sends one message to each chat; it never raises, and it does not ask again before its pause is over.

    Args:
        bot: address of the bot's methods, with the token in it.
        chats: whom to tell.
        clock: seconds that only grow.
    """

    def __init__(self, bot: str, chats: Sequence[int], clock: Callable[[], float] = time.monotonic) -> None:
        self._bot, self.chats, self._clock = bot, chats, clock
        self._again_at = 0.0
        self._pause = FIRST_PAUSE
        self.trouble = ""  # of the last message, one part for each chat that did not take it

    def send(self, text_for: Callable[[int], str]) -> bool:
        """Tell every chat; returns whether somebody was told."""
        if self._clock() < self._again_at:
            return False
        refusals = {chat: self._send(chat, text_for(chat)) for chat in self.chats}
        self.trouble = "; ".join(f"chat {chat}: {why}" for chat, (why, _) in refusals.items() if why)
        told = any(not why for why, _ in refusals.values())
        if told:
            self._pause, self._again_at = FIRST_PAUSE, 0.0
        else:
            wait = max([pause for _, pause in refusals.values()], default=0.0) or self._pause
            self._again_at = self._clock() + wait
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        return told

    def _send(self, chat: int, text: str) -> tuple[str, float]:
        """Return why a chat was not told, empty when it was, and how long to wait if Telegram or common sense says."""
        body = {"chat_id": chat, "text": text, "parse_mode": "HTML"}
        try:
            answer = httpx.post(f"{self._bot}/sendMessage", json=body, timeout=SECONDS, **route(self._bot))
            said = answer.json()
        except InputRejected as error:
            return error.detail, REFUSED_PAUSE
        except (httpx.HTTPError, ValueError) as error:
            return hide_secrets(str(error)) or type(error).__name__, 0.0
        if answer.is_success:
            return "", 0.0
        return _refusal(answer.status_code, said if isinstance(said, dict) else {})


def _refusal(status: int, said: dict[str, Any]) -> tuple[str, float]:
    words = hide_secrets(str(said.get("description") or f"status {status}"))
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        asked = (said.get("parameters") or {}).get("retry_after")
        return words, float(asked) + 1 if isinstance(asked, int) else 0.0
    return words, 0.0 if status >= HTTPStatus.INTERNAL_SERVER_ERROR else REFUSED_PAUSE
