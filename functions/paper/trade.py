"""A trade as it stands, and as it ended."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Self

from functions.costs import Costs
from functions.paper.settling.position import FillReason, Position, Side


@dataclass(frozen=True, slots=True)
class Idea:
    """What a trade follows: `key` is the same for the same idea, and an account follows an idea once.

    Of a random entry it is the signal that it stands beside.
    """

    key: str
    signal_id: int | None = None
    rejection_id: int | None = None


def signal_idea(signal_id: int) -> Idea:
    """Return a signal as what a trade follows."""
    return Idea(f"signal:{signal_id}", signal_id=signal_id)


@dataclass(frozen=True, slots=True)
class TradeRules:
    """The rules a trade was opened under, which it keeps.

    Args:
        costs: of each fill.
        break_even: the first target moves the stop to the entry's price.
        regime_exit: it ends when the gate no longer allows its side.
        leaves_at: what is left is sold from then on; None for a trade without an end in time.
        by_limit: a resting order opened it: the candle of its entry may stop it and takes no profit, and its targets rest, too.
    """

    costs: Costs
    break_even: bool
    regime_exit: bool = False
    leaves_at: datetime | None = None
    by_limit: bool = False


@dataclass(frozen=True, slots=True)
class Trade:
    """One trade as it stands.

    Args:
        account: the name of its account.
        rules: it lives by.
        quantity: at the entry.
        settled_until: candles that close up to here are settled.
        last_price: the newest sound price its settlement has met; None before the first.
        held_at: when the price made a step that no market makes; None while the price can be believed.
        idea: it follows; None for one by hand.
        unseen: 5m candles that passed over it without having been seen.
    """

    id: int
    account_id: int
    account: str
    symbol: str
    source: str
    chat_id: int | None
    quantity: Decimal
    position: Position
    rules: TradeRules
    settled_until: datetime
    opened_at: datetime
    idea: Idea | None = None
    last_price: Decimal | None = None
    held_at: datetime | None = None
    unseen: int = 0

    def advanced(self, until: datetime, last: Decimal | None, held_at: datetime | None, unseen: int) -> Self:
        """Return the trade settled up to a moment, whose newest sound price is `last`, with `unseen` more candles passed."""
        return replace(self, settled_until=until, last_price=last, held_at=held_at, unseen=self.unseen + unseen)

    @property
    def sound_price(self) -> Decimal | None:
        """Return the newest price that is known to be sound: right after the entry it is that of the entry."""
        if self.last_price is None and self.settled_until == self.opened_at:
            return self.position.entry
        return self.last_price

    @property
    def filled_at(self) -> datetime | None:
        """Return when a resting order opened it; None for a trade that was opened at the market."""
        return self.opened_at if self.rules.by_limit else None


@dataclass(frozen=True, slots=True)
class TradeResult:
    """A trade that is over.

    Args:
        taken: the sum of price x quantity of its exits.
        profit: after all fees.
        named: a part of it was closed at a price that a person named.
        unseen: 5m candles that passed over it without having been seen.
    """

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
    reason: FillReason
    named: bool = False
    unseen: int = 0
