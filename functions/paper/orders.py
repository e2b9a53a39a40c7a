"""Is an order allowed: what a trader may ask for, what the exchange accepts, what the account can bear."""

from dataclasses import dataclass
from decimal import Decimal

from functions.costs import Costs
from functions.errors import Conflict, InputRejected
from functions.limits import Limits
from functions.listings.watch import Presence
from functions.paper.ledger import Book
from functions.paper.settling.exact import exact, nearest_to, plain
from functions.paper.settling.position import ExitLevels, Fill, Side, Terms, lots_for
from functions.paper.trade import Idea, TradeRules


@dataclass(frozen=True, slots=True)
class AccountRules:
    """The account's rules, from the settings.

    Args:
        start: USDT a new account begins with.
        costs: of each fill.
        limits: how much a trade and all of them may take.
        allow_short: shorts may be opened.
        break_even: the stop goes to the entry's price after the first target.
    """

    start: Decimal
    costs: Costs
    limits: Limits
    allow_short: bool
    break_even: bool

    def of_trade(self) -> TradeRules:
        """Return the rules of a trade by hand that is opened now."""
        return TradeRules(costs=self.costs, break_even=self.break_even)


@dataclass(frozen=True, slots=True)
class TradedPair:
    """What the exchange says of a pair: steps of price and quantity, least amount of an order in USDT, whether it is there."""

    symbol: str
    status: str
    tick: Decimal
    lot: Decimal
    min_amount: Decimal
    presence: Presence

    def terms(self, rules: TradeRules) -> Terms:
        """Return what an order of a trade in this pair meets."""
        return Terms(tick=self.tick, lot=self.lot, costs=rules.costs, break_even=rules.break_even)


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for; without a `notional` in USDT the size comes from the risk of the stop. `rules` are the trade's."""

    symbol: str
    side: Side
    notional: Decimal | None
    levels: ExitLevels
    source: str
    rules: TradeRules
    chat_id: int | None = None
    idea: Idea | None = None


@exact
def levels_on_ticks(side: Side, levels: ExitLevels, price: Decimal, paid: Decimal, tick: Decimal) -> ExitLevels:
    """Return the levels on the price grid.

    Args:
        side: of the order.
        levels: as they are asked for.
        price: the latest one, which a stop must not have been met by.
        paid: what the order fills at; it is never better than `price`.
        tick: the pair's.

    Raises:
        InputRejected: the stop is not on the losing side of price and fill, or the targets do not step away from the fill.
    """
    stop = None if levels.stop is None else nearest_to(levels.stop, tick)
    targets = tuple(nearest_to(target, tick) for target in levels.targets)
    below, above = ("below", "above") if side is Side.LONG else ("above", "below")
    worst = min(price, paid) if side is Side.LONG else max(price, paid)
    if stop is not None and (stop <= 0 or (worst - stop) * side.sign <= 0):
        raise InputRejected("wrong_stop", f"expected a stop {below} {plain(worst)} for a {side}, got {plain(stop)}")
    if targets and (targets[0] - paid) * side.sign <= 0:
        detail = (
            f"the order would fill at {plain(paid)}; expected its first target {above} that for a {side}, got {plain(targets[0])}"
        )
        raise InputRejected("target_passed", detail, figures={"paid": plain(paid), "target": plain(targets[0])})
    steps = (paid, *targets)
    if not all((further - nearer) * side.sign > 0 and further > 0 for nearer, further in zip(steps, targets, strict=False)):
        shown = ", ".join(map(plain, targets))
        raise InputRejected("wrong_targets", f"expected targets {above} {plain(paid)}, nearest first, for a {side}, got {shown}")
    return ExitLevels(stop, targets)


@exact
def quantity_for(order: Order, paid: Decimal, stop: Decimal | None, equity: Decimal, lot: Decimal, limits: Limits) -> Decimal:
    """Return the coins of an order that fills at `paid`, in whole lots: what was asked for, or what the risk of its stop allows.

    Raises:
        InputRejected: neither an amount nor a stop says how much.
    """
    if order.notional is not None:
        return lots_for(order.notional, paid, lot)
    if stop is None:
        raise InputRejected("no_size", "expected an amount, or a stop that the size follows from; got neither")
    return limits.quantity(equity, paid, stop, lot)


def check_allowed(side: Side, instrument: TradedPair, rules: AccountRules, open_symbols: dict[str, int]) -> None:
    """Check what needs no price; `open_symbols` gives the trade that is open in each symbol.

    Raises:
        InputRejected: shorts are off, or the pair is not traded.
        Conflict: a trade is open in this pair, or too many are open.
    """
    if side is Side.SHORT and not rules.allow_short:
        raise InputRejected(
            "shorts_off", "expected long: on spot a short means stay out; PAPER_ALLOW_SHORT=true allows paper shorts"
        )
    if instrument.status != "Trading":
        detail = f"{instrument.symbol} is {instrument.status} on the exchange, expected Trading"
        raise InputRejected("not_trading", detail, figures={"symbol": instrument.symbol})
    if instrument.symbol in open_symbols:
        trade = open_symbols[instrument.symbol]
        detail = f"trade {trade} is open in {instrument.symbol}; close it first"
        raise Conflict("already_open", detail, figures={"trade": str(trade), "symbol": instrument.symbol})
    most = rules.limits.open_trades
    if len(open_symbols) >= most:
        detail = f"{len(open_symbols)} trades are open, at most {most} may be; close one first"
        raise Conflict("too_many_open", detail, figures={"most": str(most)})


@exact
def check_affordable(fill: Fill, rules: AccountRules, book: Book, equity: Decimal) -> None:
    """Check that the exchange would take the order and the account can bear it.

    Raises:
        InputRejected: the order is too large a part of the equity.
        Conflict: there is not enough cash.
    """
    cost = fill.price * fill.quantity
    largest = max(equity, Decimal(0)) * rules.limits.position
    if cost > largest:
        share = f"{plain(rules.limits.position * 100)}%"
        raise InputRejected(
            "position_too_large",
            f"expected at most {largest:.2f} USDT ({share} of the equity of {equity:.2f} USDT), got {cost:.2f}",
            figures={"largest": f"{largest:.2f}", "share": share, "cost": f"{cost:.2f}"},
        )
    if cost + fill.fee > book.cash:
        needed, free = f"{cost + fill.fee:.2f}", f"{book.cash:.2f}"
        detail = f"the order needs {needed} USDT with its fee, {free} are free"
        raise Conflict("not_enough_cash", detail, figures={"needed": needed, "free": free})


@exact
def check_size(quantity: Decimal, paid: Decimal, instrument: TradedPair) -> None:
    """Check that the exchange would take so small an order.

    Raises:
        InputRejected: it is less than a lot, or less than the least amount.
    """
    cost = paid * quantity
    if not quantity or cost < instrument.min_amount:
        least = plain(instrument.min_amount)
        raise InputRejected(
            "order_too_small",
            f"the order is {plain(cost)} USDT of {instrument.symbol} in whole lots, at least {least} is needed",
            figures={"cost": plain(cost), "least": least},
        )
