"""The walk over gamma's lists. Needs no key.

Source: https://docs.polymarket.com. The next page is asked for with `after_cursor`; another name of it is ignored and gives the
first page again. Filters and order are asked for and not relied on.
"""

import time
from dataclasses import dataclass
from datetime import datetime

from functions.errors import Broken, QuorumError
from functions.outgoing import Source, get_json
from functions.polymarket.gamma import CRYPTO, Event, EventPage, Market, market_of, page_of
from functions.polymarket.rules import OddsRules

NAME = "polymarket"
PAGE = 25  # events on a page: with all their markets they must stay below the largest answer that is taken
MOST_PAGES = 40
WALK_SECONDS = 40.0  # n8n gives the call up after 50


@dataclass(frozen=True, slots=True)
class Walk:
    """The crypto events that a walk found, how many entries could not be read, and why it ended early, if it did."""

    events: tuple[Event, ...]
    unreadable: int
    error: str | None


def walk_events(source: Source, rules: OddsRules, as_of: datetime) -> Walk:
    """Return all open crypto events; when a page fails those of the pages before it are kept, beside the error."""
    found: dict[str, Event] = {}
    seen: set[str] = set()
    cursor, unreadable = "", 0
    deadline = time.monotonic() + WALK_SECONDS
    for _ in range(MOST_PAGES):
        try:
            page = _page(source, rules, as_of, cursor)
            _must_be_new(page, found.keys() | seen, cursor)
        except QuorumError as error:
            return Walk(_crypto(found), unreadable, error.detail)
        unreadable += page.unreadable
        found |= {event.id: event for event in page.events}
        if not page.next_cursor:
            events = _crypto(found)
            return Walk(events, unreadable, None if events else f"{NAME} lists no open crypto market")
        if page.next_cursor in seen or page.next_cursor == cursor:
            return Walk(_crypto(found), unreadable, f"{NAME} repeats the cursor {page.next_cursor[:40]}")
        seen.add(page.next_cursor)
        cursor = page.next_cursor
        if time.monotonic() > deadline:
            return Walk(_crypto(found), unreadable, f"{NAME} did not list all its events in {WALK_SECONDS:.0f} s")
    return Walk(_crypto(found), unreadable, f"{NAME} has more than {MOST_PAGES} pages of events")


def read_market(source: Source, market_id: str, event_id: str) -> Market:
    """Return one market, also one that is closed.

    Raises:
        RetryLater: gamma does not answer.
        Broken: it refuses, or answers another market.
    """
    market = market_of(get_json(source, f"/markets/{market_id}"), event_id)
    if market.id != market_id:
        raise Broken("source_unreadable", f"expected market {market_id}, got {market.id}")
    return market


def _page(source: Source, rules: OddsRules, as_of: datetime, cursor: str) -> EventPage:
    parameters: dict[str, str | int] = {
        "tag_slug": CRYPTO,
        "closed": "false",
        "active": "true",
        "liquidity_min": int(rules.least_liquidity),
        "end_date_min": as_of.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "order": "volume24hr",
        "ascending": "false",
        "limit": PAGE,
    }
    if cursor:
        parameters["after_cursor"] = cursor
    return page_of(get_json(source, "/events/keyset", parameters))


def _must_be_new(page: EventPage, known: set[str], cursor: str) -> None:
    """Refuse a page that was there before: an unknown cursor is answered with the first one."""
    if cursor and page.events and all(event.id in known for event in page.events):
        raise Broken("source_unreadable", f"{NAME} answered the cursor {cursor[:40]} with a page that was there before")


def _crypto(found: dict[str, Event]) -> tuple[Event, ...]:
    return tuple(event for event in found.values() if event.crypto)
