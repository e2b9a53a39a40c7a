"""Dip orders over a span: what is placed each day, what the market comes down to, and what an account makes of the fills.

The orders are the live desk's (`functions.technical.dips`), a fill is decided on by its admission and settled by its settlement.
An account that holds a coin when the day's orders are placed places none in it. At one moment the exits up to the open of the
fill's candle are booked before the fill is decided on: which came first within a candle, nobody knows.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import numpy as np

from functions.arrays import FloatGrid, IntArray
from functions.backtest.engine.account import Account, OpenTrade, Said, entered
from functions.backtest.engine.market import TradedMarket, exact_price
from functions.backtest.history import MarketHistory, PairRules
from functions.backtest.result import AccountResult
from functions.backtest.rules import BacktestRules
from functions.market.candles.timeframe import Timeframe
from functions.paper.admission import Proposal, decide
from functions.paper.settling.booking import Ending, end
from functions.paper.settling.exact import exact
from functions.paper.settling.position import Exit, ExitLevels, Fill, FillReason, Position, Side, Terms, enter, market_price
from functions.paper.settling.resting import first_fall
from functions.paper.settling.touch import Found, Trades, first_touches, milliseconds, moment_of
from functions.technical.dips.levels import DipLevels, dip_levels
from functions.technical.dips.rules import DipRules
from functions.technical.dips.survey import DipSurvey, survey_dips

DAY = Timeframe.D1.milliseconds
HELD_WHEN_PLACED, STEPPED = "held_when_placed", "price_step"


class Entry(StrEnum):
    """How a fill is entered: at the resting limit, or at the market at the next candle's open."""

    LIMIT = "limit"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class DipOrder:
    """One order: of a row of the market, from a daily close (ms UTC) on."""

    row: int
    day: int
    levels: DipLevels
    close: float


@dataclass(frozen=True, slots=True)
class Touched:
    """An order that the market came down to, in the candle that opened at `at` (ms UTC)."""

    order: DipOrder
    at: int


def survey_history(history: MarketHistory, rules: BacktestRules) -> DipSurvey:
    """Survey the daily candles of a history for dip orders."""
    turnover = turnover_of(history) if history.turnover is None else history.turnover
    return survey_dips(history.days, history.coins, turnover, rules.dips, history.gate_days)


def turnover_of(history: MarketHistory) -> FloatGrid:
    """Return what was traded each day in USDT as the candles say it: coins at the middle of high, low and close, `[S, T]`."""
    days = history.days
    turnover: FloatGrid = days.volume * (days.high + days.low + days.close) / 3
    return np.where(history.coins[:, None], turnover, np.nan)


def place_orders(survey: DipSurvey, pairs: Sequence[PairRules], since: int, until: int, rules: DipRules) -> list[DipOrder]:
    """Return the orders of every strong day from one moment up to another, in order of time, then of rows."""
    orders = []
    for column in np.flatnonzero(survey.strong & (survey.closes >= since) & (survey.closes < until)):
        for row in np.flatnonzero(survey.wanted[:, column]).tolist():
            close, atr = float(survey.close[row, column]), float(survey.range[row, column])
            levels = dip_levels(close, atr, pairs[row].tick, rules)
            if levels is not None:
                orders.append(DipOrder(row, int(survey.closes[column]), levels, close))
    return orders


