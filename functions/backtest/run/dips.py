"""One backtest of dip orders: the account of them all, the same a candle late, and random entries beside it."""

from collections import Counter
from datetime import datetime
from typing import Protocol

import numpy as np

from functions.backtest.compare import benchmarks, daily_prices
from functions.backtest.engine.dips import Entry, place_orders, random_beside, run_dips, survey_history, touched_orders
from functions.backtest.engine.market import TradedMarket
from functions.backtest.history import MarketHistory
from functions.backtest.result import DIPS, AccountResult, BacktestResult
from functions.backtest.run.reporting import Question, data_report, hashes_of, settings_of
from functions.market.candles.gaps import to_ms
from functions.paper.accounts import RANDOM
from functions.technical.dips.survey import DipSurvey

LATE, SEED = "dips_late", 20240101
GATE_CLOSED, BTC_WEAK = "gate_closed", "btc_weak"


class Told(Protocol):
    """What is called with a step's name, how far it is, and of how much."""

    def __call__(self, step: str, done: int, of: int, /) -> None:
        """Tell of a step."""


def backtest_dips(history: MarketHistory, question: Question, told: Told) -> BacktestResult:
    """Run a backtest of dip orders over a span."""
    span, rules = question.span, question.rules
    survey = survey_history(history, rules)
    market = TradedMarket.of(history, survey.closes, np.where(survey.gate, 1.0, 0.0))
    told("orders", 1, 2)
    orders = place_orders(survey, history.pairs, to_ms(span.since), to_ms(span.until), rules.dips)
    refusals: Counter[str] = Counter()
    touched = touched_orders(orders, market, rules.dips, refusals)
    told("orders", 2, 2)
    accounts: list[AccountResult] = [run_dips(DIPS, touched, market, span.days, rules)]
    accounts.append(run_dips(LATE, touched, market, span.days, rules, entry=Entry.LATE))
    for seed in range(rules.random_seeds):
        told("accounts", seed + 1, rules.random_seeds)
        drawn = random_beside(touched, survey, market, rules.dips, SEED + seed)
        name = RANDOM.name if not seed else f"{RANDOM.name}_{seed + 1}"
        accounts.append(run_dips(name, drawn, market, span.days, rules, entry=Entry.LATE))
    regime = regime_at(survey, span.days)
    shown = sorted({rules.dips.gate_symbol, *(trade.symbol for one in accounts[:2] for trade in one.trades)})
    inside = (survey.closes >= to_ms(span.since)) & (survey.closes < to_ms(span.until))
    weak = int((inside & survey.gate & ~survey.strong).sum())
    return BacktestResult(
        rules=question.trades,
        since=span.since,
        until=span.until,
        days=span.days,
        regime=regime,
        accounts=tuple(accounts),
        benchmarks=benchmarks(history, rules.dips.gate_symbol, span.days, regime, rules.costs),
        variants=(),
        rates=(),
        setups=len(orders),
        signals=len(touched),
        rejections={GATE_CLOSED: int((inside & ~survey.gate).sum()), BTC_WEAK: weak, **refusals},
        settings=settings_of(question),
        prices=daily_prices(history, shown, span.days),
        data=data_report(history, span, question.notes),
        hashes=hashes_of(history, (), [question], accounts),
    )


def regime_at(survey: DipSurvey, days: tuple[datetime, ...]) -> tuple[int | None, ...]:
    """Return what the gate allowed at each of `days`: 1 longs, 0 none."""
    places = np.searchsorted(survey.closes, [to_ms(day) for day in days], side="right") - 1
    return tuple(int(survey.gate[place]) if place >= 0 else None for place in places.tolist())
