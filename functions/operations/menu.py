"""The menu behind Telegram's `/` button: every command with what it does, in each language."""

import httpx

from functions.delivery.messages.message import plain
from functions.delivery.messages.texts import commands as texts
from functions.delivery.messages.words import Language, Words
from functions.logs import get_logger
from functions.outgoing.proxies import route
from functions.settings import Settings

log = get_logger("operations")
TIMEOUT = 5.0


def write_menu(settings: Settings) -> bool:
    """Give Telegram the menu; without a token, or when Telegram does not take it, the one it has stays. Harmless to repeat."""
    if not settings.telegram_bot_token.get_secret_value():
        return False
    try:
        way = route(settings.telegram_api_url)
        for language in Language:
            # A language of its own, and English for all others.
            code = {} if language is Language.EN else {"language_code": language.value}
            body = {"commands": menu(Words(language)), **code}
            httpx.post(f"{settings.telegram_bot_url}/setMyCommands", json=body, timeout=TIMEOUT, **way).raise_for_status()
    except httpx.HTTPError as error:  # its words would hold the token
        log.warning("telegram did not take the menu of commands", error=type(error).__name__)
        return False
    return True


def menu(words: Words) -> list[dict[str, str]]:
    """Return the commands as the Bot API takes them, each with a sentence of its own."""
    return [{"command": name.value, "description": plain(does)} for name, does in texts.menu(words).items()]
