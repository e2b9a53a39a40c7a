"""One backtest: setups, signals, accounts, benchmarks, sweeps."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np

from functions.arrays import FloatArray
from functions.backtest.compare import benchmarks, daily_prices
from functions.backtest.engine.market import TradedMarket
from functions.backtest.engine.offers import Offers, offers_of, random_offers
from functions.backtest.engine.portfolio import Stage, run_in_stages
from functions.backtest.engine.setups import FoundSetups, Higher, Survey, survey, take
from functions.backtest.engine.signals import JudgedSetups, judge_setups, last_signals
from functions.backtest.history import MarketHistory
from functions.backtest.result import CORE, DIPS, SETUPS, SIGNALS, AccountResult, BacktestResult, SignalRate, Variant
from functions.backtest.rules import BacktestRules
from functions.backtest.run.core import backtest_core
from functions.backtest.run.dips import backtest_dips
from functions.backtest.run.reporting import Question, data_report, hashes_of, settings_of
from functions.backtest.span import Span
from functions.costs import Costs
from functions.factors.history import ReadingColumns
from functions.factors.reading import Factor
from functions.market.candles.gaps import to_ms
from functions.outcomes.results import HOLD, Ideas, earned
from functions.paper.accounts import DESK, RANDOM, TECHNICAL, WATCH_LIST

COSTS = (0, 5, 10, 15, 20)  # basis points a side, of the sweep
DELAYS = (0, 1, 2, 3, 5, 10)  # candles of the finest timeframe, of the sweep
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class _Run:
    """One question, and what was seen in its span; the market is that of all questions.

    `before` is when each pair had its last signal before the span.
    """

    question: Question
    market: TradedMarket
    survey: Survey
    judged: JudgedSetups
    before: Mapping[int, int]

    @property
    def found(self) -> FoundSetups:
        return self.survey.setups

    def offers(self, judged: JudgedSetups | None = None) -> Offers:
        """Return what the desk is offered."""
        verdicts = judged or self.judged
        numbers = verdicts.signals if self.question.trades == SIGNALS else np.arange(len(self.found))
        return offers_of(self.found, verdicts, numbers)

    def stage(self, offers: Offers, rules: BacktestRules | None = None) -> Stage:
        """Return the span of this question with orders, for one account."""
        return Stage(offers, self.question.span.days, rules or self.question.rules)


def backtest(
    history: MarketHistory, readings: Sequence[ReadingColumns], question: Question, progress: Progress | None = None
) -> BacktestResult:
    """Run a backtest: the desk, its shadows, its benchmarks, and the sweeps if they are asked for."""
    if question.trades == DIPS:
        return backtest_dips(history, question, progress or (lambda _step, _done, _of: None))
    if question.trades == CORE:
        return backtest_core(history, question)
    return backtest_in_turn(history, readings, [question], progress)


def backtest_in_turn(
    history: MarketHistory, readings: Sequence[ReadingColumns], questions: Sequence[Question], progress: Progress | None = None
) -> BacktestResult:
    """Run a backtest of a desk that changes its rules: each question holds in its span, and the spans follow each other.

    Start, costs of the benchmarks, what is traded and the sweeps are those of the first question.
    """
    first, told = questions[0], progress or (lambda _step, _done, _of: None)
    runs = _survey(history, readings, questions, told)
    span = Span(first.span.since, questions[-1].span.until)
    accounts = _accounts(runs, told)
    variants = _variants(runs, told) if first.sweeps else ()
    regime = regime_at([run.survey for run in runs], span.days)
    gate = first.rules.score.setups.gate_symbol
    shown = sorted({gate, *(trade.symbol for one in accounts for trade in one.trades)})
    return BacktestResult(
        rules=first.trades,
        since=span.since,
        until=span.until,
        days=span.days,
        regime=regime,
        accounts=accounts,
        benchmarks=benchmarks(history, gate, span.days, regime, first.rules.costs),
        variants=variants,
        rates=(
            _rate(runs, SIGNALS),
            _rate(runs, SETUPS),
        ),
        setups=sum(len(run.found) for run in runs),
        signals=sum(len(run.judged.signals) for run in runs),
        rejections=_rejections(runs),
        settings=settings_of(*questions),
        prices=daily_prices(history, shown, span.days),
        data=data_report(history, span, first.notes),
        hashes=hashes_of(history, readings, questions, accounts),
    )


def _survey(
    history: MarketHistory, readings: Sequence[ReadingColumns], questions: Sequence[Question], told: Progress
) -> list[_Run]:
    """Find and judge the setups of every question."""
    higher = Higher.of(history, questions[0].rules.score.setups.gate_symbol)
    seen = [
        survey(
            history,
            readings,
            history.coins,
            (to_ms(question.span.since), to_ms(question.span.until)),
            question.rules.score,
            lambda done, of: told("closes", done, of),
            higher,
        )
        for question in questions
    ]
    closes, regime = (np.concatenate([getattr(one, name) for one in seen]) for name in ("closes", "regime"))
    market = TradedMarket.of(history, closes, regime)
    runs: list[_Run] = []
    last: dict[int, int] = {}
    for question, one in zip(questions, seen, strict=True):
        judged = judge_setups(one.setups, question.rules.score, before=last)
        runs.append(_Run(question, market, one, judged, dict(last)))
        last |= last_signals(one.setups, judged)
    return runs


def _accounts(runs: Sequence[_Run], told: Progress) -> tuple[AccountResult, ...]:
    """Run the desk and its shadows: technical only, the watch list, and random entries at the desk's moments."""
    orders = [_orders(run) for run in runs]
    accounts = []
    for number, name in enumerate(orders[0]):
        told("accounts", number, len(orders[0]) - 1)
        stages = [run.stage(offers[name]) for run, offers in zip(runs, orders, strict=True)]
        accounts.append(run_in_stages(name, runs[0].market, stages))
    return tuple(accounts)


