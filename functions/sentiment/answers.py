"""What the HTTP functions of mood and news are asked and answer."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, model_validator

from functions.factors.answers import SourceReading
from functions.moments import AsOf
from functions.strangers import LINK_LIMIT, Whole

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


class FeedToRead(BaseModel):
    """A feed that n8n could not read."""

    feed: Short
    url: Short = Field(description="its address, http or https")
    error: Long = Field(description="what n8n said of it")
    as_of: AsOf = None


class NewsKept(BaseModel):
    """What became of a batch: how many entries were new, and how many had no words or no address."""

    new: int
    known: int
    unusable: int
    failed: dict[str, str] = Field(description="one sentence for each feed that could not be read")
    judged: int = Field(description="statements about a coin or the market that are new")
    readings: int = Field(description="scores that were written as readings")
    shifts: int = Field(description="moods that turned and are told of")
    closed: dict[str, str] = Field(description="one sentence for each room of the classifier that could not answer")


class SocialRefreshed(BaseModel):
    """What one asking of the social sources came to."""

    answered: list[str]
    unset: list[str] = Field(description="sources that are not asked: a setting of theirs is empty")
    errors: dict[str, str] = Field(description="one sentence for each source that failed just now")
    news: NewsKept


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
    age_seconds: float = Field(description="since it was published")
    value: float | None = Field(default=None, description="what it says of the coin that was asked for, -1 to +1; none: nothing")
    room: str | None = Field(default=None, description="who judged it")


class MoodPoint(BaseModel):
    """What a source said last, as known at a moment, while it was not stale."""

    at: AwareDatetime
    value: float
    confidence: float


class MoodHistory(BaseModel):
    """One source over time."""

    source: str
    points: list[MoodPoint] = Field(description="the oldest first; a moment is left out where the source said nothing fresh")


class ResearchDone(BaseModel):
    """What became of a call for research."""

    coins: list[str] = Field(description="whose research was stored")
    readings: int = Field(description="that came of it; an abstention is none")
    left: int = Field(description="coins that are due; the next call asks about them")
    closed: str = Field(description="why not all is done, in one sentence; empty when nothing went wrong")
