"""HTTP functions of mood and news."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, model_validator

from functions.clock import wall_now
from functions.edge import Config, Database, moment
from functions.factors.answers import SourceReading
from functions.logs import get_logger
from functions.moments import AsOf, At
from functions.outgoing import note_failure, note_success
from functions.sentiment import store
from functions.sentiment.news import FEED_LIMIT, NAMELESS, NewsItem, RawItem, news_items
from functions.sentiment.run import mood
from functions.sentiment.run.judging import judge, scores_at
from functions.sentiment.scores.score import Score
from functions.sentiment.scores.shift import shift
from functions.sentiment.scores.statement import MoodRules
from functions.strangers import LINK_LIMIT, Whole, clean

router = APIRouter(prefix="/sentiment", tags=["sentiment"])
log = get_logger("sentiment")
RULES = MoodRules()
Short = Annotated[str, BeforeValidator(Whole(LINK_LIMIT + 1)), Field(default="")]  # an address that is cut is none
Long = Annotated[str, BeforeValidator(Whole(5000)), Field(default="")]


class Mood(BaseModel):
    """What every source says of the market, and which ones did not answer just now."""

    readings: list[SourceReading]
    errors: dict[str, str] = Field(default_factory=dict, description="one sentence for each source that failed just now")


class FeedEntry(BaseModel):
    """An entry of a feed, or the error of a feed that could not be read; nothing in it is refused for its form."""

    feed: Short
    guid: Short = Field(description="RSS's guid or Atom's id")
    title: Long
    link: Short
    published: Short
    summary: Long
    error: Long

    @model_validator(mode="before")
    @classmethod
    def _odd_is_empty(cls, value: object) -> object:
        return value if isinstance(value, Mapping) else {}  # one odd entry stops no other


class NewsBatch(BaseModel):
    """What the feeds had, in one call or in several."""

    items: list[FeedEntry]
    as_of: AsOf = None


class NewsKept(BaseModel):
    """What became of a batch: how many entries were new, and how many had no words or no address."""

    new: int
    known: int
    unusable: int
    failed: dict[str, str] = Field(description="one sentence for each feed that could not be read")
    judged: int = Field(description="statements about a coin or the market that are new")
    readings: int = Field(description="scores that were written as readings")
    closed: dict[str, str] = Field(description="one sentence for each room of the classifier that could not answer")


class CoinMood(BaseModel):
    """What is written of a coin, or of the market."""

    coin: str = Field(description="a base coin, or MARKET")
    value: float = Field(description="-1 extreme fear to +1 extreme greed")
    confidence: float
    publishers: int = Field(description="on the value's side, less the feeds on the other")
    stories: int
    voices: dict[str, float] = Field(description="what each publisher says, -1 to +1")
    shift: float | None = Field(description="the change in four hours where at least two publishers moved far enough")


class Headline(BaseModel):
    """A headline."""

    feed: str
    title: str
    link: str
    summary: str
    published_at: AwareDatetime
    first_seen_at: AwareDatetime


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
    """Return what each source said last, with its age."""
    at = moment(as_of, settings)
    with database.connect() as connection:
        readings = mood.newest(settings, connection, at)
    return Mood(readings=[SourceReading.of(reading, at) for reading in readings])


@router.post("/news")
def keep_news(settings: Config, database: Database, batch: NewsBatch) -> NewsKept:
    """Keep the headlines that are new, judge what they say, and write the scores of the coins they name as readings.

    A feed that could not be read is noted beside those that could.
    """
    at = moment(batch.as_of, settings)
    failed = {clean(entry.feed, FEED_LIMIT) or NAMELESS: clean(entry.error, 300) for entry in batch.items if entry.error}
    entries = [RawItem(**entry.model_dump(exclude={"error"})) for entry in batch.items if not entry.error]
    items = news_items(entries, at)
    with database.begin() as connection:
        new = store.write_news(connection, items)
        lags = {feed: at - newest for feed, newest in store.newest_by_feed(connection, [item.feed for item in items]).items()}
        for feed in sorted({item.feed for item in items}):
            note_success(connection, f"rss {feed}", wall_now(), lags.get(feed))
        for feed, error in failed.items():
            note_failure(connection, f"rss {feed}", wall_now(), error)
    if failed:
        log.warning("feeds cannot be read", feeds=failed)
    said = judge(settings, database, items, at, RULES)
    return NewsKept(
        new=new,
        known=len(items) - new,
        unusable=len(entries) - len(items),
        failed=failed,
        judged=said.new,
        readings=said.readings,
        closed=said.closed,
    )


@router.get("/news")
def read_news(
    settings: Config,
    database: Database,
    limit: Annotated[int, Query(ge=1, le=500)] = 20,
    hours: Annotated[int, Query(ge=1, le=24 * 31)] = 24,
    as_of: AsOf = None,
) -> list[Headline]:
    """Return headlines, newest first; nothing that was published or first seen after `as_of`."""
    at: datetime = moment(as_of, settings)
    with database.connect() as connection:
        return [_headline(item) for item in store.headlines(connection, at, timedelta(hours=hours), limit)]


@router.get("/scores")
def read_scores(
    settings: Config, database: Database, coin: Annotated[str, Query(max_length=20)] = "", as_of: AsOf = None
) -> list[CoinMood]:
    """Return what is written of each coin and of the market at a moment, or of one coin; who says nothing is left out."""
    at: datetime = moment(as_of, settings)
    with database.connect() as connection:
        now = scores_at(connection, at, RULES)
        before = scores_at(connection, at - RULES.shift_span, RULES)
    return [_coin_mood(name, said, before.get(name)) for name, said in now.items() if coin in ("", name)]


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


def _headline(item: NewsItem) -> Headline:
    return Headline.model_validate(item, from_attributes=True)
