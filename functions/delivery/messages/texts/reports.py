"""What the desk tells by itself: failed workflows, new pairs, the morning digest."""

from datetime import datetime
from typing import Any

from functions.delivery.messages.figures import price_text
from functions.delivery.messages.message import TEXT_LIMIT, Payload, fit, shorten
from functions.delivery.messages.words import Html, Words, lines
from functions.screener.reasons import Code


def failed_run(payload: Payload, words: Words) -> Html:
    """Return which workflow failed, where and why."""
    return shorten(
        lines(
            words.say("⚠️ <b>{workflow}</b> failed at “{node}”", workflow=payload["workflow"], node=payload["node"]),
            words.say("{message}", message=payload["message"]),
            words.say("n8n execution {id}; <code>quorum status</code> shows how the parts are.", id=payload["execution_id"]),
        )
    )


def chat_moved(payload: Payload, words: Words) -> Html:
    """Return which id a group has now that it is a supergroup."""
    return words.say(
        "ℹ️ The group {old} is a supergroup now; messages go there already. "
        "Put <code>{new}</code> in the place of {old} into TELEGRAM_CHAT_IDS in .env and restart Quorum.",
        old=payload["old"],
        new=payload["new"],
    )


def exchange_away(payload: Payload, words: Words) -> Html:
    """Return that the exchange does not answer, why, and what the desk does meanwhile."""
    return lines(
        words.say("⚠️ <b>The exchange is away</b>"),
        words.say("{reason}", reason=payload["reason"]),
        words.say("No new candles, signals or listings until it is back. Quorum keeps asking and fetches what is missed."),
    )


def exchange_back(payload: Payload, words: Words) -> Html:
    """Return that the exchange is back, after how long, and how much was mended."""
    return lines(
        words.say("✅ <b>The exchange is back</b>, {minutes} min after the warning", minutes=payload["minutes"]),
        words.say("Gaps filled: {count}", count=payload["gaps"]),
    )


def regime(payload: Payload, words: Words) -> Html:
    """Return what the gate allows since a daily close of its pair."""
    say, found = words.say, int(payload["regime"])
    if found > 0:
        allowed = say("🟢 <b>The gate opens for longs</b>")
    elif found < 0:
        allowed = say("🔴 <b>The gate opens for shorts</b>")
    else:
        allowed = say("⚪ <b>The gate is closed</b>: no new signals")
    stands = {
        1: say("{symbol} closed its day above EMA50 and EMA200", symbol=payload["symbol"]),
        -1: say("{symbol} closed its day below EMA50 and EMA200", symbol=payload["symbol"]),
        0: say("{symbol} closed its day between EMA50 and EMA200", symbol=payload["symbol"]),
    }
    moment = words.moment(datetime.fromisoformat(payload["close_time"]))
    return lines(allowed, say("{what}, {moment}.", what=stands[found], moment=moment))


def listing(payload: Payload, words: Words) -> Html:
    """Return which pair is new, its first price and volume."""
    say = words.say
    head = [say("🆕 <b>{symbol}</b> is listed on the exchange", symbol=payload["symbol"])]
    if payload["price"]:
        head.append(say("First price <code>{price}</code>", price=payload["price"]))
    else:
        head.append(say("Not traded yet"))
    if payload["turnover_24h"] is not None:
        head.append(
            say(
                "Volume {volume:,.0f} {coin}, {turnover:,.0f} USDT",
                volume=float(payload["volume_24h"] or 0),
                coin=payload["base"],
                turnover=float(payload["turnover_24h"]),
            )
        )
    if payload.get("kind") == "xstocks":
        head.append(say("A tokenised stock: the desk does not scan it."))
    elif not payload.get("scanned", True):
        head.append(say("The desk does not scan it."))
    return fit([*head, *_announcement(payload, words)], [], _seen(payload, words), TEXT_LIMIT)


def delisting(payload: Payload, words: Words) -> Html:
    """Return which pair is gone."""
    head = [words.say("🗑 <b>{symbol}</b> is no longer traded on the exchange", symbol=payload["symbol"])]
    if payload["price"]:
        head.append(words.say("Last price <code>{price}</code>", price=payload["price"]))
    return fit([*head, *_announcement(payload, words)], [], _seen(payload, words), TEXT_LIMIT)


def _announcement(payload: Payload, words: Words) -> list[Html]:
    announcement = payload.get("announcement")
    return (
        [words.say("“{title}”", title=announcement["title"]), words.say("{url}", url=announcement["url"])] if announcement else []
    )


def _seen(payload: Payload, words: Words) -> list[Html]:
    return [words.say("Seen {moment}", moment=words.moment(datetime.fromisoformat(payload["at"])))]


def top(picks: list[dict[str, Any]], moment: datetime, gate: Html, words: Words, *, stale: bool) -> Html:
    """Return what the gate allows and the best coins of a screening, each with its weightiest reasons."""
    if stale:
        title = words.say("<b>Top coins</b>, {moment} (old)", moment=words.moment(moment))
    else:
        title = words.say("<b>Top coins</b>, {moment}", moment=words.moment(moment))
    return _ranked(title, gate, picks, words)


def largest(picks: list[dict[str, Any]], moment: datetime, gate: Html, words: Words) -> Html:
    """Return the largest coins, for as long as nothing was screened."""
    title = words.say("<b>Largest by turnover</b>, {moment}; nothing is screened yet", moment=words.moment(moment))
    return _ranked(title, gate, picks, words)


def _ranked(title: Html, gate: Html, picks: list[dict[str, Any]], words: Words) -> Html:
    rows: list[Html] = []
    for pick in picks:
        rows.append(_pick(pick, words))
        reasons = [words.reason(reason) for reason in _weightiest(pick["reasons"])]
        if reasons:
            rows.append(words.say("    {reasons}", reasons=Html("; ".join(reasons))))
    return fit([title, gate, ""], rows or [words.say("No coin passes the filters.")], [], TEXT_LIMIT)


def _weightiest(reasons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the score with the share of every factor; without a score the two weightiest reasons."""
    return [reason for reason in reasons if reason["code"] in (Code.SCORE, Code.FACTOR_SHARE)] or reasons[:2]


def _pick(pick: dict[str, Any], words: Words) -> Html:
    return words.say(
        "{rank}. <b>{symbol}</b> <code>{price}</code> {change:+.1%} · {turnover:,.1f}M USDT",
        rank=pick["rank"],
        symbol=pick["symbol"],
        price=price_text(pick["price"]),
        change=float(pick["change_24h"]),
        turnover=float(pick["turnover_24h"]) / 1e6,
    )
