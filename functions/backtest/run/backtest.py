"""One backtest: setups, signals, accounts, benchmarks, sweeps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

import numpy as np

import functions
from functions.arrays import IntArray
from functions.backtest.compare import benchmarks, daily_prices
from functions.backtest.engine.market import TradedMarket
from functions.backtest.engine.offers import Offers, offers_of, random_offers
from functions.backtest.engine.portfolio import run_account
from functions.backtest.engine.setups import FoundSetups, Survey, survey, take
from functions.backtest.engine.signals import JudgedSetups, judge_setups
from functions.backtest.hashes import hash_accounts, hash_data, hash_files, hash_settings, plain_json
from functions.backtest.history import MarketHistory
from functions.backtest.result import SETUPS, SIGNALS, AccountResult, BacktestResult, DataReport, Hashes, SignalRate, Variant
from functions.backtest.rules import BacktestRules
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
class Question:
    """What is asked of a backtest.

    Args:
        span: to trade.
        rules: of the account and the score.
        trades: `signals` or `technical`: what the desk takes.
        sweeps: also run the ablation of each factor, the costs and the delays.
        notes: what a reader must know of the data, a line each.
    """

    span: Span
    rules: BacktestRules
    trades: str = SIGNALS
    sweeps: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Run:
    """What all accounts of a run share."""

    question: Question
    market: TradedMarket
    survey: Survey
    judged: JudgedSetups

    @property
    def found(self) -> FoundSetups:
        return self.survey.setups

    def offers(self, judged: JudgedSetups | None = None) -> Offers:
        """Return what the desk is offered."""
        verdicts = judged or self.judged
        numbers = verdicts.signals if self.question.trades == SIGNALS else np.arange(len(self.found))
        return offers_of(self.found, verdicts, numbers)

    def account(self, name: str, offers: Offers, rules: BacktestRules | None = None) -> AccountResult:
        """Run one account."""
        return run_account(name, offers, self.market, self.question.span.days, rules or self.question.rules)


def backtest(
    history: MarketHistory, readings: Sequence[ReadingColumns], question: Question, progress: Progress | None = None
) -> BacktestResult:
    """Run a backtest: the desk, its shadows, its benchmarks, and the sweeps if they are asked for."""
    span, rules = question.span, question.rules
    told = progress or (lambda _step, _done, _of: None)
    coins = np.array([pair.tradable for pair in history.pairs], dtype=np.bool_)
    moments = (to_ms(span.since), to_ms(span.until))
    seen = survey(history, readings, coins, moments, rules.score, lambda done, of: told("closes", done, of))
    judged = judge_setups(seen.setups, rules.score)
    run = _Run(question, TradedMarket.of(history, seen.closes, seen.regime), seen, judged)
    accounts = _accounts(run, told)
    variants = _variants(run, told) if question.sweeps else ()
    regime = regime_at(seen, span.days)
    shown = sorted({rules.score.setups.gate_symbol, *(trade.symbol for one in accounts for trade in one.trades)})
    return BacktestResult(
        rules=question.trades,
        since=span.since,
        until=span.until,
        days=span.days,
        regime=regime,
        accounts=accounts,
        benchmarks=benchmarks(history, rules.score.setups.gate_symbol, span.days, regime, rules.costs),
        variants=variants,
        rates=(
            _rate(run, SIGNALS, judged.signals),
            _rate(run, SETUPS, np.arange(len(seen.setups))),
        ),
        setups=len(seen.setups),
        signals=len(judged.signals),
        rejections=judged.rejections,
        settings=settings_of(question),
        prices=daily_prices(history, shown, span.days),
        data=_report(history, span, question.notes),
        hashes=Hashes(**keys_of(history, readings, question), result=hash_accounts(accounts)),
    )


def keys_of(history: MarketHistory, readings: Sequence[ReadingColumns], question: Question) -> Mapping[str, str]:
    """Return what a run can be told by before it is run: the hashes of its data, the code and its settings."""
    return {
        "data": hash_data((history.finest, history.days), readings),
        "code": code_hash(),
        "settings": hash_settings(settings_of(question)),
    }


def _accounts(run: _Run, told: Progress) -> tuple[AccountResult, ...]:
    """Run the desk and its shadows: technical only, the watch list, and random entries at the desk's moments."""
    offers = run.offers()
    everything = offers_of(run.found, run.judged, np.arange(len(run.found)))
    watched = offers_of(run.found, run.judged, np.flatnonzero(run.judged.failed))
    seeds = run.question.rules.random_seeds
    shadows = [(TECHNICAL.name, everything), (WATCH_LIST.name, watched)]
    if seeds:
        drawn = random_offers(offers, run.survey, seeds)
        shadows += [(RANDOM.name if not seed else f"{RANDOM.name}_{seed + 1}", one) for seed, one in enumerate(drawn)]
    accounts = [run.account(DESK.name, offers)]
    for number, (name, orders) in enumerate(shadows, start=1):
        told("accounts", number, len(shadows))
        accounts.append(run.account(name, orders))
    return tuple(accounts)


