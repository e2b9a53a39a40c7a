"""Paper trades: opened, closed, and the account; price alerts: set, fired, and a price that no market makes."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from functions.delivery.messages.message import TEXT_LIMIT, Payload, fit
from functions.delivery.messages.words import Html, Words, lines
from functions.paper.accounts import DESK, DIPS
from functions.paper.settling.exact import plain
from functions.price_alerts.alert import PriceAlert

LATE = timedelta(minutes=1)  # a price that was reached longer ago is told with its delay
SIDES = {"long": "🟢", "short": "🔴"}


def opened(payload: Payload, words: Words) -> Html:
    """Return what was opened, at what price, with which exits."""
    say = words.say
    head = [
        say(
            "{mark} <b>Paper {side} {symbol}</b> opened at <code>{price}</code>",
            mark=SIDES[payload["side"]],
            side=words.value(payload["side"]),
            symbol=payload["symbol"],
            price=payload["price"],
        ),
        say(
            "{cost} USDT, {quantity} coins, fee {fee}",
            cost=money(payload["cost"]),
            quantity=payload["quantity"],
            fee=fee(payload["fee"]),
        ),
    ]
    head = [*_whose(payload, words), *head]
    if payload["stop"]:
        head.append(say("Stop <code>{price}</code>, risk {risk} USDT", price=payload["stop"], risk=money(payload["risk"])))
    if payload["targets"]:
        head.append(say("Targets <code>{prices}</code>", prices=" · ".join(payload["targets"])))
    tail = [say("{cash} USDT free. Trade {number}.", cash=money(payload["cash"]), number=str(payload["trade_id"]))]
    return fit(head, [], tail, TEXT_LIMIT)


def closed(payload: Payload, words: Words) -> Html:
    """Return what a fill closed, why, and how the trade stands."""
    say = words.say
    earned = Decimal(payload["trade_profit"])
    facts = {"mark": "✅" if earned > 0 else "❌", "symbol": payload["symbol"], "price": payload["price"]}
    reason = words.value(payload["reason"])
    if payload["final"]:
        first = say("{mark} <b>Paper trade {symbol}</b> closed at <code>{price}</code>: {reason}", **facts, reason=reason)
    else:
        first = say("{mark} <b>Paper trade {symbol}</b> partly closed at <code>{price}</code>: {reason}", **facts, reason=reason)
    path = say(
        "{side} at <code>{entry}</code>, opened {moment}",
        side=words.value(payload["side"]),
        entry=payload["entry"],
        moment=words.moment(datetime.fromisoformat(payload["opened_at"])),
    )
    head = [*_whose(payload, words), first, path, _result(payload, words), *_doubts(payload, words)]
    if not payload["final"]:
        head.append(say("Still held: {quantity} coins", quantity=payload["remaining"]))
        if payload["stop"]:
            head.append(say("Stop now at <code>{price}</code>", price=payload["stop"]))
    tail = [say("{cash} USDT free. Trade {number}.", cash=money(payload["cash"]), number=str(payload["trade_id"]))]
    return fit(head, [], tail, TEXT_LIMIT)


def _whose(payload: Payload, words: Words) -> list[Html]:
    """Return whose trade it is when it is not the reader's own; alerts of before know of one account alone."""
    if payload.get("account") == DIPS.name:
        return [words.say("<i>The account of dip orders</i>")]
    return [words.say("<i>The desk's own account</i>")] if payload.get("account") == DESK.name else []


def stopped(payload: Payload, words: Words) -> Html:
    """Return that an account stands still, and what to do."""
    return lines(
        words.say("⚠️ <b>The paper account {account} is stopped</b>: its ledger does not balance", account=payload["account"]),
        words.say("None of its trades is opened, closed or settled; the other accounts go on. The log says what is wrong."),
    )


def _doubts(payload: Payload, words: Words) -> list[Html]:
    """Return what makes a result another than one of the market; alerts of before may not know of it."""
    rows = []
    if payload.get("named"):
        rows.append(words.say("The price is yours, not a fill of the market: counted apart"))
    if unseen := payload.get("unseen"):
        rows.append(
            words.count(
                "{number} candle of it was never seen: the exchange has none",
                "{number} candles of it were never seen: the exchange has none",
                unseen,
            )
        )
    return rows


