"""The morning digest: the market, the best coins, signals, paper trades, and what is missing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from functions.delivery.messages.message import TEXT_LIMIT, Payload, fit
from functions.delivery.messages.texts.gate import gate_line
from functions.delivery.messages.texts.paper.trades import account, open_trades
from functions.delivery.messages.texts.scores import check
from functions.delivery.messages.words import Html, Words

_COINS, _SIGNALS, _HELD = 10, 5, 4
_ARROWS = {"up": "↗", "down": "↘", "none": "→"}


def digest(payload: Payload, words: Words) -> Html:
    """Return the morning's digest; what is cut when it is too long is at its end."""
    head = [words.say("☀️ <b>Good morning</b>, {moment}", moment=words.moment(datetime.fromisoformat(payload["as_of"]))), ""]
    body: list[str] = [
        *_market(payload["market"], words),
        *_coins(payload["screening"], words),
        *_signals(payload, words),
        *_paper(payload["paper"], words),
        *_listings(payload["listings"], words),
        *_headlines(payload["headlines"], words),
        *_missing(payload, words),
    ]
    return fit(head, body, [], TEXT_LIMIT)


def _market(market: Mapping[str, Any], words: Words) -> list[Html]:
    say, gate, price = words.say, market["gate"], market["price"]
    market_lines = [gate_line(gate["state"], words)]
    if price:
        facts = {"symbol": market["symbol"], "price": price["price"], "change": float(price["change_24h"])}
        market_lines.append(say("{symbol} <code>{price}</code> {change:+.1%} in 24 h", **facts))
    if breadth := market["breadth"]:
        share, coins = float(breadth["above_ema50"]), breadth["coins"]
        market_lines.append(
            words.count(
                "{share:.0%} of {number} coin above EMA50", "{share:.0%} of {number} coins above EMA50", coins, share=share
            )
        )
    if fear := market["fear_greed"]:
        market_lines.append(
            say("Fear &amp; Greed {value:.0f} ({label})", value=float(fear["value"]), label=words.value(fear["label"]))
        )
    if dominance := market["btc_dominance"]:
        market_lines.append(say("BTC dominance {value:.1f}%", value=float(dominance["value"])))
    return market_lines


def _coins(screening: Mapping[str, Any] | None, words: Words) -> list[str]:
    if not screening or not screening["coins"]:
        return []
    rows = ["", words.say("<b>Top coins</b>")]
    for coin in screening["coins"][:_COINS]:
        reasons = [words.reason(reason) for reason in coin["reasons"][:1]]
        facts = {"rank": coin["rank"], "symbol": coin["symbol"], "arrow": _ARROWS.get(coin["direction"], "·")}
        rows.append(words.say("{rank}. {symbol} {arrow} {reason}", **facts, reason=reasons[0] if reasons else ""))
    return list(rows)


def _signals(payload: Payload, words: Words) -> list[str]:
    rows: list[str] = [
        "",
        words.count("<b>{number} signal</b> in 24 h", "<b>{number} signals</b> in 24 h", payload["signals_count"]),
    ]
    rows += [
        words.say(
            "{symbol} {direction} {timeframe} · {confidence:.0%} · /why_{number}",
            symbol=entry["symbol"],
            direction=words.value(entry["direction"]),
            timeframe=entry["timeframe"],
            confidence=float(entry["confidence"]),
            number=str(entry["signal_id"]),
        )
        for entry in payload["signals"][:_SIGNALS]
    ]
    rows += [
        words.say(
            "Rejected: {count} x {check} ({symbols})",
            count=entry["count"],
            check=check(entry["code"], words),
            symbols=", ".join(entry["symbols"]),
        )
        for entry in payload["held_back"][:_HELD]
    ]
    if payload["unsent"]["held"]:
        held = payload["unsent"]["held"]
        rows.append(
            words.count("{number} message held back by your settings", "{number} messages held back by your settings", held)
        )
    if lost := payload["unsent"]["dead"] + payload["unsent"]["expired"]:
        rows.append(words.count("{number} message did not reach you", "{number} messages did not reach you", lost))
    return rows


def _paper(paper: Mapping[str, Any] | None, words: Words) -> list[str]:
    if not paper:
        return []
    return ["", words.say("<b>Paper trades</b>"), *account(paper["account"], words), *open_trades(paper["open"], words)]


def _listings(listings: list[Mapping[str, Any]], words: Words) -> list[str]:
    came = [entry["symbol"] for entry in listings if entry["event"] == "listed"]
    gone = [entry["symbol"] for entry in listings if entry["event"] == "delisted"]
    rows = [words.say("New pairs: {symbols}", symbols=", ".join(came))] if came else []
    rows += [words.say("Gone: {symbols}", symbols=", ".join(gone))] if gone else []
    return ["", *rows] if rows else []


def _headlines(headlines: list[Mapping[str, Any]], words: Words) -> list[str]:
    rows = [
        words.say(
            '• <a href="{link}">{title}</a> ({feed})',
            link=entry["link"].replace('"', "%22"),
            title=entry["title"],
            feed=entry["feed"],
        )
        for entry in headlines
    ]
    return ["", words.say("<b>Headlines</b>"), *rows] if rows else []


def _missing(payload: Payload, words: Words) -> list[str]:
    rows = [words.say("• {reason}", reason=words.reason(gap)) for gap in payload["missing"]]
    return ["", words.say("<b>Missing or old</b>"), *rows] if rows else []