def _variants(run: _Run, told: Progress) -> tuple[Variant, ...]:
    """Run the desk without each factor in turn, at other costs and later entries."""
    rules, offers = run.question.rules, run.offers()
    costly = [(points, replace(rules, costs=Costs(fee=Decimal(points) / 10_000, slippage=Decimal(0)))) for points in COSTS]
    steps = [
        *(("without", factor.value, rules, _without(run, factor)) for factor in Factor),
        *(("cost", str(points), costs, offers) for points, costs in costly),
        *(("delay", str(delay), replace(rules, delay=delay), offers) for delay in DELAYS),
    ]
    variants = []
    for number, (kind, value, changed, orders) in enumerate(steps, start=1):
        told("sweeps", number, len(steps))
        variants.append(Variant(kind, value, run.account(kind, orders, changed)))
    return tuple(variants)


def _rate(run: _Run, kind: str, numbers: IntArray) -> SignalRate:
    """Return what became of some setups, each traded by itself from the first price after its close."""
    found, rules = take(run.found, numbers), run.question.rules
    sign = found.setups.direction[:, 0].astype(np.int64)
    allowed = (sign > 0) | rules.allow_short
    found, sign = take(found, allowed), sign[allowed]
    reach = sign * found.close * found.distance
    targets = found.close[:, None] + reach[:, None] * np.array([float(one) for one in rules.score.setups.targets_r])
    ideas = Ideas(row=found.row, sign=sign, price=found.close, stop=found.close - reach, targets=targets, said_at=found.said_at)
    r = earned(run.market.paths, ideas, rules.costs)
    known = r[(found.said_at + HOLD // timedelta(milliseconds=1) <= run.market.end) & np.isfinite(r)]
    count = len(known)
    return SignalRate(kind, count, float((known < 0).mean()) if count else 0.0, float(known.mean()) if count else 0.0)


def _without(run: _Run, factor: Factor) -> Offers:
    return run.offers(judge_setups(run.found, run.question.rules.score, factor))


def regime_at(seen: Survey, days: Sequence[datetime]) -> tuple[int | None, ...]:
    """Return what the gate allowed at each of `days`, by the first scored close from it on."""
    places = np.minimum(np.searchsorted(seen.closes, [to_ms(day) for day in days]), len(seen.closes) - 1)
    return tuple(int(allowed) if np.isfinite(allowed) else None for allowed in seen.regime[places])


def settings_of(question: Question) -> Mapping[str, object]:
    """Return every number that a run depends on, as JSON has them."""
    rules = plain_json(replace(question.rules, admission=question.rules.limits))
    return {
        "trades": question.trades,
        "since": question.span.since.isoformat(),
        "until": question.span.until.isoformat(),
        **rules,
    }


def _report(history: MarketHistory, span: Span, notes: tuple[str, ...]) -> DataReport:
    return DataReport(
        symbols=tuple(history.spans()),
        first=span.since,
        last=span.until,
        candles=int((~np.isnan(history.finest.close)).sum()),
        gaps=history.gaps(),
        notes=notes,
    )


@cache
def code_hash() -> str:
    """Hash the code that the figures follow from: every module of the functions."""
    room = Path(functions.__file__ or "").parent
    return hash_files({str(file.relative_to(room)): file.read_bytes() for file in sorted(room.rglob("*.py"))})
