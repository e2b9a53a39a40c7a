"""One account over a span: which orders it takes, what they earn, and what it is worth each day.

Shared capital, concurrent positions, every limit of the live account: it asks `functions.paper.admission.decide` for each order,
books by `functions.paper.ledger` and settles by the one search for the first touch. Orders come in order of time; what an open
trade fills up to a moment is booked before an order of that moment is decided on.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import numpy as np

from functions.arrays import FloatArray, IntArray, Milliseconds
from functions.backtest.engine.account import Account, OpenTrade, Said, entered
from functions.backtest.engine.dips import Touched, put_touched
from functions.backtest.engine.market import TradedMarket, exact_price
from functions.backtest.engine.offers import Offers
from functions.backtest.result import AccountResult
from functions.backtest.rules import BacktestRules
from functions.factors.reading import Factor
from functions.market.candles.timeframe import Timeframe
from functions.paper.admission import Proposal, RefusalCode, decide, refusals_by_slots
from functions.paper.dips import dip_admission_beside
from functions.paper.settling.booking import Ending, end
from functions.paper.settling.position import Exit, ExitLevels, Fill, FillReason, Position, Side, Terms, enter, market_price
from functions.paper.settling.touch import NEVER, Found, Trades, first_touches, milliseconds, moment_of
from functions.technical.setups.signal import Plan, plan

SHORTS_OFF, NO_PLAN, NO_PRICE = "shorts_off", "no_plan", "no_price"  # refusals beside those of admission
FULL = frozenset({RefusalCode.TOO_MANY_OPEN.value, RefusalCode.TOO_MANY_IN_ONE_DIRECTION.value})


@dataclass(frozen=True, slots=True)
class TimedOrders:
    """Orders that can be filled, arrays `[N]` in order of the time of that.

    `number` is their place among the offers, `at` (ms UTC) when the first price is seen that each can be filled at, `price` that.
    """

    number: IntArray
    at: Milliseconds
    price: FloatArray


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of a span with rules of its own: the orders that come in it.

    `days` are its beginning, every midnight in it, and its end, which is the beginning of the next stage.
    """

    offers: Offers
    days: Sequence[datetime]
    rules: BacktestRules
    touched: Sequence[Touched] = ()


def run_account(
    name: str,
    offers: Offers,
    market: TradedMarket,
    days: Sequence[datetime],
    rules: BacktestRules,
    touched: Sequence[Touched] = (),
) -> AccountResult:
    """Put orders to an account, and mark it at each of `days`.

    Args:
        name: of the account.
        offers: orders in order of time.
        market: that they are filled on.
        days: the beginning of the span, every midnight in it, and its end; what is filled later is not booked.
        rules: of the account.
        touched: dip orders of the account that the market came down to, in order of time.
    """
    return run_in_stages(name, market, [Stage(offers, days, rules, touched)])


def run_in_stages(name: str, market: TradedMarket, stages: Sequence[Stage]) -> AccountResult:
    """Put orders to an account whose rules change with time; a trade that is open at a change keeps those it was opened by."""
    start = stages[0].rules.start
    course = _Course(Account(market, cash=start, settled=start, day_start=start), Counter(), [], [])
    for number, stage in enumerate(stages):
        _pass(course, stage, stage.days[1:] if number else stage.days)
    return AccountResult(
        name=name,
        start=start,
        equity=tuple(course.equity),
        exposure=tuple(course.exposure),
        trades=tuple(opened.as_it_ended() for opened in course.account.trades),
        offered=sum(len(stage.offers) for stage in stages),
        refusals={code: count for code, count in course.refusals.most_common() if count},
    )


@dataclass(frozen=True, slots=True)
class _Course:
    """An account on its way: what it was refused, and what it was worth and exposed to at each day so far."""

    account: Account
    refusals: Counter[str]
    equity: list[Decimal]
    exposure: list[float]


