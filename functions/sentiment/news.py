"""Headlines: text from outside, cleaned before anybody reads it, known again when it comes a second time."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from functions.strangers import clean, web_address

TITLE_LIMIT, SUMMARY_LIMIT = 300, 500
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class RawItem:
    """An entry of a feed as n8n's RSS node gives it; whatever is absent is empty."""

    feed: str
    guid: str
    title: str
    link: str
    published: str
    summary: str


@dataclass(frozen=True, slots=True)
class NewsItem:
    """A headline.

    Args:
        key: the same for the same entry, whenever it is read.
        title_key: the same for the same story in another feed.
        published_at: as the feed says it, never later than it was first seen.
        first_seen_at: market time; nothing may use it for a moment before that.
    """

    key: str
    title_key: str
    feed: str
    title: str
    link: str
    summary: str
    published_at: datetime
    first_seen_at: datetime


def news_item(raw: RawItem, seen_at: datetime) -> NewsItem | None:
    """Return the cleaned headline; None when it has no words or no web address."""
    title, link = clean(raw.title, TITLE_LIMIT), web_address(raw.link)
    words = _WORD.findall(title.casefold())
    if not words or not link:
        return None
    identity = raw.guid.strip() or link.partition("?")[0].partition("#")[0]
    published = published_at(raw.published)
    return NewsItem(
        key=_digest(identity),
        title_key=_digest(" ".join(words)),
        feed=clean(raw.feed, 100),
        title=title,
        link=link,
        summary=clean(raw.summary, SUMMARY_LIMIT),
        published_at=min(published, seen_at) if published else seen_at,
        first_seen_at=seen_at,
    )


def published_at(text: str) -> datetime | None:
    """Read an ISO or RFC 2822 date; None when it is neither. A date without a zone is taken as UTC."""
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(text.strip())
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except (ValueError, TypeError, OverflowError):
            continue
    return None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:32]
