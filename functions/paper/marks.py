"""What the account was worth at a moment, from its trades and the market's closes alone: the same whenever it is asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from functions.paper.settling.exact import exact
from functions.paper.settling.position import Fill, FillReason, Side


@dataclass(frozen=True, slots=True)
class TradeHistory:
    """A trade and everything that was booked on it, in any order.

    `held_at` is since when its price cannot be believed, `last_price` the last one before it.
    """

    symbol: str
    side: Side
    entry: Decimal
    fills: tuple[Fill, ...]
    held_at: datetime | None = None
    last_price: Decimal | None = None

    def quantity_at(self, moment: datetime) -> Decimal:
        """Return the coins held right after a moment's fills."""
        return sum(
            (fill.quantity if fill.reason is FillReason.ENTRY else -fill.quantity for fill in self._until(moment)), Decimal(0)
        )

    def booked_at(self, moment: datetime) -> Decimal:
        """Return what its fills up to a moment earned after fees."""
        return sum((fill.profit - fill.fee for fill in self._until(moment)), Decimal(0))

    def price_at(self, moment: datetime, closes: Mapping[str, Decimal]) -> Decimal | None:
        """Return the price it stands at: the close of its pair, or the last one that could be believed."""
        if self.held_at is not None and self.held_at <= moment:
            return self.last_price
        return closes.get(self.symbol)

    def _until(self, moment: datetime) -> Iterable[Fill]:
        return (fill for fill in self.fills if fill.at <= moment)


@dataclass(frozen=True, slots=True)
class EquityMark:
    """The equity of a moment, USDT; `unpriced` are the pairs whose trades stand at their cost because no close is known."""

    equity: Decimal
    unpriced: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stake:
    """Coins of one pair, a short's below zero, what they cost, and the price they stand at; None where none is known."""

    symbol: str
    quantity: Decimal
    cost: Decimal
    price: Decimal | None


@exact
def mark(start: Decimal, trades: Sequence[TradeHistory], closes: Mapping[str, Decimal], moment: datetime) -> EquityMark:
    """Return what an account was worth.

    Args:
        start: USDT it began with.
        trades: all of the account that were opened by then.
        closes: of the newest candle of each pair that was closed at `moment`.
        moment: e.g. the end of a UTC day.
    """
    booked = start + sum((trade.booked_at(moment) for trade in trades), Decimal(0))
    return valued(booked, (_stake(trade, closes, moment) for trade in trades))


@exact
def valued(booked: Decimal, stakes: Iterable[Stake]) -> EquityMark:
    """Return the equity of what was booked and of what is held; what has no price stands at its cost, and is named."""
    equity, unpriced = booked, set()
    for stake in stakes:
        if stake.quantity and stake.price is None:
            unpriced.add(stake.symbol)
        elif stake.price is not None:
            equity += stake.price * stake.quantity - stake.cost
    return EquityMark(equity, tuple(sorted(unpriced)))


def _stake(trade: TradeHistory, closes: Mapping[str, Decimal], moment: datetime) -> Stake:
    quantity = trade.side.sign * trade.quantity_at(moment)
    return Stake(trade.symbol, quantity, quantity * trade.entry, trade.price_at(moment, closes))
