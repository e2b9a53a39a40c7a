"""An account through time, told by sums: what its fills booked, and what they changed of what it holds, up to each midnight.

    book = day_books(connection, [account.id], first, until)[account.id]
    standings = walk(account.start, book, [*midnights(first, until), until])
    standings[until].mark(closes, until).equity

A year of trades is thousands of fills and a few hundred of these sums; they are as exact as the fills.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from functions.market.candles.timeframe import Timeframe
from functions.paper.marks import EquityMark, Stake, valued
from functions.paper.settling.exact import exact

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Change:
    """What the fills of one trade changed up to a midnight, since the one before it.

    Args:
        at: that midnight, or the moment the book ends at.
        trade: its number.
        symbol: of its pair.
        quantity: coins that were added; those of a short count below zero.
        entry: price of the trade's entry.
        held_at: since when its price cannot be believed.
        last_price: the last one that could be.
    """

    at: datetime
    trade: int
    symbol: str
    quantity: Decimal
    entry: Decimal
    held_at: datetime | None = None
    last_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class DayBook:
    """The sums of an account: what was booked after fees, by the midnight it counts at, and the changes of what it holds."""

    booked: Mapping[datetime, Decimal]
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account had booked by a moment, its start included, and what it held then."""

    booked: Decimal
    held: tuple[Change, ...]

    def mark(self, closes: Mapping[str, Decimal], moment: datetime) -> EquityMark:
        """Return the equity of the moment, by the newest closes known then."""
        return valued(self.booked, (_stake(change, closes, moment) for change in self.held))


def midnight_after(moment: datetime) -> datetime:
    """Return the first midnight UTC after a moment."""
    return Timeframe.D1.floor(moment) + DAY


def midnights(after: datetime, until: datetime) -> list[datetime]:
    """Return each midnight UTC after a moment and up to another one."""
    first = midnight_after(after)
    return [first + number * DAY for number in range((until - first) // DAY + 1)]


@exact
def walk(start: Decimal, book: DayBook, moments: Iterable[datetime]) -> dict[datetime, Standing]:
    """Return how an account stood at each of some moments, which come in their order.

    Args:
        start: USDT it began with.
        book: its sums.
        moments: midnights, and the moment the book ends at; between two of them its sums cannot tell.
    """
    sums, changes = deque(sorted(book.booked.items())), deque(sorted(book.changes, key=lambda change: change.at))
    booked, held, standings = start, dict[int, Change](), dict[datetime, Standing]()
    for moment in moments:
        while sums and sums[0][0] <= moment:
            booked += sums.popleft()[1]
        while changes and changes[0].at <= moment:
            _add(held, changes.popleft())
        standings[moment] = Standing(booked, tuple(held.values()))
    return standings


def _add(held: dict[int, Change], change: Change) -> None:
    before = held.pop(change.trade, None)
    quantity = change.quantity + (before.quantity if before else 0)
    if quantity:
        held[change.trade] = replace(change, quantity=quantity)


def _stake(change: Change, closes: Mapping[str, Decimal], moment: datetime) -> Stake:
    believed = change.held_at is None or change.held_at > moment
    price = closes.get(change.symbol) if believed else change.last_price
    return Stake(change.symbol, change.quantity, change.quantity * change.entry, price)
