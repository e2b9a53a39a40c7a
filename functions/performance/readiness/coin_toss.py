"""What a strategy without any edge shows by luck, when its trades have the same exits, the same costs and the same size.

The price of a trade without an edge goes up and down alike. So a target `b` is reached before a stop `s` from a price `a` with
the probability `(a - s) / (b - s)` (the gambler's ruin), and all that a trade can end with, and how often, follows from its
stop and its targets alone. Worlds of such trades are drawn, each on the days of the real ones. That a trade may run out of time
is left out; it makes results smaller, good and bad alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from functions.arrays import BoolArray, FloatArray, IntArray
from functions.performance.metrics.equity import DAYS_A_YEAR

WORLDS = 4000


@dataclass(frozen=True, slots=True)
class ExitPlan:
    """How a trade may end; `ExitPlan(targets=(0.7, 2.0, 4.0), cost=0.03, risk=0.005)` is the desk's.

    Args:
        targets: in stop distances from the entry, nearest first; equal parts leave at each.
        cost: of entry and exits together, in stop distances.
        risk: what the stop loses, a fraction of equity.
        break_even: the first target moves the stop to the entry.
    """

    targets: tuple[float, ...]
    cost: float
    risk: float
    break_even: bool = True


@dataclass(frozen=True, slots=True)
class Ends:
    """What a trade can end with, in R after costs, and how probable each is: `[K]`."""

    r: FloatArray
    probability: FloatArray


@dataclass(frozen=True, slots=True)
class Worlds:
    """What each world shows, `[W]`."""

    win_rate: FloatArray
    profit_factor: FloatArray
    max_drawdown: FloatArray
    sharpe: FloatArray

    def share(self, worlds: BoolArray) -> float:
        """Return the share of some of the worlds."""
        return float(worlds.mean())


def ends_of(plan: ExitPlan) -> Ends:
    """Return what a trade without an edge can end with; a trade without a target doubles its risk or loses it."""
    targets = plan.targets or (1.0,)
    part, booked, here, stop, reached = 1 / len(targets), 0.0, 0.0, -1.0, 1.0
    r, probability = [], []
    for number, target in enumerate(targets):
        up = (here - stop) / (target - stop)
        r.append(booked + (1 - number * part) * stop)
        probability.append(reached * (1 - up))
        reached, booked, here = reached * up, booked + part * target, target
        stop = 0.0 if plan.break_even else stop
    r.append(booked)
    probability.append(reached)
    return Ends(np.array(r) - plan.cost, np.array(probability))


def toss(plans: Sequence[ExitPlan], day: IntArray, days: int, *, worlds: int = WORLDS, seed: int = 0) -> Worlds:
    """Return what worlds without an edge show.

    Args:
        plans: of each trade.
        day: `[N]`, on which of the days each was closed, from 0 on.
        days: how many there are; those without a trade count.
        worlds: how many are drawn.
        seed: of the draws.
    """
    random = np.random.default_rng(seed)
    daily = np.zeros((days, worlds))
    wins, gained, lost = np.zeros(worlds, dtype=np.int32), np.zeros(worlds), np.zeros(worlds)
    known: dict[ExitPlan, Ends] = {}
    drawn = np.empty(worlds)
    for plan, closed_on in zip(plans, day.tolist(), strict=True):
        if plan not in known:
            known[plan] = ends_of(plan)
        ends = known[plan]
        random.random(out=drawn)
        edges = np.cumsum(ends.probability)[:-1].tolist()
        end = sum((drawn >= edge).view(np.int8) for edge in edges)  # searching in so few edges takes three times as long
        earned = (ends.r * plan.risk).take(end)
        wins += earned > 0
        gained += np.maximum(earned, 0)
        lost -= np.minimum(earned, 0)
        daily[closed_on] += earned
    with np.errstate(divide="ignore", invalid="ignore"):
        factor, ratio = gained / lost, daily.mean(axis=0) / daily.std(axis=0, ddof=1) * np.sqrt(DAYS_A_YEAR)
    return Worlds(wins / max(len(plans), 1), factor, _deepest(daily), ratio)


def _deepest(daily: FloatArray) -> FloatArray:
    """Return the largest drawdown of each world, `[W]`, of what its days did, `[T, W]`.

    It goes day by day: grids of all days and worlds would have to be written and read several times.
    """
    curve, highest, deepest = (np.full(daily.shape[1], start) for start in (1.0, 1.0, 0.0))
    for moved in daily:
        curve *= 1 + moved
        np.maximum(highest, curve, out=highest)
        np.maximum(deepest, 1 - curve / highest, out=deepest)
    return deepest


def at_pace(plans: Sequence[ExitPlan], trades: int, days: int, *, worlds: int = WORLDS, seed: int = 0) -> Worlds:
    """Return what so many trades, evenly over so many days, show without an edge; their plans are drawn from those given."""
    random = np.random.default_rng([seed, 1])
    chosen = [plans[number] for number in random.integers(0, len(plans), trades).tolist()]
    return toss(chosen, np.arange(trades) * days // max(trades, 1), days, worlds=worlds, seed=seed)
