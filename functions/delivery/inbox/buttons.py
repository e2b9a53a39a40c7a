"""Buttons under a message. Telegram gives their data back as it was, 64 bytes at most.

took:12  an action with the id of its signal;  write:/close BTCUSDT  a command, as if it had been written
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from functions.delivery.messages.words import Words

_DATA = re.compile(r"([a-z]{1,8}):([0-9]{1,18})")
_WRITE = "write:"
MOST_CLOSES = 2  # of the four buttons under a portfolio
KEYBOARD = ("/portfolio", "/top", "/today", "/news", "/settings", "/help")  # in the place of the letters, two a row


class Action(StrEnum):
    """What a button does with its signal."""

    TOOK = "took"
    EXIT = "exit"
    SKIP = "skip"
    CHART = "chart"
    MUTE = "mute"
    SHOW = "show"


@dataclass(frozen=True, slots=True)
class Button:
    """A button: what it says, and what Telegram sends back."""

    text: str
    data: str


@dataclass(frozen=True, slots=True)
class Press:
    """A button that was pressed."""

    action: Action
    signal_id: int


def data_of(action: Action, signal_id: int) -> str:
    """Return the data of a button."""
    return f"{action}:{signal_id}"


def read_press(data: str) -> Press | None:
    """Read a button's data; None when it is not one of ours."""
    match = _DATA.fullmatch(data)
    if match is None or match[1] not in set(Action):
        return None
    return Press(Action(match[1]), int(match[2]))


def writing(text: str, command: str) -> Button:
    """Return a button that does what writing the command does."""
    return Button(text, f"{_WRITE}{command}")


def read_written(data: str) -> str | None:
    """Return the command that a button stands for; None when it stands for none."""
    return data.removeprefix(_WRITE) if data.startswith(_WRITE) else None


def under_portfolio(symbols: Sequence[str], words: Words) -> tuple[Button, ...]:
    """Return the buttons of an account: the end of its first open trades, and the pages beside it."""
    ends = [writing(words.say("🚪 Close {symbol}", symbol=symbol), f"/close {symbol}") for symbol in symbols[:MOST_CLOSES]]
    pages = (
        writing(words.say("💰 Profit"), "/profit"),
        writing(words.say("🧾 Trades"), "/trades"),
        writing(words.say("📅 Days"), "/daily"),
        writing(words.say("🔎 Today"), "/today"),
    )
    return (*ends, *pages)[:4]


def under_signal(signal_id: int, words: Words, *, tradable: bool) -> tuple[Button, ...]:
    """Return the buttons of a signal; one that nobody can trade asks to leave the coin instead."""
    first = {Action.TOOK: words.say("✅ Took")} if tradable else {Action.EXIT: words.say("🚪 Exit")}
    texts = {
        **first,
        Action.SKIP: words.say("⏭ Skip"),
        Action.CHART: words.say("📈 Chart"),
        Action.MUTE: words.say("🔕 Mute 4 h"),
    }
    return tuple(Button(text, data_of(action, signal_id)) for action, text in texts.items())


def under_cluster(strongest: list[tuple[str, int]]) -> tuple[Button, ...]:
    """Return the buttons that show the four strongest signals of a cluster: symbol and id."""
    return tuple(Button(f"🔎 {symbol}", data_of(Action.SHOW, signal_id)) for symbol, signal_id in strongest)