def _pass(course: _Course, stage: Stage, days: Sequence[datetime]) -> None:
    """Bring an account through a stage, and mark it at each of `days`."""
    account, refusals, offers, rules = course.account, course.refusals, stage.offers, stage.rules
    orders = _timed(offers, account.market, rules, refusals)
    ends = np.searchsorted(orders.at, [milliseconds(day) for day in days])
    place, met = 0, 0
    for day, last in zip(days, ends.tolist(), strict=True):
        while met < len(stage.touched) and stage.touched[met].at < milliseconds(day):
            # What opens with the candle comes before what the market comes down to within it.
            before = int(np.searchsorted(orders.at, stage.touched[met].at, side="right"))
            place = _put_orders(account, stage, orders, slice(place, max(before, place)), refusals)
            refusal = put_touched(account, stage.touched[met], _of_dips(rules))
            refusals.update([refusal] if refusal else [])
            met += 1
        place = _put_orders(account, stage, orders, slice(place, max(last, place)), refusals)
        account.advance(day)
        worth = account.equity(day).equity
        account.day_start = worth if day == Timeframe.D1.floor(day) else account.day_start
        course.equity.append(worth)
        cost = sum((trade.cost for trade in account.held()), Decimal(0))
        course.exposure.append(float(cost / worth) if worth > 0 else 0.0)
    refusals[NO_PRICE] += len(orders.at) - place  # those that come when the stage is over


def _put_orders(account: Account, stage: Stage, orders: TimedOrders, coming: slice, refusals: Counter[str]) -> int:
    """Put some orders to an account, one after the other; return the place after them."""
    place: int = coming.start
    while place < coming.stop:
        refusal = _put(account, stage.offers, orders, place, stage.rules)
        place += 1
        if refusal:
            refusals[refusal] += 1
            place += _refuse_alike(account, stage.offers, orders, slice(place, coming.stop), refusal, refusals)
    return place


def _of_dips(rules: BacktestRules) -> BacktestRules:
    """Return the rules of a dip order in an account of other things, as live."""
    return replace(rules, admission=dip_admission_beside(rules.limits), break_even=True)


def _timed(offers: Offers, market: TradedMarket, rules: BacktestRules, refusals: Counter[str]) -> TimedOrders:
    """Return the orders that can be filled at all; the others are counted as refused."""
    allowed = np.flatnonzero((offers.sign > 0) | rules.allow_short)
    said_at = offers.said_at[allowed] + rules.delay * market.paths.span
    spans = np.where(offers.hourly[allowed], Timeframe.H1.milliseconds, Timeframe.M15.milliseconds)
    seen, prices = market.openings(offers.row[allowed], said_at, said_at + rules.score.setups.life_candles * spans)
    there = seen > 0
    refusals.update({SHORTS_OFF: len(offers) - len(allowed), NO_PRICE: int((~there).sum())})
    order = np.argsort(seen[there], kind="stable")
    return TimedOrders(allowed[there][order], seen[there][order], prices[there][order])


def _refuse_alike(
    account: Account, offers: Offers, orders: TimedOrders, coming: slice, refusal: str, refusals: Counter[str]
) -> int:
    """Count the orders that the same full slots refuse: all on one side before the next fill of an open trade.

    They are asked nothing else: what is open does not change before that. Returns how many they are.
    """
    if refusal not in FULL:
        return 0
    next_fill = min((one.coming[0].at for one in account.open if one.coming), default=None)
    stop = coming.stop if next_fill is None else int(np.searchsorted(orders.at, milliseconds(next_fill)))
    alike = orders.number[coming.start : min(stop, coming.stop)]
    signs = offers.sign[alike]
    if not len(alike) or (signs != signs[0]).any() or signs[0] != offers.sign[orders.number[coming.start - 1]]:
        return 0
    held = np.isin(offers.row[alike], [one.row for one in account.open])
    refusals[RefusalCode.PAIR_IS_OPEN.value] += int(held.sum())
    refusals[refusal] += int((~held).sum())
    return len(alike)


