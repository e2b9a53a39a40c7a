"""One backtest of the weekly allocation: its equity of each day, beside Bitcoin and the gated basket."""

from datetime import datetime
from decimal import Decimal

import numpy as np

from functions.arrays import FloatArray
from functions.backtest.compare import benchmarks, closes_at, daily_prices
from functions.backtest.engine.dips import survey_history, turnover_of
from functions.backtest.history import MarketHistory
from functions.backtest.result import CORE, AccountResult, BacktestResult
from functions.backtest.run.dips import GATE_CLOSED, regime_at
from functions.backtest.run.reporting import Question, data_report, hashes_of, settings_of
from functions.market.candles.gaps import from_ms, to_ms
from functions.technical.core.weights import CoreDays, CoreRules, core_of_days
from functions.technical.dips.survey import DipSurvey


def backtest_core(history: MarketHistory, question: Question) -> BacktestResult:
    """Run a backtest of the weekly allocation over a span."""
    span, rules = question.span, question.rules
    core = CoreRules(gate_symbol=rules.dips.gate_symbol)
    survey = survey_history(history, rules)
    equity, exposure = _equity(history, survey, span.days, core, float(rules.costs.per_side))
    regime = regime_at(survey, span.days)
    account = AccountResult(
        name=CORE,
        start=rules.start,
        equity=tuple(Decimal(repr(round(float(rules.start) * float(one), 6))) for one in equity),
        exposure=tuple(float(one) for one in exposure),
        trades=(),
        offered=0,
        refusals={},
    )
    inside = (survey.closes >= to_ms(span.since)) & (survey.closes < to_ms(span.until))
    return BacktestResult(
        rules=question.trades,
        since=span.since,
        until=span.until,
        days=span.days,
        regime=regime,
        accounts=(account,),
        benchmarks=benchmarks(history, core.gate_symbol, span.days, regime, rules.costs),
        variants=(),
        rates=(),
        setups=0,
        signals=0,
        rejections={GATE_CLOSED: int((inside & ~survey.gate).sum())},
        settings=settings_of(question),
        prices=daily_prices(history, [core.gate_symbol], span.days),
        data=data_report(history, span, question.notes),
        hashes=hashes_of(history, (), [question], [account]),
    )


def core_days(history: MarketHistory, survey: DipSurvey, core: CoreRules) -> CoreDays:
    """Return what each daily close of a history says of CORE."""
    close = closes_at(history, [from_ms(int(at)) for at in survey.closes])
    turnover = turnover_of(history) if history.turnover is None else history.turnover
    return core_of_days(close, turnover, history.coins, survey.gate, history.symbols.index(core.gate_symbol), core)


def _equity(
    history: MarketHistory, survey: DipSurvey, days: tuple[datetime, ...], core: CoreRules, per_side: float
) -> tuple[FloatArray, FloatArray]:
    """Return the worth of the account at each of `days`, 1 at the first, and the share of it that was invested."""
    of_days = core_days(history, survey, core)
    shares, btc, basket = of_days.shares, of_days.btc, of_days.basket
    worth, held, last = 1.0, np.zeros(2), None
    equity: list[float] = []
    exposure: list[float] = []
    for day in days:
        column = int(np.searchsorted(survey.closes, to_ms(day), side="right")) - 1
        if column >= 0 and equity:
            grown = held * (1 + np.array([btc[column], basket[column]]))
            total = 1 + float((grown - held).sum())
            worth, held = worth * total, grown / total
        turned = column > 0 and last is not None and survey.gate[column] != last
        if column >= 0 and (day.weekday() == core.weekday or turned or not equity):
            target = np.array([shares.btc[column], shares.basket[column]])
            worth *= 1 - per_side * float(np.abs(target - held).sum())
            held = target
        last = bool(survey.gate[column]) if column >= 0 else None
        equity.append(worth)
        exposure.append(float(held.sum()))
    return np.array(equity), np.array(exposure)
