"""Dip orders: the evening's list or why there is none, a fill, and what `/dips` shows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from functions.delivery.messages.message import TEXT_LIMIT, Payload, fit
from functions.delivery.messages.texts.paper.trades import fee, money
from functions.delivery.messages.texts.scores import check
from functions.delivery.messages.words import Html, Words, lines
from functions.paper.accounts import DIPS, MANUAL


def evening(payload: Payload, words: Words) -> Html:
    """Return the evening's list, or why there is none."""
    return fit(_head(payload, words), [_line(row, words) for row in payload["orders"]], _tail(payload, words), TEXT_LIMIT)


def filled(payload: Payload, words: Words) -> Html:
    """Return a fill: what it cost, what to do now, and how many came together; in an account beside that of dips, only that."""
    say = words.say
    first = say("🟢 <b>Dip order {symbol}</b> filled at <code>{price}</code>", symbol=payload["symbol"], price=payload["price"])
    if payload["account"] != DIPS.name:
        own = payload["account"] == MANUAL.name
        whose = say("<i>Your paper account</i>") if own else say("<i>The desk's own account</i>")
        return lines(whose, first, _cost(payload, words))
    return lines(
        first,
        _cost(payload, words),
        say("Stop <code>{price}</code>, risk {risk} USDT", price=payload["stop"], risk=money(payload["risk"])),
        say("Targets <code>{prices}</code>", prices=" · ".join(payload["targets"])),
        say(
            "What to do: put the stop and the three targets in, a third at each; after the first target the stop goes to "
            "<code>{price}</code>. What is left is sold {moment}.",
            price=payload["price"],
            moment=words.moment(datetime.fromisoformat(payload["leaves_at"])),
        ),
        words.count(
            "{number} order of this day filled so far: fills come together, so they are one bet.",
            "{number} orders of this day filled so far: they come together, so they are one bet.",
            payload["together"],
        ),
    )


def _cost(payload: Payload, words: Words) -> Html:
    return words.say(
        "{cost} USDT, {quantity} coins, fee {fee}",
        cost=money(payload["cost"]),
        quantity=payload["quantity"],
        fee=fee(payload["fee"]),
    )


def dips(payload: Payload, words: Words) -> Html:
    """Return the orders that wait now and those that ended last."""
    shown = payload["evening"]
    if shown is None:
        return words.say("No evening of dip orders yet: they are placed after 00:00 UTC.")
    ended = [_ended(row, words) for row in payload["ended"]]
    history = [words.say("<b>Filled or cancelled last</b>"), *ended] if ended else [words.say("No order was filled yet.")]
    days = words.count("{number} day with a fill so far", "{number} days with a fill so far", payload["fill_days"])
    rows = [_line(row, words) for row in shown["orders"]]
    return fit([*_head(shown, words), *rows, ""], [*history, days], _believe(words), TEXT_LIMIT)


def _head(payload: Payload, words: Words) -> list[Html]:
    say = words.say
    strength, needed = payload["strength"], float(payload["needed"])
    moment = words.moment(datetime.fromisoformat(payload["day"]))
    if payload["code"] == "orders":
        first = words.count(
            "📉 <b>{number} dip order</b>, good for 24 h from {moment}",
            "📉 <b>{number} dip orders</b>, good for 24 h from {moment}",
            len(payload["orders"]),
            moment=moment,
        )
        return [
            first,
            say("BTC {strength:+.0%} in 30 days. Coin: limit (from the close), stop, targets, size", strength=strength),
        ]
    why = {
        "gate_closed": lambda: say("BTC is below its daily EMA50 or EMA200"),
        "btc_weak": lambda: say("BTC {strength:+.0%} in 30 days, needs {needed:.0%}", strength=strength, needed=needed),
        "gate_unknown": lambda: say("BTC's daily candles do not say what the gate is"),
        "no_coin": lambda: say("no coin is in an uptrend, or those that are have an open trade"),
        "too_late": lambda: say("the desk was not there within an hour of the daily close"),
    }[payload["code"]]()
    return [say("📉 <b>No dip orders</b> from {moment}: {why}", moment=moment, why=why)]


def _line(row: Mapping[str, Any], words: Words) -> Html:
    return words.say(
        "<b>{symbol}</b> <code>{limit}</code> ({distance:+.1%}) · stop <code>{stop}</code> · <code>{targets}</code> · "
        "{size:.0f} USDT{desk}",
        symbol=row["symbol"],
        limit=row["limit"],
        distance=float(row["distance"]),
        stop=row["stop"],
        targets=" ".join(row["targets"]),
        size=float(row["size"]),
        desk=" ⭐" if row["desk"] else "",
    )


def _tail(payload: Payload, words: Words) -> list[Html]:
    if not payload["orders"]:
        return []
    return [*_desk(payload, words), *_believe(words)]


def _desk(payload: Payload, words: Words) -> list[Html]:
    """Return how many the desk's own account takes, and what kept it from the others."""
    taken = sum(bool(row["desk"]) for row in payload["orders"])
    first = words.count(
        "⭐ {number} of them waits in the desk's own account, too: it passes score, filters and consensus",
        "⭐ {number} of them wait in the desk's own account, too: they pass score, filters and consensus",
        taken,
    )
    why = ", ".join(f"{number} x {check(code, words)}" for code, number in payload["refused"].items())
    return [first, *([words.say("Not the others: {why}", why=Html(why))] if why else [])]


def _believe(words: Words) -> list[Html]:
    return [words.say("On paper. Two to four years of it until it can be believed: docs/dip-orders.md")]


def _ended(row: Mapping[str, Any], words: Words) -> Html:
    facts = {"symbol": row["symbol"], "limit": row["limit"], "moment": words.moment(datetime.fromisoformat(row["ended_at"]))}
    if row["state"] == "filled":
        return words.say("✅ {symbol} <code>{limit}</code> filled {moment}", **facts)
    return words.say("✖️ {symbol} <code>{limit}</code> cancelled {moment}", **facts)
