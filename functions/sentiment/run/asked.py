"""What is known of mood and news at a moment, as it is answered over HTTP and in Telegram."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from functions.factors.answers import SourceReading
from functions.factors.store import newest_readings
from functions.sentiment import store
from functions.sentiment.answers import CoinMood, Headline
from functions.sentiment.judged import lean
from functions.sentiment.run import mood
from functions.sentiment.run.judging import scores_at
from functions.sentiment.scores.score import Score
from functions.sentiment.scores.shift import shift
from functions.sentiment.scores.statement import MoodRules
from functions.sentiment.sources import lunarcrush, votes

RULES = MoodRules()
_SHOWN = ("feed", "title", "link", "summary", "published_at", "first_seen_at")


def headlines(connection: Connection, coin: str, at: datetime, within: timedelta, count: int) -> list[Headline]:
    """Return the headlines about a coin, or `MARKET`, with what each says of it; of anything, without that, for no coin."""
    if coin:
        rows = store.headlines_of(connection, coin, at, within, count)
        return [_headline({**row, "value": lean(row)}, at) for row in rows]
    items = store.headlines(connection, at, within, count)
    return [_headline({name: getattr(item, name) for name in _SHOWN}, at) for item in items]


def coin_moods(connection: Connection, at: datetime, coin: str) -> list[CoinMood]:
    """Return the score of each coin and of the market, or of one; who is not written of is left out."""
    now, before = scores_at(connection, at, RULES), scores_at(connection, at - RULES.shift_span, RULES)
    return [_coin_mood(name, said, before.get(name)) for name, said in now.items() if coin in ("", name)]


def market_readings(connection: Connection, at: datetime) -> list[SourceReading]:
    """Return what each source of mood said last of the market as a whole; it may be stale."""
    return [SourceReading.of(reading, at) for reading in mood.newest(connection, at)]


def crowd_readings(connection: Connection, symbol: str, at: datetime) -> list[SourceReading]:
    """Return what votes and posts said last of a pair; it may be stale."""
    known = newest_readings(connection, [symbol], at)
    return [SourceReading.of(reading, at) for reading in known if reading.source in (votes.NAME, lunarcrush.NAME)]


def _coin_mood(coin: str, said: Score, before: Score | None) -> CoinMood:
    shifted = shift(before, said, RULES)
    return CoinMood(
        coin=coin,
        value=said.value,
        confidence=said.confidence,
        publishers=said.publishers,
        stories=sum(voice.stories for voice in said.voices.values()),
        voices={name: voice.value for name, voice in said.voices.items()},
        shift=shifted.delta if shifted else None,
    )


def _headline(row: Mapping[str, Any], at: datetime) -> Headline:
    return Headline.model_validate({**row, "age_seconds": (at - row["published_at"]).total_seconds()})
