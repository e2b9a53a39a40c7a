"""What prediction markets have to tell: a probability that moved, a question that was decided."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from functions.delivery.messages.message import TEXT_LIMIT, Payload, fit
from functions.delivery.messages.words import Html, Words


def moved(payload: Payload, words: Words) -> Html:
    """Return how the probabilities of an event's markets moved."""
    head = [words.say("🎲 <b>{event}</b>: the odds moved", event=payload["event"])]
    return fit(head, [_move(market, words) for market in payload["markets"]], _foot(payload, words), TEXT_LIMIT)


def resolved(payload: Payload, words: Words) -> Html:
    """Return how an event's markets were decided."""
    head = [words.say("🏁 <b>{event}</b>: decided", event=payload["event"])]
    rows = [words.say("{question} <b>{winner}</b>", question=one["question"], winner=one["winner"]) for one in payload["markets"]]
    return fit(head, rows, _foot(payload, words), TEXT_LIMIT)


def _move(market: Mapping[str, Any], words: Words) -> Html:
    values = {
        "question": market["question"],
        "outcome": market["outcome"],
        "before": float(market["before"]),
        "after": float(market["after"]),
        "since": words.moment(datetime.fromisoformat(market["since"])),
    }
    if market["confirmed_by"] == "trades":
        return words.say("{question} {outcome}: {before:.0%} → <b>{after:.0%}</b> since {since}, confirmed by trades", **values)
    return words.say("{question} {outcome}: {before:.0%} → <b>{after:.0%}</b> since {since}, in two reads", **values)


def _foot(payload: Payload, words: Words) -> list[Html]:
    moment = words.moment(datetime.fromisoformat(payload["at"]))
    foot = [words.say("Polymarket, {moment}. Context, not a signal.", moment=moment)]
    if payload["slug"]:
        foot.append(words.say("https://polymarket.com/event/{slug}", slug=payload["slug"]))
    return foot
