"""Is an order allowed: what a trader may ask for, what the exchange accepts, what the account can bear."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from functions.errors import Conflict, InputRejected
from functions.listings.watch import DELISTED, GONE_FOR
from functions.paper.exact import exact, nearest_to, plain
from functions.paper.ledger import Book
from functions.paper.position import Fill, Levels, Side, Terms


@dataclass(frozen=True, slots=True)
class Rules:
    """The account's rules, from the settings.

    Args:
        start: USDT a new account begins with.
        fee_rate: fraction of the amount of each fill.
        slippage: fraction of the price of each fill.
        max_open: most trades open at once.
        max_position: largest cost of one trade as a fraction of the capital.
        allow_short: shorts may be opened.
        break_even: the stop goes to the entry's price after the first target.
    """

    start: Decimal
    fee_rate: Decimal
    slippage: Decimal
    max_open: int
    max_position: Decimal
    allow_short: bool
    break_even: bool


@dataclass(frozen=True, slots=True)
class Instrument:
    """What the exchange says of a pair: steps of price and quantity, least amount of an order in USDT, when it said so last."""

    symbol: str
    status: str
    tick: Decimal
    lot: Decimal
    min_amount: Decimal
    last_seen_at: datetime

    def is_gone(self, at: datetime) -> bool:
        """Tell whether the pair is delisted; an answer without it may be half an answer, so it must be away for some minutes."""
        return self.status == DELISTED and at - self.last_seen_at >= GONE_FOR

    def terms(self, rules: Rules) -> Terms:
        """Return what an order for this pair meets."""
        return Terms(self.tick, self.lot, rules.fee_rate, rules.slippage, rules.break_even)


@exact
def on_ticks(side: Side, levels: Levels, price: Decimal, tick: Decimal) -> Levels:
    """Return the levels on the price grid.

    Raises:
        InputRejected: the stop is not on the losing side of the price, or the targets do not step away from it.
    """
    stop = None if levels.stop is None else nearest_to(levels.stop, tick)
    targets = tuple(nearest_to(target, tick) for target in levels.targets)
    below, above = ("below", "above") if side is Side.LONG else ("above", "below")
    if stop is not None and (stop <= 0 or (price - stop) * side.sign <= 0):
        raise InputRejected("wrong_stop", f"expected a stop {below} {plain(price)} for a {side}, got {plain(stop)}")
    steps = (price, *targets)
    if not all((further - nearer) * side.sign > 0 and further > 0 for nearer, further in zip(steps, targets, strict=False)):
        shown = ", ".join(map(plain, targets))
        raise InputRejected("wrong_targets", f"expected targets {above} {plain(price)}, nearest first, for a {side}, got {shown}")
    return Levels(stop, targets)


def check_allowed(side: Side, instrument: Instrument, rules: Rules, open_symbols: dict[str, int]) -> None:
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
    if len(open_symbols) >= rules.max_open:
        detail = f"{len(open_symbols)} trades are open, at most {rules.max_open} may be; close one first"
        raise Conflict("too_many_open", detail, figures={"most": str(rules.max_open)})


@exact
def check_affordable(fill: Fill | None, notional: Decimal, instrument: Instrument, rules: Rules, book: Book) -> Fill:
    """Return the entry's fill if the exchange would take the order and the account can bear it.

    Raises:
        InputRejected: the order is too small for the exchange or too large a part of the capital.
        Conflict: there is not enough cash.
    """
    cost = fill.price * fill.quantity if fill else Decimal(0)
    if fill is None or cost < instrument.min_amount:
        least = plain(instrument.min_amount)
        raise InputRejected(
            "order_too_small",
            f"{plain(notional)} USDT buys {plain(cost)} USDT of {instrument.symbol} in whole lots, at least {least} is needed",
            figures={"cost": plain(cost), "least": least},
        )
    largest = book.capital * rules.max_position
    if cost > largest:
        share = f"{plain(rules.max_position * 100)}%"
        raise InputRejected(
            "position_too_large",
            f"expected at most {largest:.2f} USDT ({share} of the capital of {book.capital:.2f} USDT), got {cost:.2f}",
            figures={"largest": f"{largest:.2f}", "share": share, "cost": f"{cost:.2f}"},
        )
    if cost + fill.fee > book.cash:
        needed, free = f"{cost + fill.fee:.2f}", f"{book.cash:.2f}"
        detail = f"the order needs {needed} USDT with its fee, {free} are free"
        raise Conflict("not_enough_cash", detail, figures={"needed": needed, "free": free})
    return fill
