"""The plan's big test, computed live: every figure with what it is worth."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np

from functions.arrays import BoolArray, FloatArray
from functions.outcomes.sequences import Interval
from functions.performance.metrics.beside import intervals
from functions.performance.metrics.equity import total_return
from functions.performance.metrics.summary import Track, measure
from functions.performance.metrics.trades import DAY
from functions.performance.readiness.coin_toss import ExitPlan, Worlds, at_pace, toss
from functions.performance.readiness.slow import SlowRule
from functions.performance.readiness.targets import (
    OPERATION,
    PLAN_DAYS,
    REAL_MONEY,
    TRADING,
    Standing,
    Target,
)
from functions.performance.readiness.waiting import days_to_count, days_to_decide

FEWEST_SIGNALS = 30  # that a delay is judged by
BY_DRAWING = ("win_rate", "profit_factor", "sharpe")


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of an account and of the desk.

    Args:
        track: of the account since it was opened, by whole UTC days.
        plans: how each of its closed trades could have ended.
        btc: `[T]`, what Bitcoin did on each of the days; NaN where that is not known.
        closes_due: 15m closes of the last four weeks.
        closes_in_time: those of them that were scored in time.
        latencies: `[N]`, seconds from the close to the delivered message, of each signal of the last four weeks.
        signals: of the last four weeks.
        signal_days: how long that was, in days; less when the desk is younger.
    """

    track: Track
    plans: Sequence[ExitPlan]
    btc: FloatArray
    closes_due: int
    closes_in_time: int
    latencies: FloatArray
    signals: int
    signal_days: float

    @property
    def days(self) -> int:
        """Return the whole days since the account was opened."""
        return len(self.track.equity)


@dataclass(frozen=True, slots=True)
class Line:
    """One figure beside its target.

    Args:
        target: what is asked for.
        value: what was reached; None while it is not known.
        sample: how much it stands on.
        sample_of: of what: `trades`, `days`, `closes` or `signals`.
        standing: where it stands.
        lacking: how far it is from what is asked for; 0 when it is met.
        chance: that a coin toss with the same exits shows as much; None for what no coin can show.
        days_left: until it can be told from its target; 0 when it can be now, None when that is not in sight.
    """

    target: Target
    value: float | None
    sample: int
    sample_of: str
    standing: Standing
    lacking: float | None
    chance: float | None
    days_left: int | None


@dataclass(frozen=True, slots=True)
class Assessment:
    """How far an account is.

    Args:
        days: whole UTC days since it was opened.
        trades: it has closed.
        plan: the targets of the plan.
        real_money: what is asked for before real money.
        chance_of_plan: that a coin toss with the same exits and pace meets the plan's four trading targets in 28 days.
        chance_of_minimum: the same of the critical minima.
        ready: everything that real money asks for is met.
        slow: the rules that trade on few days, beside the account.
    """

    days: int
    trades: int
    plan: tuple[Line, ...]
    real_money: tuple[Line, ...]
    chance_of_plan: float | None
    chance_of_minimum: float | None
    ready: bool
    slow: tuple[SlowRule, ...] = ()


def assess(seen: Seen) -> Assessment:
    """Return how far an account is from the plan and from real money."""
    figures = _figures(seen)
    chances, plan, minimum = _chances(seen, figures)
    around = intervals(seen.track, BY_DRAWING)

    def lines(targets: Sequence[Target]) -> tuple[Line, ...]:
        return tuple(_line(target, figures, seen, chances, around) for target in targets)

    real_money = lines(REAL_MONEY)
    return Assessment(
        days=seen.days,
        trades=len(seen.plans),
        plan=lines((*TRADING, *OPERATION)),
        real_money=real_money,
        chance_of_plan=plan,
        chance_of_minimum=minimum,
        ready=all(line.standing is Standing.MET for line in real_money),
    )


