"""The desk's window run again: the account of the desk alone, from any moment to any other."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np

from functions.backtest.engine.dips import DipOrder, place_orders, survey_history, touched_orders
from functions.backtest.engine.market import TradedMarket
from functions.backtest.engine.offers import offers_of
from functions.backtest.engine.portfolio import run_account
from functions.backtest.engine.setups import RestingOrders, survey
from functions.backtest.engine.signals import judge_resting, judge_setups
from functions.backtest.history import MarketHistory
from functions.backtest.parity.trades import ComparedTrade, again
from functions.backtest.rules import BacktestRules
from functions.factors.history import ReadingColumns
from functions.market.candles.gaps import to_ms
from functions.market.candles.timeframe import Timeframe
from functions.paper.accounts import DESK


def trades_again(
    history: MarketHistory,
    readings: Sequence[ReadingColumns],
    window: tuple[datetime, datetime],
    rules: BacktestRules,
) -> list[ComparedTrade]:
    """Return what the desk would have traded by `rules`.

    Args:
        history: of the market, up to the end of the window.
        readings: of the factors that no candle gives.
        window: the first close that counts, and the first that does not any more; fills up to that moment are booked.
        rules: of the desk; `start` is what it has at the beginning of the window.
    """
    since, until = window
    span = to_ms(since), to_ms(until)
    coins = np.array([pair.tradable for pair in history.pairs], dtype=np.bool_)
    dips = place_orders(survey_history(history, rules), history.pairs, *span, rules.dips)
    seen = survey(history, readings, coins, span, rules.score, resting=_as_resting(dips))
    judged = judge_setups(seen.setups, rules.score)
    market = TradedMarket.of(history, seen.closes, seen.regime)
    offers = offers_of(seen.setups, judged, judged.signals)
    passed = judge_resting(seen.resting, rules.score) == 0
    placed = set(zip(seen.resting.row[passed].tolist(), seen.resting.said_at[passed].tolist(), strict=True))
    desk = [order for order in dips if (order.row, order.day) in placed]
    touched = touched_orders(desk, market, rules.dips, Counter())
    account = run_account(DESK.name, offers, market, marks_of(since, until), rules, touched)
    return [again(trade) for trade in account.trades]


def _as_resting(orders: Sequence[DipOrder]) -> RestingOrders:
    """Return dip orders as the score is asked about them."""
    limits = np.array([float(order.levels.limit) for order in orders])
    stops = np.array([float(order.levels.stop) for order in orders])
    return RestingOrders(
        row=np.array([order.row for order in orders], dtype=np.int64),
        said_at=np.array([order.day for order in orders], dtype=np.int64),
        limit=limits,
        distance=(limits - stops) / limits,
    )


def marks_of(since: datetime, until: datetime) -> tuple[datetime, ...]:
    """Return the beginning, every midnight UTC after it, and the end."""
    day = Timeframe.D1.floor(since) + Timeframe.D1.span
    midnights = []
    while day < until:
        midnights.append(day)
        day += Timeframe.D1.span
    return (since, *midnights, until)


def window_since(opened: datetime, bound: datetime, trades: Sequence[ComparedTrade]) -> datetime:
    """Return where the window begins: with the account, or at the first close after `bound` at which it held nothing.

    Where it never held nothing it is `bound`; the trades that were open there make differences that follow from them.
    """
    quarter = Timeframe.M15
    if opened >= bound:
        return min([quarter.floor(opened), *(trade.key.said_at for trade in trades)])
    moment = bound
    for trade in sorted(trades, key=lambda trade: trade.entry.at):
        if trade.entry.at >= moment:
            break
        closed = trade.closed_at
        if closed is None:
            return bound
        moment = max(moment, closed)
    return quarter.floor(moment + quarter.span - timedelta(microseconds=1))


def earned_before(start: Decimal, trades: Sequence[ComparedTrade], moment: datetime) -> Decimal:
    """Return what an account that began with `start` had once what was booked up to a moment was over."""
    fills = [fill for trade in trades for fill in (trade.entry, *trade.exits) if fill.at <= moment]
    return start + sum((fill.profit - fill.fee for fill in fills), Decimal(0))
