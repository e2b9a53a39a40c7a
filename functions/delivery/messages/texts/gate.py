"""What the gate allows, in the one line that every screen has."""

from datetime import datetime

from functions.delivery.messages.words import Html, Words

_MARKS = {"long": "🟢", "short": "🔴", "closed": "⚪", "unknown": "❔"}
_STATES = {1: "long", -1: "short", 0: "closed"}


def gate_line(state: str, words: Words, since: datetime | None = None) -> Html:
    """Return what the market allows: `state` is long, short, closed or unknown; `since` the daily close it stands since."""
    line = words.say("{mark} Market: {state}", mark=_MARKS[state], state=_allowed(state, words))
    return words.say("{line}, since {day}", line=line, day=words.day(since)) if since else line


def gate_state(regime: int | None) -> str:
    """Return the state of a regime: 1 longs, -1 shorts, 0 none, None while it is not known."""
    return "unknown" if regime is None else _STATES[regime]


def _allowed(state: str, words: Words) -> Html:
    match state:
        case "long":
            return words.say("signals may be long")
        case "short":
            return words.say("signals may be short")
        case "closed":
            return words.say("no signals, it has no direction")
        case _:
            return words.say("not known")