def held(payload: Payload, words: Words) -> Html:
    """Return that nothing settles a trade until a person looks at it, and what to do."""
    say = words.say
    facts = {"symbol": payload["symbol"], "number": str(payload["trade_id"])}
    if payload["why"] == "failed":
        return lines(
            say("⚠️ <b>Paper trade {symbol}</b> could not be settled: its stop and targets wait", symbol=payload["symbol"]),
            say("It is tried again each minute; the log says what is wrong. Trade {number}.", number=facts["number"]),
        )
    return lines(
        say("⚠️ <b>Paper trade {symbol}</b> is held: the price cannot be believed", symbol=payload["symbol"]),
        say(
            "It went from <code>{last}</code> to <code>{price}</code> in one step at {moment}. No market does that; "
            "a swap of the coin does, or another coin under its name.",
            last=payload["last"],
            price=payload["price"],
            moment=words.moment(datetime.fromisoformat(payload["at"])),
        ),
        say("Stop and targets wait. To end it write /close {symbol} and your price. Trade {number}.", **facts),
    )


def _result(payload: Payload, words: Words) -> Html:
    profit, share = money(payload["trade_profit"]), float(payload["trade_profit_pct"])
    if payload["r"] is None:
        return words.say("Result after fees <b>{profit:+,.2f} USDT</b> ({share:+.2f}%)", profit=profit, share=share)
    times = float(payload["r"])
    return words.say(
        "Result after fees <b>{profit:+,.2f} USDT</b> ({share:+.2f}%, {r:+.2f} R)", profit=profit, share=share, r=times
    )


def portfolio(payload: Payload, words: Words) -> Html:
    """Return the account: what it is worth, what is open, how it went."""
    head = [words.say("<b>Paper portfolio</b>"), *account(payload["account"], words)]
    if payload["closed_count"]:
        head.append(
            words.count(
                "{number} closed trade, {wins} won ({rate:.0%})",
                "{number} closed trades, {wins} won ({rate:.0%})",
                payload["closed_count"],
                wins=payload["wins"],
                rate=float(payload["win_rate"]),
            )
        )
    if payload["named_count"]:
        head.append(
            words.count(
                "{number} closed at a price of yours, {wins} won: counted apart",
                "{number} closed at prices of yours, {wins} won: counted apart",
                payload["named_count"],
                wins=payload["named_wins"],
            )
        )
    closing = [f"/close_{trade['symbol']}" for trade in payload["open"]]
    tail = ["", words.say("End one: {commands}", commands=" ".join(closing))] if closing else []
    return fit([*head, ""], open_trades(payload["open"], words), tail, TEXT_LIMIT)


def account(facts: Mapping[str, Any], words: Words) -> list[Html]:
    """Return the lines of what the account is worth."""
    return [
        words.say(
            "Equity <b>{equity:,.2f} USDT</b> ({change:+.2f}% since the start)",
            equity=money(facts["equity"]),
            change=float(facts["return_pct"]),
        ),
        words.say(
            "Free {cash:,.2f} · in trades {positions:,.2f} · unrealised {unrealised:+,.2f}",
            cash=money(facts["cash"]),
            positions=money(facts["positions"]),
            unrealised=money(facts["unrealised"]),
        ),
    ]


def open_trades(trades: list[Mapping[str, Any]], words: Words) -> list[Html]:
    """Return a line for each open trade."""
    if not trades:
        return [words.say("No open trades.")]
    return [line for trade in trades for line in (_result_so_far(trade, words), _where_it_stands(trade, words))]


def _result_so_far(trade: Mapping[str, Any], words: Words) -> Html:
    facts = {
        "mark": SIDES[trade["side"]],
        "symbol": trade["symbol"],
        "cost": money(trade["cost"]),
        "unrealised": money(trade["unrealised"]),
        "share": float(trade["unrealised_pct"]),
    }
    if trade.get("held_at"):
        return words.say("{mark} <b>{symbol}</b> {cost:,.2f} USDT · {unrealised:+,.2f} ({share:+.2f}%), held", **facts)
    if trade["stale"]:
        return words.say("{mark} <b>{symbol}</b> {cost:,.2f} USDT · {unrealised:+,.2f} ({share:+.2f}%), price is old", **facts)
    return words.say("{mark} <b>{symbol}</b> {cost:,.2f} USDT · {unrealised:+,.2f} ({share:+.2f}%)", **facts)


def _where_it_stands(trade: Mapping[str, Any], words: Words) -> Html:
    facts = {"entry": trade["entry"], "price": trade["price"] or "?"}
    if trade["stop"]:
        return words.say(
            "    <code>{entry}</code> → <code>{price}</code> · stop <code>{stop}</code>", **facts, stop=trade["stop"]
        )
    return words.say("    <code>{entry}</code> → <code>{price}</code> · no stop", **facts)


def money(amount: str) -> Decimal:
    """Return an amount of USDT for reading."""
    return round(Decimal(amount), 2)


def fee(amount: str) -> Decimal:
    """Return a fee for reading; it is often less than a cent."""
    return round(Decimal(amount), 4)


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
