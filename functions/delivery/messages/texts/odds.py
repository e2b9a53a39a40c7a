"""What prediction markets have to tell: a probability that moved, a question that was decided."""

from collections.abc import Mapping, Sequence
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


def standing(rows: Sequence[Mapping[str, Any]], symbol: str | None, words: Words) -> Html:
    """Return what markets say now, and how that changed within a day."""
    if not rows:
        if symbol:
            return words.say("No prediction market speaks of {symbol}. /odds shows all that are followed.", symbol=symbol)
        return words.say("No prediction market was read within a day.")
    newest = max(row["at"] for row in rows)
    head = [words.say("🎲 <b>Prediction markets</b>, {moment}", moment=words.moment(newest))]
    return fit(head, [_standing(row, words) for row in rows], [words.say("Polymarket. Context, not a signal.")], TEXT_LIMIT)


def _standing(row: Mapping[str, Any], words: Words) -> Html:
    now = row["raw"] if row["probability"] is None else row["probability"]
    values = {"question": row["question"], "outcome": row["outcome"], "now": float(now)}
    if row["winner"] is not None:
        return words.say("{question} decided: <b>{winner}</b>", question=row["question"], winner=row["winner"])
    if row["probability"] is None or row["day_before"] is None:
        return words.say("{question} {outcome}: <b>{now:.0%}</b>", **values)
    points = round(100 * (row["probability"] - row["day_before"]))
    return words.say("{question} {outcome}: <b>{now:.0%}</b>, {points:+d} points in a day", **values, points=points)


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
