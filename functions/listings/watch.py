"""Find listed and delisted pairs from what is known of every pair. Pure, so that any look finds what an earlier one missed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from functions.market.universe import DELISTED, GONE_FOR

PATIENCE = timedelta(minutes=3)  # how long a new pair may have no price before it is told without one
NEWS = timedelta(hours=36)  # a universe is remembered once a day at least while we run


class Event(StrEnum):
    """What happened to a pair."""

    LISTED = "listed"
    DELISTED = "delisted"


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether a pair is still on the exchange, from the looks at all pairs; all times are the exchange's.

    Args:
        last_seen_at: of the newest look that found it.
        missed_at: of the first look since then that lacked it; None while it is there.
        looked_at: of the newest look of all.
    """

    last_seen_at: datetime
    missed_at: datetime | None
    looked_at: datetime

    @property
    def missing_for(self) -> timedelta:
        """Return the time between the first and the newest look that lacked it."""
        return self.looked_at - self.missed_at if self.missed_at else timedelta(0)

    @property
    def is_gone(self) -> bool:
        """Tell whether it is delisted: two looks ten minutes apart lacked it, and none between found it."""
        return self.missed_at is not None and self.missing_for >= GONE_FOR


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one pair: when it was seen or missed, and the newest event that was noted of it, if any."""

    symbol: str
    status: str
    first_seen_at: datetime
    last_seen_at: datetime
    noted: Event | None
    delisted_at: datetime | None = None  # the first look that lacked it


@dataclass(frozen=True, slots=True)
class Change:
    """A pair came or went and nobody has noted it yet; `at` is when it was first or last seen."""

    symbol: str
    event: Event
    at: datetime


def changes(pairs: Iterable[Known], as_of: datetime) -> list[Change]:
    """Return what has to be noted by a look at `as_of`, by time and name.

    The pairs of the very first look (the oldest `first_seen_at`) were there before us and are no news. A pair that came back
    after a noted delisting is listed again, from its newest sighting on. A pair counts as delisted once two looks ten minutes
    apart lacked it; the event is dated when it was last seen.
    """
    pairs = list(pairs)
    first_look = min((pair.first_seen_at for pair in pairs), default=as_of)
    new_changes = [change for pair in pairs if (change := _change(pair, first_look, as_of))]
    return sorted(new_changes, key=lambda change: (change.at, change.symbol))


def _change(pair: Known, first_look: datetime, as_of: datetime) -> Change | None:
    if pair.status == DELISTED:
        # Before the first look that lacked it was kept, the last one that found it stood for it.
        presence = Presence(pair.last_seen_at, pair.delisted_at or pair.last_seen_at, as_of)
        gone = pair.noted is not Event.DELISTED and presence.is_gone
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
