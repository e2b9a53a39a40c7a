"""How much better ideas do than the random entries beside them, and what may be said of it.

A UTC day counts once, whatever was said in it: ten signals of one day see one market. So the rates and means here are means over
days, and their intervals are those of `sequences`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from functions.outcomes.baseline import Beside, Drawn, Flags
from functions.outcomes.results import Floats, Ideas, Integers, Results
from functions.outcomes.sequences import Interval, mean_interval, share_interval

ALPHA = 0.05
FEWEST_IDEAS = 30
FEWEST_DAYS = 20
DAY = 86_400_000


class Verdict(StrEnum):
    """What may be said."""

    NOT_ENOUGH = "not_enough"
    EDGE = "edge"
    NOTHING_SHOWN = "nothing_shown"
    WORSE = "worse"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Ideas whose time is up, each with the mean of the random entries beside it; arrays `[N]`.

    Args:
        idea: its number.
        day: UTC day it was said in, days since 1970.
        r: what it earned, in R.
        random_r: what they earned.
        won: 1 when it earned anything after costs.
        random_won: their share that did.
    """

    idea: Integers
    day: Integers
    r: Floats
    random_r: Floats
    won: Floats
    random_won: Floats

    def where(self, chosen: Flags) -> "Evidence":
        """Return a part of it."""
        return Evidence(*(getattr(self, name)[chosen] for name in Evidence.__slots__))


@dataclass(frozen=True, slots=True)
class Days:
    """What the ideas of each UTC day came to, arrays `[D]`, and the random entries beside them.

    Args:
        ideas: said in it.
        r: mean of what they earned, in R.
        random_r: the same of the random entries.
        won: share that earned anything after costs.
        random_won: the same of the random entries.
    """

    ideas: Integers
    r: Floats
    random_r: Floats
    won: Floats
    random_won: Floats

    @classmethod
    def of(cls, evidence: Evidence) -> "Days":
        """Return the days of some ideas."""
        _, place = np.unique(evidence.day, return_inverse=True)
        ideas = np.bincount(place)
        means = (np.bincount(place, values) / ideas if len(place) else values for values in _values(evidence))
        return cls(ideas, *means)


def _values(evidence: Evidence) -> tuple[Floats, Floats, Floats, Floats]:
    return evidence.r, evidence.random_r, evidence.won, evidence.random_won


@dataclass(frozen=True, slots=True)
class Lift:
    """How ideas did beside random entries; rates and means are means over days.

    Args:
        ideas: whose time is up.
        days: UTC days they were said in.
        win_rate: share that earned anything after costs.
        random_win_rate: the same of the random entries.
        win_lift: where the difference lies.
        r: mean, in R after costs.
        random_r: the same of the random entries.
        r_lift: where the difference lies.
        verdict: what `r_lift` says.
    """

    ideas: int
    days: int
    win_rate: float
    random_win_rate: float
    win_lift: Interval
    r: float
    random_r: float
    r_lift: Interval
    verdict: Verdict


def gather(ideas: Ideas, results: Results, drawn: Drawn, random: Results, at: int) -> Evidence:
    """Return what is known at `at` (ms UTC); an idea or an entry whose time is up and whose candles lack is left out.

    Args:
        ideas: that were said.
        results: theirs.
        drawn: the random entries beside them.
        random: the results of those.
        at: the moment of the look.
    """
    beside = Beside.of(drawn.beside, random.r, len(ideas.row))
    kept = np.flatnonzero((results.known_at <= at) & np.isfinite(results.r) & (beside.count > 0))
    return Evidence(
        idea=kept,
        day=ideas.said_at[kept] // DAY,
        r=results.r[kept],
        random_r=beside.r[kept],
        won=(results.r[kept] > 0).astype(np.float64),
        random_won=beside.won[kept],
    )


def judge(evidence: Evidence, alpha: float = ALPHA) -> Lift:
    """Return the lift and its verdict; both intervals hold at every look, each with probability `1 - alpha`."""
    return judge_days(Days.of(evidence), alpha)


def judge_days(days: Days, alpha: float = ALPHA) -> Lift:
    """Return the lift of days and its verdict, as `judge` does."""
    ideas, count = int(days.ideas.sum()), len(days.ideas)
    mine, theirs = share_interval(days.won, alpha / 2), share_interval(days.random_won, alpha / 2)
    r_lift = mean_interval(days.r - days.random_r, alpha)
    enough = ideas >= FEWEST_IDEAS and count >= FEWEST_DAYS
    return Lift(
        ideas=ideas,
        days=count,
        win_rate=_mean(days.won),
        random_win_rate=_mean(days.random_won),
        win_lift=Interval(mine.low - theirs.high, mine.high - theirs.low),
        r=_mean(days.r),
        random_r=_mean(days.random_r),
        r_lift=r_lift,
        verdict=_verdict(r_lift) if enough else Verdict.NOT_ENOUGH,
    )


def judge_parts(parts: Mapping[str, Days], alpha: float = ALPHA) -> dict[str, Lift]:
    """Return the lift of each part of some ideas; the more parts, the wider each interval, so that all hold with `1 - alpha`.

    Parts may overlap, as the ideas that several factors agree with do.
    """
    return {name: judge_days(days, alpha / len(parts)) for name, days in parts.items()}


def judge_groups(evidence: Evidence, labels: Sequence[str], alpha: float = ALPHA) -> dict[str, Lift]:
    """Return the lift of each group; the more groups, the wider each interval, so that all hold together with `1 - alpha`.

    Args:
        evidence: of all ideas.
        labels: `[ideas]`, the group of each idea: a factor, a timeframe, a coin, a band of confidence.
        alpha: for all groups together.
    """
    groups = np.array(labels, dtype=object)[evidence.idea]
    return judge_parts({name: Days.of(evidence.where(groups == name)) for name in sorted(set(labels))}, alpha)


def band_of(confidence: float) -> str:
    """Return the band of ten points that a confidence in 0..1 lies in, e.g. `70-80%`."""
    lower = min(int(confidence * 10), 9) * 10
    return f"{lower}-{lower + 10}%"


def _verdict(lift: Interval) -> Verdict:
    if lift.low > 0:
        return Verdict.EDGE
    return Verdict.WORSE if lift.high < 0 else Verdict.NOTHING_SHOWN


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")
