"""Reply markup: what the server accepts as an inline keyboard."""

from urllib.parse import urlsplit

import orjson

from tests.sim.telegram.errors import bad_request

_LARGEST_DATA = 64
_ACTIONS = ("callback_data", "url", "web_app", "switch_inline_query", "copy_text", "login_url", "pay", "callback_game")
Markup = dict[str, object]


def read_object(value: object, what: str) -> object:
    """Return a parameter that may have come as JSON text."""
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        raise bad_request(f"can't parse {what} JSON object") from None


def read_markup(value: object) -> Markup | None:
    """Return the checked reply markup, None when there is none.

    Raises:
        ApiError: 400, it is not a keyboard the server accepts.
    """
    if value in (None, ""):
        return None
    markup = read_object(value, "reply keyboard markup")
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" not in markup:
        return markup
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request("can't parse inline keyboard: expected an Array of Array of InlineKeyboardButton")
    for button in (button for row in rows for button in row):
        _check_button(button)
    return markup


def _check_button(button: object) -> None:
    if not isinstance(button, dict):
        raise bad_request("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    if not str(button.get("text", "")).strip():
        raise bad_request("can't parse inline keyboard button: InlineKeyboardButton text must not be empty")
    if not any(action in button for action in _ACTIONS):
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    data = button.get("callback_data")
    if data is not None and not 1 <= len(str(data).encode()) <= _LARGEST_DATA:
        raise bad_request("BUTTON_DATA_INVALID")
    url = button.get("url")
    if url is not None and not (urlsplit(str(url)).scheme in ("http", "https", "tg") and urlsplit(str(url)).netloc):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def button_data(markup: Markup | None) -> list[str]:
    """Return the callback data of every button, row by row."""
    rows = markup.get("inline_keyboard", []) if markup else []
    buttons = [button for row in rows for button in row] if isinstance(rows, list) else []
    return [str(button["callback_data"]) for button in buttons if "callback_data" in button]
