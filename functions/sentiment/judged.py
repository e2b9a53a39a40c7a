"""A headline and what was judged of one coin in it: the row that is kept, and the statement that it makes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.sentiment.classifier.opinion import Answer, Opinion
from functions.sentiment.news import NewsItem
from functions.sentiment.scores.statement import Statement
from functions.sentiment.text.plain import plain

# How much of its confidence each room's opinion keeps: the word list is right less than half of the time.
ROOM_WEIGHTS = {"lexicon": 0.3}


@dataclass(frozen=True, slots=True)
class Judged:
    """What one headline says of one coin, as it is kept; the fields are the columns of `sentiment`."""

    key: str
    coin: str
    feed: str
    link: str
    words: str
    published_at: datetime
    first_seen_at: datetime
    bearish: float
    neutral: float
    bullish: float
    speaks: bool
    room: str

    def statement(self) -> Statement | None:
        """Return what counts in a score; None where it is an abstention."""
        if not self.speaks:
            return None
        opinion = Opinion(self.bearish, self.neutral, self.bullish, self.speaks)
        return Statement(
            key=self.key,
            words=self.words,
            feed=self.feed,
            link=self.link,
            published_at=self.published_at,
            first_seen_at=self.first_seen_at,
            value=opinion.value,
            confidence=opinion.confidence * ROOM_WEIGHTS.get(self.room, 1.0),
        )


def lean(row: Mapping[str, Any]) -> float | None:
    """Return what a kept row says, -1..1; None where it is an abstention."""
    return Opinion(row["bearish"], row["neutral"], row["bullish"], row["speaks"]).value if row["speaks"] else None


def judged(item: NewsItem, coin: str, answer: Answer) -> Judged:
    """Return the row of a headline's answer about a coin."""
    opinion = answer.opinion
    return Judged(
        key=item.key,
        coin=coin,
        feed=item.feed,
        link=item.link,
        words=plain(item.title),
        published_at=item.published_at,
        first_seen_at=item.first_seen_at,
        bearish=opinion.bearish,
        neutral=opinion.neutral,
        bullish=opinion.bullish,
        speaks=opinion.speaks,
        room=answer.room,
    )
