"""Buttons under a message. Telegram gives their data back as it was, 64 bytes at most.

took:12  an action with a number, mostly a signal's id;  write:/close BTCUSDT  a command, as if it had been written
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
    """What a button does: with its signal; the last three, with the dip orders of an evening."""

    TOOK = "took"
    EXIT = "exit"
    SKIP = "skip"
    CHART = "chart"
    MUTE = "mute"
    SHOW = "show"
    ALL = "all"
    NEAREST = "nearest"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Button:
    """A button: what it says, and what Telegram sends back."""

    text: str
    data: str


@dataclass(frozen=True, slots=True)
class Press:
    """A button that was pressed."""

    action: Action
    number: int  # of its signal; of its dip order; or the evening's day, as 20240305


def data_of(action: Action, number: int) -> str:
    """Return the data of a button."""
    return f"{action}:{number}"


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


def under_evening(day: int, nearest: tuple[str, int], count: int, words: Words) -> tuple[Button, ...]:
    """Return the buttons of an evening's list: its day as 20240305, the nearest order's coin and id, and how many there are."""
    texts = (
        (words.count("✅ Take {number}", "✅ Take all {number}", count), Action.ALL, day),
        (words.say("✅ Only {coin}", coin=nearest[0].removesuffix("USDT")), Action.NEAREST, nearest[1]),
        (words.say("⏭ Take none"), Action.NONE, day),
    )
    taking = [Button(text, data_of(action, number)) for text, action, number in texts]
    return (*taking, writing(words.say("📋 Orders"), "/dips"))
