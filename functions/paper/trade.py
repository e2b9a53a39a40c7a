"""A trade as it stands, and as it ended."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from functions.paper.position import Position, Reason, Side


@dataclass(frozen=True, slots=True)
class Trade:
    """One trade as it stands."""

    id: int
    account_id: int
    symbol: str
    source: str
    chat_id: int | None
    quantity: Decimal  # at the entry
    position: Position
    settled_until: datetime
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """A trade that is over; `taken` is the sum of price x quantity of its exits, `profit` is after all fees."""

    trade_id: int
    symbol: str
    side: Side
    source: str
    opened_at: datetime
    closed_at: datetime
    entry: Decimal
    stop: Decimal | None
    quantity: Decimal
    taken: Decimal
    profit: Decimal
    reason: Reason
