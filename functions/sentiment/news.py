"""Headlines: text from outside, cleaned before anybody reads it, known again when it comes a second time."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from functions.sentiment.text.plain import headline, plain
from functions.strangers import clean, untracked, web_address

TITLE_LIMIT, SUMMARY_LIMIT, FEED_LIMIT = 300, 500, 100
NAMELESS = "a feed without a name"
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class RawItem:
    """An entry of a feed as n8n's RSS node gives it; whatever is absent is empty.

    Args:
        feed: its name.
        guid: the feed's own name for the entry: RSS's `guid` or Atom's `id`. Some feeds give one to all.
        title: may hold markup.
        link: address of the story.
        published: a date in some form.
        summary: may hold markup.
    """

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
        key: the same for the same entry of a feed, whenever it is read: of the feed's name for it and the address it leads to.
        guid_key: of the feed's name for it alone, empty without one.
        title_key: the same for the same words, in whatever feed.
        feed: name of its feed.
        title: its words.
        link: a web address.
        summary: its words; may be empty.
        published_at: as the feed says it, never later than it was first seen, and then when the feed does not say it.
        first_seen_at: market time; nothing may use it for a moment before that.
        dated: whether the feed says when it was published.
    """

    key: str
    guid_key: str
    title_key: str
    feed: str
    title: str
    link: str
    summary: str
    published_at: datetime
    first_seen_at: datetime
    dated: bool = True


def news_items(entries: Iterable[RawItem], seen_at: datetime) -> list[NewsItem]:
    """Return the headlines of one reading of the feeds; entries without words or a web address are left out.

    Where one feed gives one name and one address to several titles, neither tells them apart: the title does.
    """
    items = [item for entry in entries if (item := news_item(entry, seen_at))]
    titles = Counter(key for key, _ in {(item.key, item.title_key) for item in items})
    return [replace(item, key=_digest(item.key, item.title_key)) if titles[item.key] > 1 else item for item in items]


def news_item(raw: RawItem, seen_at: datetime) -> NewsItem | None:
    """Return the cleaned headline; None when it has no words or no web address."""
    guid, title = raw.guid.strip(), clean(headline(raw.title), TITLE_LIMIT)
    link = web_address(raw.link) or web_address(guid)  # RSS: a guid may be the address itself
    words = _WORD.findall((plain(title) or title).casefold())
    if not words or not link:
        return None
    feed, published = clean(raw.feed, FEED_LIMIT) or NAMELESS, published_at(raw.published)
    return NewsItem(
        key=_digest(feed, guid, untracked(link)),
        guid_key=_digest(guid) if guid else "",
        title_key=_digest(" ".join(words)),
        feed=feed,
        title=title,
        link=link,
        summary=clean(raw.summary, SUMMARY_LIMIT),
        published_at=min(published, seen_at) if published else seen_at,
        first_seen_at=seen_at,
        dated=published is not None and published <= seen_at,
    )


def published_at(text: str) -> datetime | None:
    """Read an ISO or RFC 2822 date; None when it is neither. A date without a zone is taken as UTC."""
    text = text.strip()
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, TypeError, OverflowError):
            continue
    return None


def _digest(*parts: str) -> str:
    """Return 32 letters that are the same for the same parts; none of them holds the separator."""
    return hashlib.sha256("\x00".join(parts).encode(errors="replace")).hexdigest()[:32]
