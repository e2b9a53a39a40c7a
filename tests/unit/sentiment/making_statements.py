"""Statements for the tests of scores: one line each."""

from datetime import UTC, datetime, timedelta

from functions.sentiment.scores.statement import Statement

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
_WORDS = ("alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet", "kilo", "lima", "mike")


def words(number: int) -> str:
    """Return a headline that shares too few words with any other to tell its story."""
    return f"{_WORDS[number % 13]} {number} {_WORDS[number * 7 % 13]}{number} {number * 31}"


def statement(
    number: int,
    value: float,
    *,
    feed: str = "A",
    age: float = 0.0,
    seen: float | None = None,
    confidence: float = 1.0,
    text: str = "",
    link: str = "",
) -> Statement:
    """Make a statement of `age` hours before noon; `seen` hours before it where that differs."""
    return Statement(
        key=f"{number}",
        words=text or words(number),
        feed=feed,
        link=link or f"https://{feed.lower()}.example/{number}",
        published_at=NOON - timedelta(hours=age),
        first_seen_at=NOON - timedelta(hours=age if seen is None else seen),
        value=value,
        confidence=confidence,
    )
