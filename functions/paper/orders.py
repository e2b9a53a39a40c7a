"""Orders: what is asked for, what of it the exchange takes, and how a refusal reads to the person who asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from functions.costs import Costs
from functions.errors import Conflict, InputRejected, QuorumError
from functions.listings.watch import Presence
from functions.market.candles.timeframe import Timeframe
from functions.paper.admission import AdmissionRules, Proposal, Refusal, RefusalCode
from functions.paper.settling.exact import exact, nearest_to, plain
from functions.paper.settling.position import ExitLevels, Side, Terms
from functions.paper.trade import Idea, TradeRules


@dataclass(frozen=True, slots=True)
class AccountRules:
    """An account's rules, from the settings.

    Args:
        start: USDT a new account begins with.
        costs: of each fill.
        admission: what it may open.
        allow_short: shorts may be opened.
        break_even: the stop goes to the entry's price after the first target.
        regime_exit: a trade ends when the gate no longer allows its side.
        hold: after so long what is left of a trade is sold; None keeps it until its levels end it.
        by_limit: its trades are opened by resting orders: they hold from the end of the 5m candle of the fill.
    """

    start: Decimal
    costs: Costs
    admission: AdmissionRules
    allow_short: bool
    break_even: bool
    regime_exit: bool = False
    hold: timedelta | None = None
    by_limit: bool = False

    def of_trade(self, at: datetime) -> TradeRules:
        """Return the rules of a trade that is opened now."""
        since = _candle_end(at) if self.by_limit else at
        return TradeRules(
            costs=self.costs,
            break_even=self.break_even,
            regime_exit=self.regime_exit,
            leaves_at=None if self.hold is None else since + self.hold,
            by_limit=self.by_limit,
        )


def _candle_end(at: datetime) -> datetime:
    """Return the end of the 5m candle that a moment lies in; a moment that ends one is that."""
    floor = Timeframe.M5.floor(at)
    return at if at == floor else floor + Timeframe.M5.span


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
        return Terms(tick=self.tick, lot=self.lot, costs=rules.costs, break_even=rules.break_even, by_limit=rules.by_limit)


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for.

    Args:
        symbol: of the pair.
        side: long or short.
        notional: USDT; None for the size that the risk of the stop gives.
        levels: stop and targets.
        source: what the trade is called.
        entry: the price it was meant at; None for the one it fills at.
        chat_id: who asked.
        idea: that it follows.
    """

    symbol: str
    side: Side
    notional: Decimal | None
    levels: ExitLevels
    source: str
    entry: Decimal | None = None
    chat_id: int | None = None
    idea: Idea | None = None


@exact
def levels_on_ticks(side: Side, levels: ExitLevels, tick: Decimal) -> ExitLevels:
    """Return the levels on the price grid; where the market is to them is the admission's question.

    Raises:
        InputRejected: the stop is not above 0, or the targets do not step away from each other.
    """
    stop = None if levels.stop is None else nearest_to(levels.stop, tick)
    targets = tuple(nearest_to(target, tick) for target in levels.targets)
    if stop is not None and stop <= 0:
        raise InputRejected("wrong_stop", f"expected a stop above 0 for a {side}, got {plain(stop)}")
    steps = pairwise(targets)
    if not all(target > 0 for target in targets) or not all((further - nearer) * side.sign > 0 for nearer, further in steps):
        shown = ", ".join(map(plain, targets))
        raise InputRejected("wrong_targets", f"expected up to three targets above 0, nearest first, for a {side}, got {shown}")
    return ExitLevels(stop, targets)


def check_traded(side: Side, instrument: TradedPair, *, allow_short: bool) -> None:
    """Check that the pair is traded, and in this direction.

    Raises:
        InputRejected: shorts are off, or the pair is not traded.
    """
    if side is Side.SHORT and not allow_short:
        raise InputRejected(
            "shorts_off", "expected long: on spot a short means stay out; PAPER_ALLOW_SHORT=true allows paper shorts"
        )
    if instrument.status != "Trading":
        detail = f"{instrument.symbol} is {instrument.status} on the exchange, expected Trading"
        raise InputRejected("not_trading", detail, figures={"symbol": instrument.symbol})


def refused(refusal: Refusal, proposal: Proposal, open_symbols: Mapping[str, int]) -> QuorumError:
    """Return a refusal as the person who asked reads it; `open_symbols` gives the trade that is open in each symbol."""
    figures, symbol, side = refusal.figures, proposal.symbol, proposal.side
    below, above = ("below", "above") if side is Side.LONG else ("above", "below")
    match refusal.code:
        case RefusalCode.PAIR_IS_OPEN:
            trade = str(open_symbols[symbol])
            detail = f"trade {trade} is open in {symbol}; close it first"
            return Conflict("already_open", detail, figures={"trade": trade, "symbol": symbol})
        case RefusalCode.TOO_MANY_OPEN:
            detail = f"{figures['open']} trades are open, at most {figures['most']} may be; close one first"
            return Conflict("too_many_open", detail, figures={"most": figures["most"]})
        case RefusalCode.STOP_PASSED:
            detail = f"expected a stop {below} {figures['paid']} for a {side}, got {figures['stop']}"
            return InputRejected("wrong_stop", detail)
        case RefusalCode.TARGET_PASSED:
            detail = f"the order would fill at {figures['paid']}; expected its first target {above} that for a {side}"
            return InputRejected(
                "target_passed",
                f"{detail}, got {figures['target']}",
                figures={"paid": figures["paid"], "target": figures["target"]},
            )
        case RefusalCode.POSITION_TOO_LARGE:
            share, largest, cost = figures["share"], figures["largest"], figures["cost"]
            return InputRejected(
                "position_too_large",
                f"expected at most {largest} USDT ({share} of the equity of {figures['equity']} USDT), got {cost}",
                figures={"largest": largest, "share": share, "cost": cost},
            )
        case RefusalCode.NOT_ENOUGH_CASH:
            needed, free = figures["needed"], figures["free"]
            detail = f"the order needs {needed} USDT with its fee, {free} are free"
            return Conflict("not_enough_cash", detail, figures={"needed": needed, "free": free})
        case RefusalCode.TOO_SMALL:
            cost, least = figures["cost"], figures["least"]
            return InputRejected(
                "order_too_small",
                f"the order is {cost} USDT of {symbol} in whole lots, at least {least} is needed",
                figures={"cost": cost, "least": least},
            )
        case _:
            limit = ", ".join(f"{name} {value}" for name, value in figures.items())
            return Conflict("limit_reached", f"{refusal.code}: {limit}", figures={"limit": limit})