def touched_orders(orders: Sequence[DipOrder], market: TradedMarket, rules: DipRules, refusals: Counter[str]) -> list[Touched]:
    """Return the orders that the market came down to within their life, in order of the candle that did, then of rows."""
    opens, _, lows, closes = market.paths.prices
    first, span = market.paths.first_open, market.paths.span
    touched = []
    for order in orders:
        begin = (order.day - first) // span
        part = (order.row, slice(begin, begin + rules.life // Timeframe.D1.span * (DAY // span)))
        fall = first_fall(opens[part], lows[part], closes[part], float(order.levels.touched_at), order.close)
        if fall is None:
            continue
        if fall.stepped:
            refusals[STEPPED] += 1
            continue
        touched.append(Touched(order, first + (begin + fall.place) * span))
    return sorted(touched, key=lambda one: (one.at, one.order.row))


def run_dips(
    name: str,
    touched: Sequence[Touched],
    market: TradedMarket,
    days: Sequence[datetime],
    rules: BacktestRules,
    *,
    entry: Entry = Entry.LIMIT,
) -> AccountResult:
    """Put touched orders to an account, and mark it at each of `days`.

    Args:
        name: of the account.
        touched: in order of time.
        market: that they are filled on.
        days: the beginning of the span, every midnight in it, and its end.
        rules: of the account and, with `rules.dips`, of the orders.
        entry: at the limit, or at the market a candle later.
    """
    refusals: Counter[str] = Counter()
    account = Account(market, cash=rules.start, settled=rules.start, day_start=rules.start)
    equity: list[Decimal] = []
    exposure: list[float] = []
    place = 0
    for day in days:
        while place < len(touched) and touched[place].at < milliseconds(day):
            refusal = put_touched(account, touched[place], rules, entry)
            refusals.update([refusal] if refusal else [])
            place += 1
        account.advance(day)
        worth = account.equity(day).equity
        account.day_start = worth
        equity.append(worth)
        cost = sum((trade.cost for trade in account.held()), Decimal(0))
        exposure.append(float(cost / worth) if worth > 0 else 0.0)
    return AccountResult(
        name=name,
        start=rules.start,
        equity=tuple(equity),
        exposure=tuple(exposure),
        trades=tuple(opened.as_it_ended() for opened in account.trades),
        offered=len(touched),
        refusals={code: count for code, count in refusals.most_common() if count},
    )


def put_touched(account: Account, touched: Touched, rules: BacktestRules, entry: Entry = Entry.LIMIT) -> str | None:
    """Put one fill to the account: it is opened, or the first limit that stands against it is returned."""
    market, order = account.market, touched.order
    account.advance(moment_of(touched.at))
    if entry is Entry.LIMIT and _held_when_placed(account, order):
        return HELD_WHEN_PLACED
    pair, filled_at = market.pairs[order.row], touched.at + market.paths.span
    limited = entry is Entry.LIMIT
    terms = Terms(pair.tick, pair.lot, rules.costs, break_even=rules.break_even, by_limit=True)
    paid, levels = order.levels.limit, ExitLevels(order.levels.stop, order.levels.targets)
    if not limited:
        column = (filled_at - market.paths.first_open) // market.paths.span
        price = market.paths.prices[0][order.row, column] if column < market.paths.prices[0].shape[1] else np.nan
        if np.isnan(price):
            return "no_price"
        paid = market_price(exact_price(price), terms, buys=True)
        levels = _moved(levels, exact_price(price) - order.levels.limit)
    proposal = Proposal(
        symbol=market.symbols[order.row],
        side=Side.LONG,
        entry=paid,
        levels=levels,
        paid=paid,
        lot=pair.lot,
        min_amount=pair.min_amount,
    )
    decision = decide(proposal, account.state(moment_of(filled_at)), rules.limits, rules.costs.fee, moment_of(filled_at))
    if decision.refusals:
        return decision.refusals[0].code.value
    position, fill = enter(Side.LONG, decision.quantity, paid, moment_of(filled_at), levels, terms)
    account.enter(_opened(account, touched, position, fill, terms, rules.dips, limited=limited), fill)
    return None


def _held_when_placed(account: Account, order: DipOrder) -> bool:
    placed = moment_of(order.day)
    return any(opened.row == order.row and opened.is_held_at(placed) for opened in account.trades)


@exact
def _moved(levels: ExitLevels, by: Decimal) -> ExitLevels:
    return ExitLevels(None if levels.stop is None else levels.stop + by, tuple(target + by for target in levels.targets))


def _opened(
    account: Account, touched: Touched, position: Position, fill: Fill, terms: Terms, rules: DipRules, *, limited: bool
) -> OpenTrade:
    """Return a trade with all that will end it."""
    market, row = account.market, touched.order.row
    leaves = dip_exit(market, fill.at, rules)
    since = moment_of(touched.at) if limited else fill.at
    trades = Trades.of(
        [position], [row], [since], leaves=[leaves], break_even=terms.break_even, filled=[fill.at] if limited else None
    )
    touches = first_touches(market.paths, trades)
    settlement = touches.settlement(0, position, terms, leaves)
    fills, found, last = list(settlement.fills), Found(int(touches.found[0])), exact_price(touches.last[0])
    held_at = moment_of(int(touches.until[0])) if found is Found.JUMPED else None
    if not found.is_over and held_at is None and market.ends[row] < market.end:
        gone = Ending(FillReason.DELISTED, moment_of(int(market.ends[row])), last)
        fills.append(end(settlement.position, gone, terms).fill)
    said = Said(Timeframe.D1, moment_of(touched.order.day), regime=1)
    trade = entered(len(account.trades) + 1, market.symbols[row], position, fill, said, int(touches.unseen[0]))
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


def dip_exit(market: TradedMarket, filled_at: datetime, rules: DipRules) -> Exit:
    """Return the exit that needs no price: time is up, or the gate closes at a daily close before that."""
    time = Exit(filled_at + rules.hold, FillReason.TIME)
    turns = market.turns_against(1, milliseconds(filled_at))
    return Exit(moment_of(turns), FillReason.REGIME) if turns < milliseconds(time.at) else time


def random_beside(
    touched: Sequence[Touched], survey: DipSurvey, market: TradedMarket, rules: DipRules, seed: int
) -> list[Touched]:
    """Return beside each touched order another coin that had an order that day, entered at the same moment."""
    drawn = []
    columns: IntArray = np.searchsorted(survey.closes, [one.order.day for one in touched])
    for number, (one, column) in enumerate(zip(touched, columns, strict=True)):
        rows = np.setdiff1d(np.flatnonzero(survey.wanted[:, column]), [one.order.row])
        draw = np.random.default_rng([seed, number])
        for row in draw.permutation(rows).tolist():
            price = market.close_at(row, one.at + market.paths.span)
            atr = float(survey.range[row, column])
            levels = None if price is None else dip_levels(float(price) + rules.depth * atr, atr, market.pairs[row].tick, rules)
            if levels is not None:
                drawn.append(Touched(DipOrder(row, one.order.day, levels, float(survey.close[row, column])), one.at))
                break
    return drawn