def _orders(run: _Run) -> Mapping[str, Offers]:
    """Return what each account is offered, the desk first."""
    offers, seeds = run.offers(), run.question.rules.random_seeds
    drawn = random_offers(offers, run.survey, seeds) if seeds else []
    return {
        DESK.name: offers,
        TECHNICAL.name: offers_of(run.found, run.judged, np.arange(len(run.found))),
        WATCH_LIST.name: offers_of(run.found, run.judged, np.flatnonzero(run.judged.failed)),
        **{RANDOM.name if not seed else f"{RANDOM.name}_{seed + 1}": one for seed, one in enumerate(drawn)},
    }


def _variants(runs: Sequence[_Run], told: Progress) -> tuple[Variant, ...]:
    """Run the desk without each factor in turn, at other costs and later entries."""
    steps: list[tuple[str, str, Mapping[str, object], Factor | None]] = [
        *(("without", factor.value, {}, factor) for factor in Factor),
        *(("cost", str(points), {"costs": Costs(Decimal(points) / 10_000, Decimal(0))}, None) for points in COSTS),
        *(("delay", str(delay), {"delay": delay}, None) for delay in DELAYS),
    ]
    variants = []
    for number, (kind, value, changes, silenced) in enumerate(steps, start=1):
        told("sweeps", number, len(steps))
        stages = [
            run.stage(_without(run, silenced) if silenced else run.offers(), replace(run.question.rules, **changes))  # type: ignore[arg-type]
            for run in runs
        ]
        variants.append(Variant(kind, value, run_in_stages(kind, runs[0].market, stages)))
    return tuple(variants)


def _rejections(runs: Sequence[_Run]) -> Mapping[str, int]:
    """Return how many setups each check rejected, most first."""
    counts: Counter[str] = Counter()
    for run in runs:
        counts.update(run.judged.rejections)
    return dict(counts.most_common())


def _rate(runs: Sequence[_Run], kind: str) -> SignalRate:
    """Return what became of signals, or of all setups, each traded by itself from the first price after its close."""
    known = np.concatenate([_earned(run, kind) for run in runs])
    count = len(known)
    return SignalRate(kind, count, float((known < 0).mean()) if count else 0.0, float(known.mean()) if count else 0.0)


def _earned(run: _Run, kind: str) -> FloatArray:
    """Return what each earned in R, those left out that were not over when the candles end."""
    rules = run.question.rules
    found = take(run.found, run.judged.signals) if kind == SIGNALS else run.found
    sign = found.setups.direction[:, 0].astype(np.int64)
    allowed = (sign > 0) | rules.allow_short
    found, sign = take(found, allowed), sign[allowed]
    reach = sign * found.close * found.distance
    targets = found.close[:, None] + reach[:, None] * np.array([float(one) for one in rules.score.setups.targets_r])
    ideas = Ideas(row=found.row, sign=sign, price=found.close, stop=found.close - reach, targets=targets, said_at=found.said_at)
    r = earned(run.market.paths, ideas, rules.costs)
    return r[(found.said_at + HOLD // timedelta(milliseconds=1) <= run.market.end) & np.isfinite(r)]


def _without(run: _Run, factor: Factor) -> Offers:
    return run.offers(judge_setups(run.found, run.question.rules.score, factor, run.before))


def regime_at(seen: Sequence[Survey], days: Sequence[datetime]) -> tuple[int | None, ...]:
    """Return what the gate allowed at each of `days`, by the first scored close from it on."""
    closes, regime = (np.concatenate([getattr(one, name) for one in seen]) for name in ("closes", "regime"))
    places = np.minimum(np.searchsorted(closes, [to_ms(day) for day in days]), len(closes) - 1)
    return tuple(int(allowed) if np.isfinite(allowed) else None for allowed in regime[places])
