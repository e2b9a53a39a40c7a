"""An account at a moment that is over, from its trades and the market's closes alone: the same whenever it is asked.

What it was worth (`mark`), and how it stood for a decision on something that happened then (`stood`): after an outage fills are
found all at once, and who came first is decided as if nobody had been away. Only what was opened since is not undone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from functions.paper.admission import AccountState, HeldTrade
from functions.paper.settling.exact import exact
from functions.paper.settling.position import Fill, FillReason, Side


@dataclass(frozen=True, slots=True)
class TradeHistory:
    """A trade and everything that was booked on it, in any order.

    Args:
        symbol: of its pair.
        side: long or short.
        entry: price of the entry's fill.
        fills: all of them.
        held_at: since when its price cannot be believed.
        last_price: the last one before that.
        stop: as it was at the entry; None for a trade without one.
        break_even_from: prices from then on meet the stop at the entry; None before the first target.
    """

    symbol: str
    side: Side
    entry: Decimal
    fills: tuple[Fill, ...]
    held_at: datetime | None = None
    last_price: Decimal | None = None
    stop: Decimal | None = None
    break_even_from: datetime | None = None

    @property
    def opened_at(self) -> datetime:
        """Return when its first fill was."""
        return min(fill.at for fill in self.fills)

    @property
    def changed_at(self) -> datetime:
        """Return when its last fill was."""
        return max(fill.at for fill in self.fills)

    @property
    def quantity(self) -> Decimal:
        """Return the coins held after all its fills."""
        return self.quantity_at(self.changed_at)

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


@dataclass(frozen=True, slots=True)
class Happened:
    """When something happened: `at`, as far as is known, and surely after `since`; the same where the moment itself was seen."""

    since: datetime
    at: datetime


@exact
def stood(
    start: Decimal, trades: Sequence[TradeHistory], closes: Mapping[str, Decimal], day_start: Decimal | None, happened: Happened
) -> AccountState:
    """Return the state that a decision on something that happened rests on.

    An exit counts when it was surely before: of one candle nobody knows whether it freed a place in time.

    Args:
        start: USDT that the account began with.
        trades: all of the account, with all their fills until now.
        closes: of the newest candle of each pair that was closed when it happened.
        day_start: equity at the midnight before; None where no limit asks for it.
        happened: when.
    """
    then = [_as_known(trade, happened) for trade in trades if trade.opened_at <= happened.at]
    later = [trade for trade in trades if trade.opened_at > happened.at]
    equity = mark(start, then, closes, happened.at).equity
    held = [one for one in map(_held, [*then, *later]) if one.cost]
    booked = start + sum((trade.booked_at(happened.at) for trade in then), Decimal(0))
    return AccountState(
        equity=equity,
        day_start_equity=equity if day_start is None else day_start,
        cash=booked - sum((_held(trade).cost for trade in then), Decimal(0)),
        held=held,
        opened_at={trade.symbol: trade.opened_at for trade in sorted(then, key=lambda trade: trade.opened_at)},
        results=sorted((trade.changed_at, trade.booked_at(happened.at)) for trade in then if not trade.quantity),
    )


def _as_known(trade: TradeHistory, happened: Happened) -> TradeHistory:
    known = (fill for fill in trade.fills if fill.at <= (happened.at if fill.reason is FillReason.ENTRY else happened.since))
    evens = trade.break_even_from is not None and trade.break_even_from <= happened.since
    return replace(trade, fills=tuple(known), break_even_from=trade.break_even_from if evens else None)


def _held(trade: TradeHistory) -> HeldTrade:
    stop = trade.stop if trade.break_even_from is None else trade.entry
    return HeldTrade.of(trade.symbol, trade.side, trade.entry, trade.quantity, stop)
