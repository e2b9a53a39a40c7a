"""The bot's own name, as Telegram knows it: in a group a command may be meant for another bot."""

import httpx

from functions.logs import get_logger
from functions.settings import Settings

log = get_logger("delivery")
TIMEOUT = 3.0  # seconds: somebody waits for the answer
_names: dict[str, str] = {}  # by the address of the bot, which holds its token


def own_name(settings: Settings) -> str | None:
    """Return the bot's name without its @, asked once; None while Telegram does not tell it."""
    bot = settings.telegram_bot_url
    if bot not in _names:
        try:
            answer = httpx.get(f"{bot}/getMe", timeout=TIMEOUT).raise_for_status().json()
            _names[bot] = str(answer["result"]["username"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:  # its words would hold the token
            log.warning("telegram does not tell the bot's name", error=type(error).__name__)
            return None
    return _names[bot]
