"""Which pairs came and which went, from what is known of every pair: pure, so that any look finds what an earlier one missed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

GONE_FOR = timedelta(minutes=10)  # an answer without a pair may be half an answer; ten of them are a delisting
PATIENCE = timedelta(minutes=3)  # how long a new pair may have no price before it is told without one
NEWS = timedelta(hours=36)  # a universe is remembered once a day at least while we run
DELISTED = "Delisted"


class Event(StrEnum):
    """What happened to a pair."""

    LISTED = "listed"
    DELISTED = "delisted"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one pair: when it was seen, and the newest event that was noted of it, if any."""

    symbol: str
    status: str
    first_seen_at: datetime
    last_seen_at: datetime
    noted: Event | None


@dataclass(frozen=True, slots=True)
class Change:
    """A pair came or went and nobody has noted it yet; `at` is when it was first or last seen."""

    symbol: str
    event: Event
    at: datetime


def changes(pairs: Iterable[Known], as_of: datetime) -> list[Change]:
    """Return what has to be noted, by time and name.

    The pairs of the very first look (the oldest `first_seen_at`) were there before us and are no news. A pair that came back
    after a noted delisting is listed again, from its newest sighting on. A pair counts as delisted once it has been away for ten
    minutes.
    """
    pairs = list(pairs)
    first_look = min((pair.first_seen_at for pair in pairs), default=as_of)
    found = [change for pair in pairs if (change := _change(pair, first_look, as_of))]
    return sorted(found, key=lambda change: (change.at, change.symbol))


def _change(pair: Known, first_look: datetime, as_of: datetime) -> Change | None:
    if pair.status == DELISTED:
        gone = pair.noted is not Event.DELISTED and as_of - pair.last_seen_at >= GONE_FOR
        return Change(pair.symbol, Event.DELISTED, pair.last_seen_at) if gone else None
    if pair.noted is Event.DELISTED:
        return Change(pair.symbol, Event.LISTED, pair.last_seen_at)
    new = pair.noted is None and pair.first_seen_at > first_look
    return Change(pair.symbol, Event.LISTED, pair.first_seen_at) if new else None


def is_news(change: Change, seen_after: datetime | None, as_of: datetime) -> bool:
    """Tell whether a change is worth a message of its own: we were looking when it happened.

    After days away a whole heap of pairs comes and goes at once; they are noted, but not news.
    """
    if change.event is Event.DELISTED:
        return as_of - change.at < NEWS
    return seen_after is not None and change.at - seen_after < NEWS


def may_wait(change: Change, *, priced: bool, as_of: datetime) -> bool:
    """Tell whether a new pair is better told at the next look: it has not traded, and is younger than three minutes."""
    return change.event is Event.LISTED and not priced and as_of - change.at < PATIENCE