def _figures(seen: Seen) -> Mapping[str, float]:
    btc = total_return(seen.btc) if len(seen.btc) and not np.isnan(seen.btc).all() else np.nan
    figures = measure(seen.track)
    return {
        **figures,
        "days": float(seen.days),
        "uptime": seen.closes_in_time / seen.closes_due if seen.closes_due else np.nan,
        "latency_s": float(np.quantile(seen.latencies, 0.99, method="inverted_cdf")) if len(seen.latencies) else np.nan,
        "signals_a_day": seen.signals / seen.signal_days if seen.signal_days >= 1 else np.nan,
        "excess_return": figures["total_return"] - btc,
    }


def _chances(seen: Seen, figures: Mapping[str, float]) -> tuple[Mapping[str, float], float | None, float | None]:
    """Return the chance of each figure, and of the plan's four targets and of their minima in 28 days."""
    if not seen.plans or seen.days < 2:
        return {}, None, None
    first = (seen.track.first_day.toordinal() - 719163) * DAY  # days since 1970
    day = np.clip((seen.track.trades.closed_at - first) // DAY, 0, seen.days - 1)
    same = toss(seen.plans, day, seen.days)
    chances = {
        target.figure: same.share(_as_good(target)(getattr(same, target.figure), figures[target.figure])) for target in TRADING
    }
    month = at_pace(seen.plans, max(1, round(len(seen.plans) * PLAN_DAYS / seen.days)), PLAN_DAYS)
    return (
        chances,
        _passing(month, [target.plan for target in TRADING]),
        _passing(month, [target.minimum or 0 for target in TRADING]),
    )


def _as_good(target: Target) -> Callable[[FloatArray, float], BoolArray]:
    return np.greater_equal if target.above else np.less_equal


def _passing(worlds: Worlds, limits: Sequence[float]) -> float:
    """Return the share of worlds that pass all of the plan's trading targets."""
    passed = np.ones(len(worlds.sharpe), dtype=np.bool_)
    for target, limit in zip(TRADING, limits, strict=True):
        values: FloatArray = getattr(worlds, target.figure)
        passed &= values > limit if target.above else values < limit
    return worlds.share(passed)


_SAMPLES = {
    **dict.fromkeys(("win_rate", "profit_factor", "trades"), "trades"),
    **dict.fromkeys(("max_drawdown", "sharpe", "excess_return", "days", "signals_a_day"), "days"),
    "uptime": "closes",
    "latency_s": "signals",
}


def _line(
    target: Target, figures: Mapping[str, float], seen: Seen, chances: Mapping[str, float], around: Mapping[str, Interval | None]
) -> Line:
    value = figures[target.figure]
    counts = {"trades": len(seen.plans), "days": seen.days, "closes": seen.closes_due, "signals": len(seen.latencies)}
    known = None if np.isnan(value) else float(value)
    return Line(
        target=target,
        value=known,
        sample=counts[_SAMPLES[target.figure]],
        sample_of=_SAMPLES[target.figure],
        standing=target.standing(known),
        lacking=target.lacking(known),
        chance=chances.get(target.figure) if known is not None else None,
        days_left=_days_left(target, known, seen, around),
    )


def _days_left(target: Target, value: float | None, seen: Seen, around: Mapping[str, Interval | None]) -> int | None:
    rest_of_plan = max(0, PLAN_DAYS - seen.days)
    match target.figure:
        case "trades":
            return days_to_count(len(seen.plans), round(target.plan), seen.days)
        case "latency_s":
            return days_to_count(len(seen.latencies), FEWEST_SIGNALS, max(1, round(seen.signal_days)))
        case "max_drawdown" if value is not None and value >= target.plan:
            return 0  # what fell so far has fallen so far
        case "excess_return":
            moves = seen.track.returns - seen.btc if len(seen.btc) == seen.days else np.array([])
            half_width = 1.645 * float(np.nanstd(moves)) * np.sqrt(seen.days) if len(moves) > 1 else np.inf
            return None if value is None else days_to_decide(value, target.plan, half_width, seen.days)
        case figure if figure in BY_DRAWING:
            interval = around.get(figure)
            if value is None or interval is None or not isfinite(value):
                return None
            half_width = value - interval.low if value > target.plan else interval.high - value
            return days_to_decide(value, target.plan, half_width, seen.days)
        case _:
            return rest_of_plan
