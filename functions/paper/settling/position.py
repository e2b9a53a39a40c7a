"""One paper position: how it is entered, what leaves it, and at which price an order fills.

Prices are USDT for one base coin, quantities base coin, fees and profits USDT; all `Decimal` and exact.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from functions.costs import Costs
from functions.paper.settling.exact import ceil_to, exact, floor_to


class Side(StrEnum):
    """Which way a trade earns."""

    LONG = "long"
    SHORT = "short"

    @property
    def sign(self) -> int:
        """Return +1 for a long, -1 for a short."""
        return 1 if self is Side.LONG else -1


class FillReason(StrEnum):
    """Why a fill happened."""

    ENTRY = "entry"
    STOP = "stop"
    BREAK_EVEN = "break_even"
    TARGET_1 = "target_1"
    TARGET_2 = "target_2"
    TARGET_3 = "target_3"
    TIME = "time"
    REGIME = "regime"
    MANUAL = "manual"
    REBALANCE = "rebalance"
    DELISTED = "delisted"


TARGET_REASONS = (FillReason.TARGET_1, FillReason.TARGET_2, FillReason.TARGET_3)


@dataclass(frozen=True, slots=True)
class Terms:
    """What an order meets on the market.

    Args:
        tick: step of prices.
        lot: step of quantities.
        costs: of each fill.
        break_even: the stop goes to the entry's price after the first target.
        by_limit: a resting order opened the trade, and its targets rest as well: they pay no slippage.
    """

    tick: Decimal
    lot: Decimal
    costs: Costs
    break_even: bool = True
    by_limit: bool = False


@dataclass(frozen=True, slots=True)
class Fill:
    """An order that was executed.

    `profit` is that of the part it closed, before fees, and 0 for an entry; `named` says that a person named the price.
    """

    at: datetime
    reason: FillReason
    price: Decimal
    quantity: Decimal
    fee: Decimal
    profit: Decimal
    named: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """What is held, and the levels that will end it.

    Args:
        side: long or short.
        entry: price of the entry's fill.
        quantity: still held; 0 when closed.
        stop: as it was at the entry; None for a trade without one.
        targets: none to three, nearest first.
        targets_hit: how many of them were reached.
        target_quantity: what each target closes; the last one closes all that is left.
        break_even_from: prices from then on meet the stop at `entry`; None before the first target.
    """

    side: Side
    entry: Decimal
    quantity: Decimal
    stop: Decimal | None = None
    targets: tuple[Decimal, ...] = ()
    targets_hit: int = 0
    target_quantity: Decimal = Decimal(0)
    break_even_from: datetime | None = None

    @property
    def has_levels(self) -> bool:
        """Tell whether a price can end it: it has a stop or targets."""
        return self.stop is not None or bool(self.targets)

    @property
    def cost(self) -> Decimal:
        """Return what the held part was bought for, or for a short what is set aside for it, in USDT without fees."""
        return self.quantity * self.entry

    @property
    def risk(self) -> Decimal:
        """Return what the stop that stands would lose on the held part, USDT, before costs; 0 without one or at the entry."""
        if self.stop is None or self.break_even_from is not None:
            return Decimal(0)
        return abs(self.entry - self.stop) * self.quantity

    def profit_at(self, price: Decimal, quantity: Decimal | None = None) -> Decimal:
        """Return the profit of `quantity` (all by default) at `price`, before fees."""
        return (price - self.entry) * self.side.sign * (self.quantity if quantity is None else quantity)

    def stop_at(self, moment: datetime) -> tuple[Decimal, FillReason] | None:
        """Return the stop that prices from `moment` on meet, and what a fill there is called."""
        if self.stop is None:
            return None
        if self.break_even_from is not None and moment >= self.break_even_from:
            return self.entry, FillReason.BREAK_EVEN
        return self.stop, FillReason.STOP


@dataclass(frozen=True, slots=True)
class Exit:
    """An exit that needs no price: from `at` on all that is left is sold, because time is up or the regime has turned."""

    at: datetime
    reason: FillReason


@dataclass(frozen=True, slots=True)
class ExitLevels:
    """Where a trade is to end: `targets` are none to three, nearest first."""

    stop: Decimal | None = None
    targets: tuple[Decimal, ...] = ()


@exact
def lots_for(notional: Decimal, price: Decimal, lot: Decimal) -> Decimal:
    """Return the coins that at most `notional` USDT buys at `price`, in whole lots; 0 when it does not buy one."""
    return notional // (price * lot) * lot


@exact
def enter(side: Side, quantity: Decimal, price: Decimal, at: datetime, levels: ExitLevels, terms: Terms) -> tuple[Position, Fill]:
    """Enter with `quantity` coins, at least a lot, at exactly `price`."""
    share = _share(quantity, len(levels.targets), terms.lot)
    fee = price * quantity * terms.costs.fee
    fill = Fill(at=at, reason=FillReason.ENTRY, price=price, quantity=quantity, fee=fee, profit=Decimal(0))
    position = Position(
        side=side, entry=price, quantity=quantity, stop=levels.stop, targets=levels.targets, target_quantity=share
    )
    return position, fill


@exact
def leave(
    position: Position, quantity: Decimal, price: Decimal, at: datetime, reason: FillReason, terms: Terms, *, named: bool = False
) -> tuple[Position, Fill]:
    """Close `quantity` at exactly `price`, which a person `named`; after a close by hand the targets left share what is held."""
    fee, profit = price * quantity * terms.costs.fee, position.profit_at(price, quantity)
    fill = Fill(at=at, reason=reason, price=price, quantity=quantity, fee=fee, profit=profit, named=named)
    after = replace(position, quantity=position.quantity - quantity)
    if reason is FillReason.MANUAL:
        after = replace(after, target_quantity=_share(after.quantity, len(after.targets) - after.targets_hit, terms.lot))
    return after, fill


@exact
def market_price(price: Decimal, terms: Terms, *, buys: bool) -> Decimal:
    """Return what an order fills at when the market is at `price`: slippage and the tick go against the trader."""
    if buys:
        return ceil_to(price * (1 + terms.costs.slippage), terms.tick)
    return max(floor_to(price * (1 - terms.costs.slippage), terms.tick), terms.tick)


@exact
def exit_price(side: Side, price: Decimal, terms: Terms) -> Decimal:
    """Return what closing fills at when the market is at `price`."""
    return market_price(price, terms, buys=side is Side.SHORT)


def _share(quantity: Decimal, parts: int, lot: Decimal) -> Decimal:
    return quantity // (lot * parts) * lot if parts else Decimal(0)
