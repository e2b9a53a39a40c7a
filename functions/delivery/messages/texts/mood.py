"""What is said of mood and news: the headlines about a coin, how the market feels, a mood that turned."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from functions.delivery.messages.message import TEXT_LIMIT, Payload, fit
from functions.delivery.messages.texts.factors import age
from functions.delivery.messages.words import Html, Words, escaped
from functions.factors.reading import MARKET

_LEANS = 0.1  # nearer to 0 is neither


def news(
    coin: str, score: Payload | None, headlines: Sequence[Payload], crowd: Sequence[Payload], at: datetime, words: Words
) -> Html:
    """Return what is written of a coin or the market: the score, each headline with its source and age, what crowds say.

    Args:
        coin: a base coin, or `MARKET`.
        score: as `functions.sentiment.answers.CoinMood` has it; None when nothing is written.
        headlines: as `functions.sentiment.answers.Headline` has them, the newest first.
        crowd: readings of votes and posts, as `functions.factors.answers.SourceReading` has them.
        at: the moment that ages are counted to.
        words: of the chat.
    """
    name = _name(coin, words)
    if score:
        said = words.count(
            "<b>{coin}</b>: {value:+.2f} by {number} publisher, {confidence:.0%} sure",
            "<b>{coin}</b>: {value:+.2f} by {number} publishers, {confidence:.0%} sure",
            len(score["voices"]),
            coin=name,
            value=float(score["value"]),
            confidence=float(score["confidence"]),
        )
        head = [said]
        if score["shift"] is not None:
            head.append(words.say("In 4 h it moved by {delta:+.2f}", delta=float(score["shift"])))
    else:
        head = [words.say("<b>{coin}</b>: nothing is written of it in three days", coin=name)]
    tail = [_crowd(one, at, words) for one in crowd]
    return fit(
        [*head, ""] if headlines else head,
        [_headline(one, at, words) for one in headlines],
        ["", *tail] if tail else [],
        TEXT_LIMIT,
    )


def mood(readings: Sequence[Payload], scores: Sequence[Payload], at: datetime, words: Words) -> Html:
    """Return how the market feels: each source with its number and age, and the coins that are written best and worst of.

    Args:
        readings: as `functions.factors.answers.SourceReading` has them.
        scores: as `functions.sentiment.answers.CoinMood` has them.
        at: the moment that ages are counted to.
        words: of the chat.
    """
    head = [words.say("<b>Mood</b>, {moment}", moment=words.moment(at))]
    market = next((score for score in scores if score["coin"] == MARKET), None)
    if market:
        head.append(
            words.count(
                "{mark} News: {value:+.2f} by {number} publisher, {confidence:.0%} sure",
                "{mark} News: {value:+.2f} by {number} publishers, {confidence:.0%} sure",
                len(market["voices"]),
                mark=_mark(market["value"]),
                value=float(market["value"]),
                confidence=float(market["confidence"]),
            )
        )
    else:
        head.append(words.say("No news of the last three days"))
    lines = [line for reading in readings if (line := _reading(reading, at, words))]
    coins = sorted((score for score in scores if score["coin"] != MARKET), key=lambda score: -float(score["value"]))
    best = [score for score in coins if score["value"] >= _LEANS][:5]
    worst = [score for score in reversed(coins) if score["value"] <= -_LEANS][:5]
    if best:
        lines.append(words.say("Written well of: {coins}", coins=_coins(best, words)))
    if worst:
        lines.append(words.say("Written badly of: {coins}", coins=_coins(worst, words)))
    return fit(head, lines, [words.say("/news BTC shows the headlines about a coin.")], TEXT_LIMIT)


def shifted(payload: Payload, words: Words) -> Html:
    """Return the moods that turned."""
    moment = words.moment(datetime.fromisoformat(payload["at"]))
    head = [words.say("📰 <b>The mood turned</b> in {hours:.0f} h, {moment}", hours=float(payload["hours"]), moment=moment)]
    rows = [_shift(shift, words) for shift in payload["shifts"]]
    return fit(head, rows, [words.say("/news BTC shows the headlines about a coin.")], TEXT_LIMIT)


def _shift(shift: Payload, words: Words) -> Html:
    movers = ", ".join(f"{name} {float(change):+.2f}" for name, change in shift["movers"].items())
    return words.say(
        "{mark} <b>{coin}</b>: {before:+.2f} → {after:+.2f} ({movers})",
        mark=_mark(shift["delta"]),
        coin=_name(shift["coin"], words),
        before=float(shift["value"]) - float(shift["delta"]),
        after=float(shift["value"]),
        movers=movers,
    )


def _headline(headline: Payload, at: datetime, words: Words) -> Html:
    link = Html(escaped(headline["link"]).replace('"', "%22"))
    return words.say(
        '{mark} <a href="{link}">{title}</a> · {feed}, {age}',
        mark=_mark(headline["value"]),
        link=link,
        title=headline["title"],
        feed=headline["feed"],
        age=age(datetime.fromisoformat(headline["published_at"]), at, words),
    )


def _crowd(reading: Payload, at: datetime, words: Words) -> Html:
    facts = {
        "percent": float(reading["evidence"]["value"]),
        "lean": float(reading["value"]),
        "by": reading["evidence"]["by"],
        "age": _age(reading, at, words),
    }
    if reading["source"] == "votes":
        return words.say("Votes: {percent:.0f}% good, {lean:+.2f} against what is usual · {by}, {age}", **facts)
    return words.say("Posts: {percent:.0f}% good, {lean:+.2f} against what is usual · {by}, {age}", **facts)


def _reading(reading: Payload, at: datetime, words: Words) -> Html | None:
    evidence: Mapping[str, Any] = reading["evidence"]
    since = _age(reading, at, words)
    match reading["source"]:
        case "fear_greed":
            return words.say(
                "{mark} Fear &amp; Greed: {value} {label} · {by}, {age}",
                mark=_mark(reading["value"]),
                value=evidence["value"],
                label=evidence["label"],
                by=evidence["by"],
                age=since,
            )
        case "dominance":
            return words.say(
                "Bitcoin's share: {value:.1f}% · {by}, {age}", value=float(evidence["value"]), by=evidence["by"], age=since
            )
        case "trending":
            coins = ", ".join(coin["symbol"] for coin in evidence["coins"][:7])
            return words.say("Looked for: {coins} · {by}, {age}", coins=coins, by=evidence["by"], age=since)
        case _:
            return None


def _age(reading: Payload, at: datetime, words: Words) -> Html:
    since = age(datetime.fromisoformat(reading["as_of"]), at, words)
    return words.say("{age}, stale", age=since) if reading["stale"] else since


def _coins(scores: Sequence[Payload], words: Words) -> str:
    return ", ".join(words.say("{coin} {value:+.2f}", coin=score["coin"], value=float(score["value"])) for score in scores)


def _name(coin: str, words: Words) -> Html:
    return words.say("The market") if coin == MARKET else escaped(coin)


def _mark(value: float | None) -> str:
    if value is None:
        return "⚪"
    return "🟢" if value >= _LEANS else "🔴" if value <= -_LEANS else "⚪"
