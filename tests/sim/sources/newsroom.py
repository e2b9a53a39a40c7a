"""What is written in the simulated world, hour by hour: a story that all feeds tell in their words, and some of their own.

All of it is invented here. It is the same for the same seed and hour, whoever asks and however often.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

FEEDS = ("CoinDesk", "Cointelegraph", "Decrypt")
SUBREDDITS = ("CryptoCurrency", "Bitcoin")
HOURS = 36  # that a feed goes back
COINS = (
    ("Bitcoin", "BTC"),
    ("Ethereum", "ETH"),
    ("Solana", "SOL"),
    ("XRP", "XRP"),
    ("Dogecoin", "DOGE"),
    ("Cardano", "ADA"),
    ("Avalanche", "AVAX"),
    ("Chainlink", "LINK"),
    ("Polkadot", "DOT"),
    ("Litecoin", "LTC"),
)
# A row is one story as three feeds tell it; the first of a world that rises, then of one that falls, then of neither.
UP = (
    (
        "{name} ETF draws record inflows as funds keep buying",
        "Funds add {name} for a ninth day, ETF inflows hit a record",
        "{name} funds have their best week since launch",
    ),
    (
        "{name} rallies past resistance as shorts are squeezed",
        "Short sellers caught out as {name} breaks to a new monthly high",
        "{name} surges, leaving bearish traders behind",
    ),
    (
        "Payments giant adds {name} for forty million customers",
        "{name} goes mainstream: card network opens to {ticker}",
        "Millions can now pay in {name}, says card network",
    ),
    (
        "{name} upgrade goes live and halves fees",
        "Fees fall by half as {name} completes its upgrade without a hitch",
        "{name} developers ship long awaited upgrade, users cheer",
    ),
    (
        "Asset manager files for a spot {name} fund",
        "Another spot {name} ETF filing lands as demand grows",
        "Wall Street wants more {name}: new fund filed",
    ),
    (
        "{name} active addresses climb to an all-time high",
        "More people use {name} than ever before, data show",
        "{name} adoption hits a record",
    ),
)
DOWN = (
    (
        "{name} slides as large holders sell",
        "Whales dump {name}, price drops to a two-week low",
        "Selling by early holders drags {name} down",
    ),
    (
        "{name} bridge drained of $80 million in exploit",
        "Hackers steal $80 million from a {name} bridge",
        "{name} users lose millions in bridge hack",
    ),
    (
        "Regulator sues exchange over {name} listing",
        "{name} tumbles after regulator's lawsuit against exchange",
        "Lawsuit over {name} trading rattles investors",
    ),
    (
        "{name} network halts for four hours",
        "{name} goes down again as validators crash",
        "Outage stops {name}, developers blame a bug",
    ),
)
FLAT = (
    (
        "{name} trades sideways ahead of the Fed's decision",
        "{name} little changed as traders wait for the Fed",
        "Quiet day for {name} before the central bank meets",
    ),
    (
        "What to know about the {name} conference next week",
        "{name} developers gather in Lisbon next week",
        "Inside the {name} conference agenda",
    ),
)
_CROWD = (
    "I sold my car and bought more {name}",
    "{ticker} to the moon, this breakout is real",
    "Is it too late to buy {name} now?",
    "Why I am selling all my {name} before the weekend",
    "{name} dip is a gift, buying more",
    "{name} looks weak, careful out there",
)


@dataclass(frozen=True, slots=True)
class Written:
    """One thing that was written."""

    title: str
    guid: str
    at: datetime


def articles(feed: str, now: datetime, seed: int) -> list[Written]:
    """Return what a feed has at a moment, the newest first; nothing later."""
    told = [one for hour in _hours(now) for one in _of_hour(feed, hour, seed) if one.at <= now]
    return sorted(told, key=lambda one: one.at, reverse=True)


def chatter(place: str, now: datetime, seed: int, count: int = 12) -> list[Written]:
    """Return what people write at a place where anybody may, the newest first."""
    said = []
    for hour in _hours(now):
        drawn = random.Random(f"chatter {seed} {place} {hour:%Y%m%d%H}")
        name, ticker = drawn.choice(COINS)
        at = hour + timedelta(minutes=drawn.randrange(60))
        said.append(Written(drawn.choice(_CROWD).format(name=name, ticker=ticker), f"{place.lower()}{hour:%y%m%d%H}", at))
    return sorted((one for one in said if one.at <= now), key=lambda one: one.at, reverse=True)[:count]


def _hours(now: datetime) -> Iterator[datetime]:
    begin = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    yield from (begin - timedelta(hours=age) for age in range(HOURS))


def _of_hour(feed: str, hour: datetime, seed: int) -> Iterator[Written]:
    place = FEEDS.index(feed) if feed in FEEDS else 0
    common = random.Random(f"story {seed} {hour:%Y%m%d%H}")
    yield _written(common, feed, place, hour, "a", timedelta(minutes=common.randrange(20) + 7 * place))
    own = random.Random(f"story {seed} {feed} {hour:%Y%m%d%H}")
    if own.random() < 0.5:
        yield _written(own, feed, own.randrange(3), hour, "b", timedelta(minutes=own.randrange(60)))


def _written(drawn: random.Random, feed: str, place: int, hour: datetime, part: str, late: timedelta) -> Written:
    chance, (name, ticker) = drawn.random(), drawn.choice(COINS)
    stories = UP if chance < 0.55 else DOWN if chance < 0.8 else FLAT
    title = drawn.choice(stories)[place].format(name=name, ticker=ticker)
    return Written(title, f"{feed.lower()}-{hour:%Y%m%d%H}{part}", hour + late)
