"""The accounts beside each other: the daily report, and how good the desk was."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from functions.delivery.messages.message import TEXT_LIMIT, Payload, fit
from functions.delivery.messages.texts.paper.trades import SIDES, money
from functions.delivery.messages.texts.parity import parity
from functions.delivery.messages.words import Html, Words, lines
from functions.outcomes.lift import Verdict

_NAMES: Mapping[str, Callable[[Words], Html]] = {
    "desk": lambda words: words.say("Desk"),
    "manual": lambda words: words.say("By hand"),
    "technical": lambda words: words.say("Technical only"),
    "watch_list": lambda words: words.say("Watch list"),
    "random": lambda words: words.say("Random"),
    "dips": lambda words: words.say("Dip orders"),
    "core": lambda words: words.say("Weekly allocation"),
}


def account_name(name: str, words: Words) -> Html:
    """Return what an account is called."""
    return _NAMES[name](words)


def daily_report(payload: Payload, words: Words, agreed: Payload | None = None) -> Html:
    """Return each account beside the others and BTC: what it booked, how its equity changed, and what is open.

    `agreed` says how far the desk and the backtest agree.
    """
    say = words.say
    since, at = (words.moment(datetime.fromisoformat(payload[name])) for name in ("since", "as_of"))
    accounts = sorted(payload["accounts"], key=lambda account: bool(account["shadow"]))
    body: list[Html] = [row for account in accounts for row in _account(account, words)]
    body += [_held(payload["held"], words), *parity(agreed, words)]
    body += ["", *_open(payload["open"], words)]  # type: ignore[list-item]
    return fit([say("<b>Paper accounts</b>, {since} – {moment}", since=since, moment=at)], body, [], TEXT_LIMIT)


def _account(account: Mapping[str, Any], words: Words) -> list[Html]:
    say = words.say
    rows = [
        say(
            "<b>{name}</b> {equity:,.2f} USDT ({total:+.2f}% since the start), {open} open",
            name=_NAMES[account["name"]](words),
            equity=money(account["equity"]),
            total=float(account["return_pct"]),
            open=account["open"],
        ),
        say(
            "    booked {booked:+,.2f} ({closed} closed, {won} won) · equity {change:+,.2f} ({share:+.2f}%)",
            booked=money(account["booked"]),
            closed=account["closed"],
            won=account["won"],
            change=money(account["change"]),
            share=float(account["change_pct"]),
        ),
    ]
    if account["unpriced"]:
        rows.append(say("    no price of {symbols}: counted at cost", symbols=", ".join(account["unpriced"])))
    return rows


def _held(held: Mapping[str, Any], words: Words) -> Html:
    if held["return_pct"] is None or held["change_pct"] is None:
        return words.say("<b>{symbol} held</b>: no price", symbol=held["symbol"])
    return words.say(
        "<b>{symbol} held</b> {total:+.2f}% since the start, {share:+.2f}% in this time",
        symbol=held["symbol"],
        total=float(held["return_pct"]),
        share=float(held["change_pct"]),
    )


def _open(trades: Sequence[Mapping[str, Any]], words: Words) -> list[Html]:
    if not trades:
        return [words.say("No open trades.")]
    return [
        words.say(
            "{mark} <b>{symbol}</b> {name} · {cost:,.2f} USDT · {unrealised:+,.2f} ({share:+.2f}%)",
            mark=SIDES[trade["side"]],
            symbol=trade["symbol"],
            name=_NAMES[trade["account"]](words),
            cost=money(trade["cost"]),
            unrealised=money(trade["unrealised"]),
            share=float(trade["unrealised_pct"]),
        )
        for trade in trades
    ]


def track_record(lift: Payload, report: Payload, words: Words) -> Html:
    """Return in five lines how good the signals were, and each account beside the others and BTC."""
    return lines(_count(lift, words), _wins(lift, words), _earned(lift, words), _beside(report, words), _verdict(lift, words))


def _count(lift: Payload, words: Words) -> Html:
    return words.count(
        "<b>How good were we?</b> {number} signal is 7 days old, {running} still run",
        "<b>How good were we?</b> {number} signals are 7 days old, {running} still run",
        lift["measured"],
        running=lift["running"],
    )


def _wins(lift: Payload, words: Words) -> Html:
    figures = lift["lift"]
    if figures["win_rate"] is None:
        return words.say("Win rate: no day with a signal yet")
    return words.say(
        "Won {rate:.0%}, random entries {random:.0%}: {low:+.0f} to {high:+.0f} points",
        rate=figures["win_rate"],
        random=figures["random_win_rate"],
        low=100 * figures["win_lift"]["low"],
        high=100 * figures["win_lift"]["high"],
    )


def _earned(lift: Payload, words: Words) -> Html:
    figures = lift["lift"]
    if figures["r"] is None:
        return words.say("R: no day with a signal yet")
    if figures["r_lift"]["low"] is None:
        return words.say("R {r:+.2f}, random entries {random:+.2f}", r=figures["r"], random=figures["random_r"])
    return words.say(
        "R {r:+.2f}, random entries {random:+.2f}: {low:+.2f} to {high:+.2f} R",
        r=figures["r"],
        random=figures["random_r"],
        low=figures["r_lift"]["low"],
        high=figures["r_lift"]["high"],
    )


def _beside(report: Payload, words: Words) -> Html:
    parts = [
        words.say("{name} {total:+.2f}%", name=_NAMES[account["name"]](words), total=float(account["return_pct"]))
        for account in sorted(report["accounts"], key=lambda account: bool(account["shadow"]))
    ]
    held = report["held"]
    if held["return_pct"] is not None:
        parts.append(words.say("{symbol} held {total:+.2f}%", symbol=held["symbol"], total=float(held["return_pct"])))
    return Html(" · ".join(parts)) if report["accounts"] else words.say("No account has traded yet")


def _verdict(lift: Payload, words: Words) -> Html:
    match Verdict(lift["lift"]["verdict"]):
        case Verdict.NOT_ENOUGH:
            return words.say(
                "Not enough yet: {ideas} of {fewest_ideas} signals, {days} of {fewest_days} days",
                ideas=lift["lift"]["ideas"],
                days=lift["lift"]["days"],
                fewest_ideas=lift["fewest_ideas"],
                fewest_days=lift["fewest_days"],
            )
        case Verdict.EDGE:
            return words.say("They beat random entries, however often one looks (19 of 20)")
        case Verdict.WORSE:
            return words.say("They do worse than random entries, however often one looks (19 of 20)")
        case Verdict.NOTHING_SHOWN:
            return words.say("Nothing is shown: they may be no better than random entries")
