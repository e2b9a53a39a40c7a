"""One account over a span: which orders it takes, what they earn, and what it is worth each day.

Shared capital, concurrent positions, every limit of the live account: it asks `functions.paper.admission.decide` for each order,
books by `functions.paper.ledger` and settles by the one search for the first touch. Orders come in order of time; what an open
trade fills up to a moment is booked before an order of that moment is decided on.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import numpy as np

from functions.backtest.engine.account import Account, OpenTrade
from functions.backtest.engine.market import TradedMarket, exact_price
from functions.backtest.engine.offers import Offers
from functions.backtest.result import AccountResult, BacktestTrade
from functions.backtest.rules import BacktestRules
from functions.factors.reading import Factor
from functions.market.candles.grid import Timeframe
from functions.paper.admission import Proposal, decide, refusals_by_slots
from functions.paper.settling.booking import Ending, end
from functions.paper.settling.exact import exact
from functions.paper.settling.position import Exit, ExitLevels, Fill, FillReason, Position, Side, Terms, enter, market_price
from functions.paper.settling.touch import NEVER, Found, Trades, first_touches, milliseconds, moment_of
from functions.technical.setups.signal import Plan, plan

SHORTS_OFF, NO_PLAN, NO_PRICE = "shorts_off", "no_plan", "no_price"  # refusals beside those of admission


@dataclass(frozen=True, slots=True)
class TimedOrder:
    """One of the offers, with the first price it can be filled at and when that is seen."""

    number: int
    at: datetime
    price: float


def run_account(name: str, offers: Offers, market: TradedMarket, days: Sequence[datetime], rules: BacktestRules) -> AccountResult:
    """Put orders to an account, and mark it at each of `days`.

    Args:
        name: of the account.
        offers: orders in order of time.
        market: that they are filled on.
        days: the beginning of the span, every midnight in it, and its end; what is filled later is not booked.
        rules: of the account.
    """
    refusals: Counter[str] = Counter()
    orders = _timed(offers, market, rules, refusals)
    account = Account(market, cash=rules.start, settled=rules.start, day_start=rules.start)
    equity: list[Decimal] = []
    exposure: list[float] = []
    order = next(orders, None)
    for day in days:
        while order is not None and order.at < day:
            refusal = _put(account, offers, order, rules)
            refusals.update([refusal] if refusal else [])
            order = next(orders, None)
        account.advance(day)
        worth = account.equity(day).equity
        account.day_start = worth if day == Timeframe.D1.floor(day) else account.day_start
        equity.append(worth)
        cost = sum((trade.cost for trade in account.held()), Decimal(0))
        exposure.append(float(cost / worth) if worth > 0 else 0.0)
    return AccountResult(
        name=name,
        start=rules.start,
        equity=tuple(equity),
        exposure=tuple(exposure),
        trades=tuple(_as_it_ended(opened) for opened in account.trades),
        offered=len(offers),
        refusals={code: count for code, count in refusals.most_common() if count},
    )


def _timed(offers: Offers, market: TradedMarket, rules: BacktestRules, refusals: Counter[str]) -> Iterator[TimedOrder]:
    """Yield the orders that can be filled at all, in order of the time of that; the others are counted as refused."""
    allowed = np.flatnonzero((offers.sign > 0) | rules.allow_short)
    said_at = offers.said_at[allowed] + rules.delay * market.paths.span
    spans = np.where(offers.hourly[allowed], Timeframe.H1.milliseconds, Timeframe.M15.milliseconds)
    seen, prices = market.openings(offers.row[allowed], said_at, said_at + rules.score.setups.life_candles * spans)
    there = seen > 0
    refusals.update({SHORTS_OFF: len(offers) - len(allowed), NO_PRICE: int((~there).sum())})
    numbers, seen, prices = allowed[there], seen[there], prices[there]
    for place in np.argsort(seen, kind="stable").tolist():
        yield TimedOrder(int(numbers[place]), moment_of(int(seen[place])), float(prices[place]))


def _put(account: Account, offers: Offers, order: TimedOrder, rules: BacktestRules) -> str | None:
    """Put one order to the account: it is opened, or the first limit that stands against it is returned."""
    market, number = account.market, order.number
    row, side = int(offers.row[number]), Side.LONG if offers.sign[number] > 0 else Side.SHORT
    account.advance(order.at)
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
        paid=market_price(exact_price(order.price), terms, buys=side is Side.LONG),
        lot=pair.lot,
        min_amount=pair.min_amount,
    )
    decision = decide(proposal, account.state(order.at), rules.limits, rules.costs.fee, order.at)
    if decision.refusals:
        return decision.refusals[0].code.value
    position, entry = enter(side, decision.quantity, proposal.paid, order.at, proposal.levels, terms)
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
    trade = _entered(account, offers, number, position, entry, int(touches.unseen[0]))
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
        exits.append(Exit(moment_of(turns), FillReason.REGIME))
    return min(exits, key=lambda leaves: leaves.at, default=None)


@exact
def _entered(account: Account, offers: Offers, number: int, position: Position, entry: Fill, unseen: int) -> BacktestTrade:
    score, regime, stop = float(offers.score[number]), float(offers.regime[number]), position.stop or Decimal(0)
    return BacktestTrade(
        number=len(account.trades) + 1,
        symbol=account.market.symbols[int(offers.row[number])],
        side=position.side,
        timeframe=Timeframe.H1 if offers.hourly[number] else Timeframe.M15,
        said_at=moment_of(int(offers.said_at[number])),
        opened_at=entry.at,
        closed_at=None,
        entry=position.entry,
        stop=stop,
        targets=position.targets,
        quantity=position.quantity,
        fills=(entry,),
        profit=-entry.fee,
        fees=entry.fee,
        risk=abs(position.entry - stop) * position.quantity,
        reason=None,
        regime=int(regime) if np.isfinite(regime) else None,
        score=score if np.isfinite(score) else None,
        confidence=float(offers.confidence[number]),
        points=_points(offers.points, number),
        unseen=unseen,
    )


def _points(points: Mapping[Factor, np.ndarray[tuple[int, ...], np.dtype[np.float64]]], number: int) -> Mapping[Factor, float]:
    return {factor: float(grid[number]) for factor, grid in points.items() if np.isfinite(grid[number])}


@exact
def _as_it_ended(opened: OpenTrade) -> BacktestTrade:
    """Return a trade with what was booked of it by the end of the span."""
    last = opened.booked[-1]
    return replace(
        opened.trade,
        closed_at=None if opened.left else last.at,
        fills=tuple(opened.booked),
        profit=sum((fill.profit - fill.fee for fill in opened.booked), Decimal(0)),
        fees=sum((fill.fee for fill in opened.booked), Decimal(0)),
        reason=None if opened.left else last.reason,
    )
