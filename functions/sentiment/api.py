"""HTTP functions of mood and news."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from functions.edge import Config, Database, moment
from functions.factors.answers import SourceReading
from functions.factors.reading import MARKET
from functions.moments import AsOf, At
from functions.pairs import QUOTE, read_symbol
from functions.sentiment.answers import (
    CoinMood,
    FeedToRead,
    Headline,
    Mood,
    MoodHistory,
    NewsBatch,
    NewsKept,
    ResearchDone,
    SocialRefreshed,
)
from functions.sentiment.news import FEED_LIMIT, NAMELESS, RawItem
from functions.sentiment.research.task import ResearchRules
from functions.sentiment.run import asked, mood, research
from functions.sentiment.run.feeds import read_feed
from functions.sentiment.run.news import Brought, KeptNews, feed_row, keep_news
from functions.sentiment.run.social import refresh_social
from functions.strangers import clean

router = APIRouter(prefix="/sentiment", tags=["sentiment"])
RESEARCH = ResearchRules()
CoinName = Annotated[str, Query(max_length=30, description="a base coin, its pair, or MARKET")]
Hours = Annotated[int, Query(ge=1, le=24 * 31)]


@router.post("/mood/refresh")
def refresh_mood(settings: Config, database: Database, request: At | None = None) -> Mood:
    """Ask Fear & Greed and CoinGecko what they say; a source that fails is named and stays as it was."""
    at = moment(request.as_of if request else None, settings)
    failed = mood.refresh(settings, database, at)
    answer = read_mood(settings, database, at)
    answer.errors = {name: error for name, error in failed.items() if error}
    return answer


@router.get("/mood")
def read_mood(settings: Config, database: Database, as_of: AsOf = None) -> Mood:
    """Return what each source said last of the market as a whole, with its age."""
    at = moment(as_of, settings)
    with database.connect() as connection:
        return Mood(readings=asked.market_readings(connection, at))


@router.get("/history")
def read_history(
    settings: Config, database: Database, coin: CoinName = MARKET, hours: Hours = 24 * 7, as_of: AsOf = None
) -> list[MoodHistory]:
    """Return what each source of mood said of a coin, or of the market, at each hour up to a moment, as known at that hour."""
    at = moment(as_of, settings)
    with database.connect() as connection:
        return mood.history(connection, _symbol(coin), at, hours)


@router.post("/social/refresh")
def refresh_social_sources(settings: Config, database: Database, request: At | None = None) -> SocialRefreshed:
    """Ask what people look for, vote and write: CoinGecko, and LunarCrush, Reddit and X where their keys are set.

    A source that fails is named and stays as it was.
    """
    at = moment(request.as_of if request else None, settings)
    read = refresh_social(settings, database, at, asked.RULES)
    return SocialRefreshed(answered=read.answered, unset=read.unset, errors=read.errors, news=_kept(read.news))


@router.post("/news")
def keep_headlines(settings: Config, database: Database, batch: NewsBatch) -> NewsKept:
    """Keep the headlines that are new, judge what they say, and write the scores of the coins they name as readings.

    A feed that could not be read is noted beside those that could.
    """
    at = moment(batch.as_of, settings)
    failed = {_feed(entry.feed): clean(entry.error, 300) for entry in batch.items if entry.error}
    entries: defaultdict[str, list[RawItem]] = defaultdict(list)
    for entry in batch.items:
        if not entry.error:
            entries[_feed(entry.feed)].append(RawItem(**entry.model_dump(exclude={"error"})))
    brought = [Brought(feed_row(feed), some) for feed, some in entries.items()]
    return _kept(
        keep_news(settings, database, brought, {feed_row(feed): error for feed, error in failed.items()}, at, asked.RULES)
    )


@router.post("/feeds")
def read_feed_otherwise(settings: Config, database: Database, request: FeedToRead) -> NewsKept:
    """Read a feed that n8n could not read and keep its headlines; if it cannot be read here either, both errors are noted."""
    at = moment(request.as_of, settings)
    return _kept(read_feed(settings, database, _feed(request.feed), request.url, clean(request.error, 300), at, asked.RULES))


@router.get("/news")
def read_news(
    settings: Config,
    database: Database,
    coin: CoinName = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 20,
    hours: Hours = 24,
    as_of: AsOf = None,
) -> list[Headline]:
    """Return headlines, or those about a coin with what they say of it, newest first; nothing later than `as_of`."""
    at: datetime = moment(as_of, settings)
    known = _coin(coin) if coin else ""
    if coin and not known:
        return []
    with database.connect() as connection:
        return asked.headlines(connection, known, at, timedelta(hours=hours), limit)


@router.get("/scores")
def read_scores(settings: Config, database: Database, coin: CoinName = "", as_of: AsOf = None) -> list[CoinMood]:
    """Return what is written of each coin and of the market at a moment, or of one coin; who says nothing is left out."""
    at: datetime = moment(as_of, settings)
    if coin and not _coin(coin):
        return []
    with database.connect() as connection:
        return asked.coin_moods(connection, at, _coin(coin) if coin else "")


@router.post("/research/run")
def run_research(settings: Config, database: Database, request: At | None = None) -> ResearchDone:
    """Ask the agent about the largest coins that are due: each once in three hours, however often this is called."""
    done = research.research(settings, database, moment(request.as_of if request else None, settings), RESEARCH)
    return ResearchDone(coins=list(done.coins), readings=done.readings, left=done.left, closed=done.closed)


@router.get("/research")
def read_research(settings: Config, database: Database, as_of: AsOf = None) -> list[SourceReading]:
    """Return what the agent said last of each of the largest coins, with its age; `evidence` holds its summary and reasons."""
    at: datetime = moment(as_of, settings)
    with database.connect() as connection:
        said = research.newest(connection, at, research.largest_coins(connection, at, RESEARCH.coins))
    return [SourceReading.of(one, at) for one in said]


def _kept(kept: KeptNews) -> NewsKept:
    prefix = feed_row("")
    return NewsKept(
        new=kept.new,
        known=kept.known,
        unusable=kept.unusable,
        failed={source.removeprefix(prefix): error for source, error in kept.failed.items()},
        judged=kept.judged.new,
        readings=kept.judged.readings,
        shifts=kept.judged.shifts,
        closed=kept.judged.closed,
    )


def _feed(name: str) -> str:
    return clean(name, FEED_LIMIT) or NAMELESS


def _symbol(coin: str) -> str:
    return MARKET if coin.upper() == MARKET else read_symbol(coin) or ""


def _coin(name: str) -> str:
    return _symbol(name).removesuffix(QUOTE)
