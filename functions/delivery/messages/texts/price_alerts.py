"""Price alerts: set, listed, removed, fired; and a price that no market makes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from functions.delivery.messages.message import TEXT_LIMIT, Payload, fit
from functions.delivery.messages.words import Html, Words, lines
from functions.paper.settling.exact import plain
from functions.price_alerts.alert import PriceAlert

LATE = timedelta(minutes=1)  # a price that was reached longer ago is told with its delay


def was_set(alert: PriceAlert, words: Words) -> Html:
    """Return that an alert waits now."""
    return words.say(
        "🔔 Alert {number}: {symbol} at <code>{price}</code>, {share:+.2f}% from <code>{latest}</code>. "
        "<code>/alert remove {number}</code> ends it.",
        number=str(alert.id),
        symbol=alert.symbol,
        price=plain(alert.price),
        share=_share(alert.price, alert.set_price),
        latest=plain(alert.set_price),
    )


def removed(alert: PriceAlert, words: Words) -> Html:
    """Return that an alert waits no more."""
    return words.say("Alert {number} is removed: {symbol} at {price}", **_place(alert))


def waiting(alerts: Sequence[PriceAlert], words: Words) -> Html:
    """Return the alerts that wait, a line each."""
    if not alerts:
        return words.say("No price alert waits. Write /alert BTC 67000 or /alert BTC -5%")
    rows = [
        words.say(
            "{number}. {symbol} <code>{price}</code>, set at <code>{latest}</code> on {moment}",
            **_place(alert),
            latest=plain(alert.set_price),
            moment=words.moment(alert.set_at),
        )
        for alert in alerts
    ]
    tail = [words.say("<code>/alert remove {number}</code> removes one", number=str(alerts[0].id))]
    return fit([words.say("<b>Price alerts</b>")], rows, tail, TEXT_LIMIT)


def fired(payload: Payload, words: Words) -> Html:
    """Return that the market came to a price, when, and how late this is told."""
    say = words.say
    at, told_at = datetime.fromisoformat(payload["at"]), datetime.fromisoformat(payload["told_at"])
    facts = {"symbol": payload["symbol"], "price": payload["price"], "moment": words.moment(at)}
    if payload["direction"] == "rising":
        first = say("🔔 <b>{symbol}</b> rose to <code>{price}</code>, {moment}", **facts)
    else:
        first = say("🔔 <b>{symbol}</b> fell to <code>{price}</code>, {moment}", **facts)
    late = [_late(told_at - at, words)] if told_at - at > LATE else []
    number = str(payload["alert_id"])
    return lines(
        first, *late, say("From <code>{latest}</code>. Alert {number} is done.", latest=payload["set_price"], number=number)
    )


def doubted(payload: Payload, words: Words) -> Html:
    """Return that a price was not believed, and what that means."""
    return lines(
        words.say(
            "⚠️ <b>{symbol}</b> went from <code>{last}</code> to <code>{price}</code> in one step at {moment}",
            symbol=payload["symbol"],
            last=payload["last"],
            price=payload["price"],
            moment=words.moment(datetime.fromisoformat(payload["at"])),
        ),
        words.say("No market does that: it touched no stop, no target and no alert. They wait for a price that can be believed."),
    )


def _late(delay: timedelta, words: Words) -> Html:
    minutes = round(delay.total_seconds() / 60)
    return words.count(
        "Found {number} minute later: prices were missing then", "Found {number} minutes later: prices were missing then", minutes
    )


def _place(alert: PriceAlert) -> dict[str, str]:
    return {"number": str(alert.id), "symbol": alert.symbol, "price": plain(alert.price)}


def _share(price: Decimal, latest: Decimal) -> float:
    return 100 * (float(price) / float(latest) - 1)