def _put(account: Account, offers: Offers, orders: TimedOrders, place: int, rules: BacktestRules) -> str | None:
    """Put one order to the account: it is opened, or the first limit that stands against it is returned."""
    market, number, at = account.market, int(orders.number[place]), moment_of(int(orders.at[place]))
    row, side = int(offers.row[number]), Side.LONG if offers.sign[number] > 0 else Side.SHORT
    account.advance(at)
    blocked = next(refusals_by_slots(market.symbols[row], side, account.held(), rules.limits.limits), None)
    if blocked:
        return blocked.code.value
    pair = market.pairs[row]
    laid = plan(side.sign, float(offers.close[number]), float(offers.distance[number]), pair.tick, rules.score.setups)
    if not isinstance(laid, Plan):
        return NO_PLAN
    terms = Terms(tick=pair.tick, lot=pair.lot, costs=rules.costs, break_even=rules.break_even)
    proposal = Proposal(
        symbol=market.symbols[row],
        side=side,
        entry=laid.entry,
        levels=ExitLevels(laid.stop, laid.targets),
        paid=market_price(exact_price(orders.price[place]), terms, buys=side is Side.LONG),
        lot=pair.lot,
        min_amount=pair.min_amount,
    )
    decision = decide(proposal, account.state(at), rules.limits, rules.costs.fee, at)
    if decision.refusals:
        return decision.refusals[0].code.value
    position, entry = enter(side, decision.quantity, proposal.paid, at, proposal.levels, terms)
    account.enter(_opened(account, offers, number, position, entry, terms, rules), entry)
    return None


def _opened(
    account: Account, offers: Offers, number: int, position: Position, entry: Fill, terms: Terms, rules: BacktestRules
) -> OpenTrade:
    """Return a trade with all that will end it."""
    market, row = account.market, int(offers.row[number])
    leaves = _exit(market, position.side.sign, entry.at, rules)
    touches = first_touches(market.paths, Trades.of([position], [row], [entry.at], leaves=[leaves], break_even=terms.break_even))
    settlement = touches.settlement(0, position, terms, leaves)
    fills, found, last = list(settlement.fills), Found(int(touches.found[0])), exact_price(touches.last[0])
    held_at = moment_of(int(touches.until[0])) if found is Found.JUMPED else None
    if not found.is_over and held_at is None and market.ends[row] < market.end:
        # Nothing is known of the pair any more: what is left ends at its last price.
        gone = Ending(FillReason.DELISTED, moment_of(int(market.ends[row])), last)
        fills.append(end(settlement.position, gone, terms).fill)
    following, symbol = _said(offers, number), market.symbols[row]
    trade = entered(len(account.trades) + 1, symbol, position, entry, following, int(touches.unseen[0]))
    return OpenTrade(
        trade=trade,
        row=row,
        position=position,
        coming=fills,
        booked=[],
        left=position.quantity,
        held_at=held_at,
        last_price=last if held_at else None,
    )


def _exit(market: TradedMarket, sign: int, opened: datetime, rules: BacktestRules) -> Exit | None:
    """Return the first exit that needs no price, if the rules have one."""
    exits = [] if rules.hold is None else [Exit(opened + rules.hold, FillReason.TIME)]
    turns = market.turns_against(sign, milliseconds(opened)) if rules.regime_exit else NEVER
    if turns != NEVER:
        # As live: what the close says is known after it, so the candle that opens there is not the exit's yet.
        exits.append(Exit(moment_of(turns + market.paths.span), FillReason.REGIME))
    return min(exits, key=lambda leaves: leaves.at, default=None)


def _said(offers: Offers, number: int) -> Said:
    score, regime = float(offers.score[number]), float(offers.regime[number])
    return Said(
        timeframe=Timeframe.H1 if offers.hourly[number] else Timeframe.M15,
        at=moment_of(int(offers.said_at[number])),
        regime=int(regime) if np.isfinite(regime) else None,
        score=score if np.isfinite(score) else None,
        confidence=float(offers.confidence[number]),
        points=_points(offers.points, number),
    )


def _points(points: Mapping[Factor, np.ndarray[tuple[int, ...], np.dtype[np.float64]]], number: int) -> Mapping[Factor, float]:
    return {factor: float(grid[number]) for factor, grid in points.items() if np.isfinite(grid[number])}
