"""The weekly allocation: Sunday's message, and what `/core` shows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from functions.delivery.messages.message import Payload
from functions.delivery.messages.texts.paper.trades import money
from functions.delivery.messages.words import Html, Words, lines


def week(payload: Payload, words: Words) -> Html:
    """Return the shares of a week, what changed, and what the account that follows them did."""
    return lines(
        _head(payload, words),
        _shares(payload["target"], words),
        *_basket(payload, words),
        _before(payload, words),
        *_left(payload, words),
        *_account(payload, words),
        *_promise(payload, words),
    )


def core(payload: Payload, words: Words) -> Html:
    """Return the shares of now."""
    shown, say = payload["week"], words.say
    if shown is None:
        return say("No allocation yet: the shares are set after a daily close, as soon as Bitcoin's candles are known.")
    held = payload["held"]
    now = say(
        "Held now: BTC {btc:.1%}, other coins {basket:.1%}, cash {cash:.1%}",
        btc=held["btc"],
        basket=held["basket"],
        cash=_cash(held),
    )
    return lines(week(shown, words), now)


def _head(payload: Payload, words: Words) -> Html:
    say, moment = words.say, words.moment(datetime.fromisoformat(payload["day"]))
    why = {
        "start": lambda: say("the first one"),
        "week": lambda: say("set anew each Sunday"),
        "gate_opened": lambda: say("BTC is above its daily EMA50 and EMA200 again"),
        "gate_closed": lambda: say("BTC is below its daily EMA50 or EMA200: all is sold"),
    }[payload["code"]]()
    if not payload["gate"] and payload["code"] != "gate_closed":
        why = say("BTC is below its daily EMA50 or EMA200: nothing is bought")
    return say("⚖️ <b>Weekly allocation</b> of {moment}: {why}", moment=moment, why=why)


def _shares(target: Mapping[str, Any], words: Words) -> Html:
    return words.say(
        "<b>BTC {btc:.1%} · other coins {basket:.1%} · cash {cash:.1%}</b>",
        btc=float(target["btc"]),
        basket=float(target["basket"]),
        cash=_cash(target),
    )


def _basket(payload: Payload, words: Words) -> list[Html]:
    coins, share = payload["coins"], float(payload["target"]["basket"])
    if not coins:
        return []
    each = words.count(
        "{number} coin, {share:.2%}: {coins}",
        "{number} coins, {share:.2%} each: {coins}",
        len(coins),
        share=share / len(coins),
        coins=" ".join(name.removesuffix("USDT") for name in coins),
    )
    return [each]


def _before(payload: Payload, words: Words) -> Html:
    before, target, say = payload["before"], payload["target"], words.say
    if not float(payload["traded"]):
        return say("What changed: nothing, the account holds that already")
    return say(
        "What changed: BTC {btc_before:.1%} → {btc:.1%}, other coins {basket_before:.1%} → {basket:.1%}; "
        "{traded:,.0f} USDT traded for {costs:.2f} USDT of fees",
        btc_before=float(before["btc"]),
        btc=float(target["btc"]),
        basket_before=float(before["basket"]),
        basket=float(target["basket"]),
        traded=money(payload["traded"]),
        costs=money(payload["costs"]),
    )


def _left(payload: Payload, words: Words) -> list[Html]:
    if not payload["left"]:
        return []
    return [words.say("Left as they were, for they have no price that can be traded: {coins}", coins=" ".join(payload["left"]))]


def _account(payload: Payload, words: Words) -> list[Html]:
    say = words.say
    return [
        say(
            "On paper since {day}: {equity:,.2f} USDT ({earned:+.2%}), deepest fall so far {drawdown:.1%}, {under:.1%} under the "
            "high now",
            day=words.day(datetime.fromisoformat(payload["since"])),
            equity=money(payload["equity"]),
            earned=float(payload["earned"]),
            drawdown=float(payload["drawdown"]),
            under=float(payload["under"]),
        )
    ]


def _promise(payload: Payload, words: Words) -> list[Html]:
    promised, say = float(payload["promised"]), words.say
    if float(payload["drawdown"]) >= promised:
        return [say("It has fallen deeper than the {promised:.0%} that it promises: do not trust it.", promised=promised)]
    return [
        say(
            "It promises the drawdown, under {promised:.0%} in every period measured, and not the return: docs/dip-orders.md",
            promised=promised,
        )
    ]


def _cash(shares: Mapping[str, Any]) -> float:
    return 1.0 - float(shares["btc"]) - float(shares["basket"])
