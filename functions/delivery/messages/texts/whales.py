"""What large transactions have to tell: one that just happened, and what flows to exchanges."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from functions.delivery.messages.message import TEXT_LIMIT, Payload, fit
from functions.delivery.messages.words import Html, Words, escaped, lines


def whale(payload: Payload, words: Words) -> Html:
    """Return one large transaction, told at once."""
    place = {"blockchain": payload["blockchain"], "moment": _moment(payload, words), "hash": payload["hash"]}
    return lines(
        _transaction(payload, words),
        words.say("{blockchain}, {moment}: {hash}", **place),
        words.say("Single transactions say little of the price. Context, not a signal."),
    )


def summary(flows: Sequence[Mapping[str, Any]], transactions: Sequence[Mapping[str, Any]], end: datetime, words: Words) -> Html:
    """Return the net flows of 24 hours with how busy whales were, and the newest transactions."""
    if not flows and not transactions:
        return words.say("No large transaction is known yet.")
    head = [words.say("🐋 <b>Whales</b>, 24 h to {moment}", moment=words.moment(end))]
    body = [_flow(flow, words) for flow in flows]
    body += [
        words.say("{transaction} – {moment}", transaction=_transaction(one, words), moment=_moment(one, words))
        for one in transactions
    ]
    foot = [words.say("Flows of large transactions count little in the score until they have earned more.")]
    return fit(head, body, foot, TEXT_LIMIT)


def unconfigured(words: Words) -> Html:
    """Return why there is nothing to show."""
    return words.say("Whales need a key: set WHALE_ALERT_KEY. quorum doctor says how to get it.")


def _flow(flow: Mapping[str, Any], words: Words) -> Html:
    values = {"coin": flow["coin"], "net": abs(flow["net"]) / 1e6, "moved": flow["moved"] / 1e6}
    if flow["net"] > 0:
        text = words.say("{coin}: ${net:,.1f}M to exchanges, ${moved:,.1f}M moved", **values)
    elif flow["net"] < 0:
        text = words.say("{coin}: ${net:,.1f}M from exchanges, ${moved:,.1f}M moved", **values)
    else:
        text = words.say("{coin}: no net flow, ${moved:,.1f}M moved", **values)
    if flow["score"] is None:
        return text
    return words.say("{flow}, busier than on {score:.0f}% of days", flow=text, score=float(flow["score"]))


def _transaction(payload: Mapping[str, Any], words: Words) -> Html:
    """Return what moved, from whom to whom."""
    say, nobody = words.say, words.say("unknown")
    values = {
        "amount": float(payload["amount"]),
        "asset": payload["asset"],
        "usd": float(payload["usd"]) / 1e6,
        "sender": escaped(payload["from"]) or nobody,
        "recipient": escaped(payload["to"]) or nobody,
    }
    if payload["action"] == "mint":
        return say("🐋 {amount:,.0f} {asset} (${usd:,.1f}M) issued", **values)
    if payload["action"] == "burn":
        return say("🐋 {amount:,.0f} {asset} (${usd:,.1f}M) taken back", **values)
    match payload["kind"]:
        case "inflow":
            return say("🐋 {amount:,.0f} {asset} (${usd:,.1f}M) to an exchange: {sender} → <b>{recipient}</b>", **values)
        case "outflow":
            return say("🐋 {amount:,.0f} {asset} (${usd:,.1f}M) from an exchange: <b>{sender}</b> → {recipient}", **values)
        case "internal":
            return say("🐋 {amount:,.0f} {asset} (${usd:,.1f}M) within {sender}", **values)
        case "cross_exchange":
            return say("🐋 {amount:,.0f} {asset} (${usd:,.1f}M) between exchanges: {sender} → {recipient}", **values)
        case _:
            return say("🐋 {amount:,.0f} {asset} (${usd:,.1f}M): {sender} → {recipient}", **values)


def _moment(payload: Mapping[str, Any], words: Words) -> Html:
    return words.moment(datetime.fromisoformat(str(payload["at"])))
