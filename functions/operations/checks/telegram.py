"""What Telegram says of the bot, of who takes its messages, and of each chat; every fault with its next step."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from functions.errors import InputRejected, QuorumError, RetryLater
from functions.logs import hide_secrets
from functions.outgoing.proxies import route
from functions.settings import Settings
from functions.shown import command
from functions.status.missing import WRONG_TOKEN

_OWN_BOT = "end the program that does, or give Quorum a bot of its own (/newbot at @BotFather)"


@dataclass(frozen=True, slots=True)
class Bot:
    """What was found.

    Args:
        name: of the bot, without @; empty when Telegram did not tell it.
        troubles: of the bot itself, one sentence each.
        chats: what is wrong with each chat that has a fault, by its id.
    """

    name: str
    troubles: tuple[str, ...]
    chats: dict[int, str]

    @property
    def sentences(self) -> list[str]:
        """Return every fault."""
        return [*self.troubles, *self.chats.values()]


def ask_telegram(settings: Settings, collector_trouble: str | None, timeout: float = 10) -> Bot:
    """Ask Telegram about the bot and each chat.

    Args:
        settings: with a token.
        collector_trouble: what the running collector was told when it asked for messages last, empty when they came; None when no
            collector runs, and the question may be put from here.
        timeout: seconds for each answer.
    """
    api = _Api(settings, timeout)
    try:
        with api.client:
            name = str(api.call("getMe")["username"])
            return Bot(name, tuple(_doors(api, settings, collector_trouble)), dict(_chats(api, settings, name)))
    except _Refused as error:
        wrong = error.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND)
        return Bot("", (WRONG_TOKEN if wrong else f"Telegram refuses the bot: {error.detail}",), {})
    except QuorumError as error:
        return Bot("", (error.detail,), {})
    except (KeyError, TypeError):
        return Bot("", (f"{settings.telegram_api_url} answers, but not as the Bot API does: is TELEGRAM_API_URL right?",), {})


def _doors(api: "_Api", settings: Settings, collector_trouble: str | None) -> Iterator[str]:
    """Find who else takes what is written to the bot: Telegram gives it to one program."""
    hook = api.call("getWebhookInfo")
    url = str(hook.get("url") or "")
    if settings.telegram_trigger:
        if not url.startswith(f"{settings.n8n_public_url}/"):
            where = f"posts messages to {url}" if url else "posts messages nowhere"
            yield f"Telegram {where} instead of N8N_PUBLIC_URL: run {command('n8n deploy')}"
        elif error := hook.get("last_error_message"):
            yield f"Telegram could not reach N8N_PUBLIC_URL: {error}"
        return
    if url:
        yield f"another program takes the bot's messages (its webhook is {url}): {_OWN_BOT}"
        return
    if collector_trouble is None:
        collector_trouble = _poll_once(api)
    if collector_trouble:
        step = f": another program takes them: {_OWN_BOT}" if "Conflict" in collector_trouble else ""
        yield f"the bot's messages do not come ({collector_trouble}){step}"


def _poll_once(api: "_Api") -> str:
    """Ask for messages without confirming any; returns Telegram's words when it refuses."""
    try:
        api.call("getUpdates", limit=1, timeout=0)
    except _Refused as error:
        return error.detail
    return ""


def _chats(api: "_Api", settings: Settings, name: str) -> Iterator[tuple[int, str]]:
    for chat in settings.telegram_chat_ids:
        try:
            api.call("getChat", chat_id=chat)
            api.call("sendChatAction", chat_id=chat, action="typing")  # getChat knows a chat that has blocked the bot
        except _Refused as error:
            yield chat, _of_chat(chat, error, name)


def _of_chat(chat: int, error: "_Refused", name: str) -> str:
    words = error.detail
    if error.moved_to:
        return f"chat {chat} has become {error.moved_to}: write that into TELEGRAM_CHAT_IDS"
    if "not found" in words:
        step = f"add @{name} to the group" if chat < 0 else f"open @{name} in Telegram and press Start"
        return f"chat {chat} is unknown to the bot: {step}, or correct TELEGRAM_CHAT_IDS"
    if error.status == HTTPStatus.FORBIDDEN:
        step = f"add @{name} to it again" if chat < 0 else f"open @{name} in Telegram and press Restart"
        return f"chat {chat} takes nothing from the bot ({words}): {step}"
    return f"chat {chat} cannot be written to: {words}"


class _Refused(Exception):
    """Telegram answered, and refused."""

    def __init__(self, status: int, detail: str, moved_to: int | None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.moved_to = status, detail, moved_to


class _Api:
    """The Bot API's methods."""

    def __init__(self, settings: Settings, timeout: float) -> None:
        try:
            way = route(settings.telegram_api_url)
        except InputRejected as error:
            raise RetryLater(error.code, error.detail) from error
        self._settings = settings
        self.client = httpx.Client(timeout=timeout, **way)

    def call(self, method: str, **parameters: str | int) -> dict[str, Any]:
        """Return a method's result.

        Raises:
            _Refused: Telegram answered an error.
            RetryLater: it does not answer, or something else does.
        """
        where = self._settings.telegram_api_url
        try:
            response = self.client.get(f"{self._settings.telegram_bot_url}/{method}", params=parameters)
            answer = response.json()
        except httpx.HTTPError as error:
            words = hide_secrets(str(error)) or type(error).__name__
            raise RetryLater("telegram_away", f"Telegram does not answer at {where}: {words}") from error
        except ValueError as error:
            raise RetryLater("telegram_strange", f"{where} answers, but not as the Bot API does: is it right?") from error
        if not isinstance(answer, dict) or "ok" not in answer:
            raise RetryLater("telegram_strange", f"{where} answers, but not as the Bot API does: is TELEGRAM_API_URL right?")
        if not answer["ok"]:
            more = answer.get("parameters") or {}
            words = hide_secrets(str(answer.get("description") or response.status_code))
            raise _Refused(response.status_code, words, more.get("migrate_to_chat_id"))
        result = answer["result"]
        return result if isinstance(result, dict) else {"result": result}
