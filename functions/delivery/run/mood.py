"""Answers about mood and news: the headlines about a coin, how the market feels."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from functions.delivery.messages.texts import mood as texts
from functions.delivery.messages.words import Html, Words
from functions.factors.reading import MARKET
from functions.pairs import QUOTE
from functions.sentiment.run.asked import coin_moods, crowd_readings, headlines, market_readings

WITHIN = timedelta(hours=72)
SHOWN = 10


def news(connection: Connection, symbol: str | None, at: datetime, words: Words) -> Html:
    """Return what is written of a coin, or of the market."""
    coin = symbol.removesuffix(QUOTE) if symbol else MARKET
    score = next(iter(coin_moods(connection, at, coin)), None)
    told = [one.model_dump(mode="json") for one in headlines(connection, coin, at, WITHIN, SHOWN)]
    crowd = [one.model_dump(mode="json") for one in crowd_readings(connection, symbol, at)] if symbol else []
    return texts.news(coin, score.model_dump(mode="json") if score else None, told, crowd, at, words)


def mood(connection: Connection, at: datetime, words: Words) -> Html:
    """Return how the market feels."""
    readings = [one.model_dump(mode="json") for one in market_readings(connection, at)]
    scores = [one.model_dump(mode="json") for one in coin_moods(connection, at, "")]
    return texts.mood(readings, scores, at, words)
