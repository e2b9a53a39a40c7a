"""What the factors say of a coin: one line each, with the age of its newest reading."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from functions.delivery.messages.message import Payload
from functions.delivery.messages.words import Html, Words
from functions.factors.reading import Factor
from functions.scoring.document import Side

_MARKS = {Side.AGREES: "✅", Side.AGAINST: "❌", Side.NEUTRAL: "➖"}
_NAMES: Mapping[Factor, Callable[[Words], Html]] = {
    Factor.TECHNICAL: lambda words: words.say("Technical"),
    Factor.SENTIMENT: lambda words: words.say("Sentiment"),
    Factor.ONCHAIN: lambda words: words.say("On-chain"),
    Factor.CONTEXT: lambda words: words.say("Context"),
    Factor.MOMENTUM: lambda words: words.say("Momentum"),
}


def factor_lines(factors: Sequence[Payload], at: datetime, words: Words, *, sources: bool = False) -> list[Html]:
    """Return one line a factor: for, against or neutral, its points, its value and how old that is; silent ones as such.

    Args:
        factors: as `functions.scoring.document.FactorSaid` has them.
        at: the moment that ages are counted to.
        words: of the chat.
        sources: whether each source behind a factor has a line of its own under it.
    """
    rows: list[Html] = []
    for factor in factors:
        name = factor_name(factor["factor"], words)
        if factor["side"] == Side.SILENT:
            rows.append(words.say("▫️ {factor}: nothing fresh", factor=name))
            continue
        rows.append(
            words.say(
                "{mark} {factor} {points:+.1f} · {value:+.2f} · {age}",
                mark=_MARKS[Side(factor["side"])],
                factor=name,
                points=float(factor["points"]),
                value=float(factor["value"]),
                age=age(_newest(factor["sources"]), at, words),
            )
        )
        rows += [_source(source, at, words) for source in factor["sources"]] if sources else []
    return rows


def factor_name(factor: str, words: Words) -> Html:
    """Return what a factor is called."""
    return _NAMES[Factor(factor)](words)


def age(since: datetime, at: datetime, words: Words) -> Html:
    """Return how long ago something was, in its largest useful unit."""
    minutes = int((at - since).total_seconds() // 60)
    if minutes < 1:
        return words.say("now")
    if minutes < 120:
        return words.say("{number} min ago", number=minutes)
    if minutes < 48 * 60:
        return words.say("{number} h ago", number=minutes // 60)
    return words.say("{number} d ago", number=minutes // (24 * 60))


def _newest(sources: Sequence[Payload]) -> datetime:
    return max(datetime.fromisoformat(source["as_of"]) for source in sources)


def _source(source: Mapping[str, Any], at: datetime, words: Words) -> Html:
    facts = {
        "source": source["source"],
        "value": float(source["value"]),
        "confidence": float(source["confidence"]),
        "age": age(datetime.fromisoformat(source["as_of"]), at, words),
    }
    if source["market"]:
        return words.say("    {source} {value:+.2f}, {confidence:.0%} sure, of the whole market · {age}", **facts)
    return words.say("    {source} {value:+.2f}, {confidence:.0%} sure · {age}", **facts)
