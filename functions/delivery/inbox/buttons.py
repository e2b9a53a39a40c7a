"""Buttons under a message. Telegram gives their data back as it was, 64 bytes at most: an action and the id of a signal."""

import re
from dataclasses import dataclass
from enum import StrEnum

from functions.delivery.messages.words import Words

_DATA = re.compile(r"([a-z]{1,8}):([0-9]{1,18})")


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
