"""A feed that n8n's RSS node cannot read, read by feedparser: it takes what is no well-formed XML, and asks as a browser does."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

import feedparser

from functions.errors import Broken
from functions.outgoing import Page, Source, get_page
from functions.sentiment.news import RawItem

# Some feeds refuse whatever is no browser.
BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0 Quorum",
    "Accept": "application/rss+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.5",
}


def read(feed: str, url: str, *, ours: bool) -> list[RawItem]:
    """Return the entries of a feed at its address, which has to be a public one unless the settings name its host (`ours`).

    Raises:
        RetryLater: it does not answer.
        Broken: it refuses, its answer is no feed with entries, or it is not on the public internet.
    """
    return entries_of(feed, get_page(Source(feed, url, BROWSER, ours)))


def entries_of(feed: str, page: Page) -> list[RawItem]:
    """Read a page; a page that is none of a feed, such as a wall for programs, has no entries.

    Raises:
        Broken: it has no entry.
    """
    try:
        parsed = feedparser.parse(BytesIO(page.body), response_headers={"content-type": page.content_type})
    except UnicodeError as error:  # it falls over halves of characters
        raise Broken("source_unreadable", f"{feed} answered what is no text") from error
    entries = [_entry(feed, entry) for entry in parsed.entries]
    if not entries:
        raise Broken("source_unreadable", f"{feed} answered no feed with entries")
    return entries


def _entry(feed: str, entry: Mapping[str, Any]) -> RawItem:
    return RawItem(
        feed=feed,
        guid=_text(entry, "id"),
        title=_text(entry, "title"),
        link=_text(entry, "link"),
        # Its own `get` answers the one for the other, with a warning that it will not do so for ever.
        published=_text(dict(entry), "published") or _text(dict(entry), "updated"),
        summary=_text(entry, "summary"),
    )


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else ""
