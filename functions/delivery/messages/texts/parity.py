"""How far the desk and the backtest agree: one number, and the classes of what differs."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from functions.backtest.parity.causes import Kind
from functions.delivery.messages.words import Html, Words

_KINDS: Mapping[Kind, Callable[[Words], Html]] = {
    Kind.DATA: lambda words: words.say("data"),
    Kind.TIMING: lambda words: words.say("timing"),
    Kind.PRICE: lambda words: words.say("price"),
    Kind.SETTINGS: lambda words: words.say("settings"),
    Kind.FOLLOWS: lambda words: words.say("follow from others"),
    Kind.UNKNOWN: lambda words: words.say("unexplained"),
}


def parity(line: Mapping[str, Any] | None, words: Words) -> list[Html]:
    """Return how far the desk and the backtest agree, and what they differ by: `ParityLine` as JSON; nothing without one."""
    if line is None:
        return []
    say, until = words.say, words.day(datetime.fromisoformat(line["until"]))
    if not line["trades"]:
        return [say("Desk and backtest, to {until}: no trade to compare yet", until=until)]
    about = {"share": line["share"], "matched": line["matched"], "trades": line["trades"], "until": until}
    rows = [say("Desk and backtest, to {until}: <b>{share:.1%}</b> alike, {matched} of {trades} trades", **about)]
    if line["kinds"]:
        kinds = ", ".join(f"{_KINDS[Kind(kind)](words)} {count}" for kind, count in line["kinds"].items())
        rows.append(say("    differences: {kinds}", kinds=Html(kinds)))
    return rows
