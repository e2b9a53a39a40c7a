"""Bybit's announcements of new pairs and delistings: they enrich what the instruments say, and may be missing."""

import re
from dataclasses import dataclass
from typing import Any

from functions.errors import Broken
from functions.outgoing import Source, get_json
from functions.strangers import clean, web_address

LOOKED_AT = 50  # the newest ones
LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class Announcement:
    """What the exchange announced: its title (text from outside) and address."""

    title: str
    url: str


def ask_announcements(rest_url: str, kind: str) -> list[Announcement]:
    """Return the newest announcements, newest first.

    Args:
        rest_url: the exchange's REST address.
        kind: `new_crypto` or `delistings`.

    Raises:
        QuorumError: the exchange does not answer, or something else than announcements.
    """
    query: dict[str, str | int] = {"locale": "en-US", "type": kind, "limit": LOOKED_AT}
    return announcements_of(get_json(Source("bybit announcements", rest_url), "/v5/announcements/index", query))


def announcements_of(answer: Any) -> list[Announcement]:
    """Read an answer; rows without a title or an https address are left out.

    Raises:
        Broken: it is not a list of announcements.
    """
    try:
        rows = answer["result"]["list"]
        announcements = [
            Announcement(clean(str(row["title"]), LONGEST_TITLE), web_address(str(row["url"])))
            for row in rows
            if row.get("title") and row.get("url")
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise Broken("source_unreadable", f"expected announcements, got {error!r}") from error
    return [announcement for announcement in announcements if announcement.title and announcement.url.startswith("https://")]


def about(base: str, announcements: list[Announcement]) -> Announcement | None:
    """Return the newest announcement whose title names a coin in brackets, as in `New Listing: Arbitrum (ARB)`; else None."""
    named = re.compile(rf"\(\s*{re.escape(base)}\s*\)|\b{re.escape(base)}/?USDT\b")
    return next((announcement for announcement in announcements if named.search(announcement.title)), None)
