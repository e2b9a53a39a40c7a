"""What may be said of the best of many configurations."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from functions.arrays import FloatArray, FloatGrid
from functions.performance.statistics.deflated import deflated_sharpe, observed
from functions.performance.statistics.superior import superiority

SURE = 0.95
FEWEST_DAYS = 60


class SearchVerdict(StrEnum):
    """What a search came to."""

    NOT_ENOUGH = "not_enough"
    NO_EDGE = "no_edge"
    EDGE = "edge"


@dataclass(frozen=True, slots=True)
class SearchEvidence:
    """What is known of the best of a search.

    Args:
        best: its row.
        trials: configurations that were tried.
        deflated: deflated Sharpe ratio of the best, 0..1; NaN where none moved.
        superior_p: probability that configurations no better than the benchmark show as much.
        verdict: an edge only when both are sure to 95%.
    """

    best: int
    trials: int
    deflated: float
    superior_p: float
    verdict: SearchVerdict


def judge_search(returns: FloatGrid, benchmark: FloatArray, *, trials: int | None = None, draws: int = 500) -> SearchEvidence:
    """Return what the best configuration is worth, given all that were tried.

    Args:
        returns: `[N, T]`, daily, of every configuration that was tried; never of the good ones alone.
        benchmark: `[T]`, what they are to beat; zeros for cash.
        trials: how many were looked at, if more than are given here.
        draws: of the bootstrap.
    """
    tried = max(trials or 0, len(returns))
    deviations = returns.std(axis=1, ddof=1)
    moves = deviations > 1e-15
    if returns.shape[1] < FEWEST_DAYS or not moves.any():
        return SearchEvidence(0, tried, float("nan"), float("nan"), SearchVerdict.NOT_ENOUGH)
    ratios = np.where(moves, returns.mean(axis=1) / np.where(moves, deviations, 1), 0.0)
    best = int(np.argmax(np.where(moves, ratios, -np.inf)))
    ratio, moments = observed(returns[best])
    variance = max(float(ratios[moves].var(ddof=1)) if moves.sum() > 1 else 0.0, 1 / returns.shape[1])
    deflated = deflated_sharpe(ratio, moments, trials=tried, trial_variance=variance)
    superior_p = superiority(returns, benchmark, draws=draws)
    sure = deflated > SURE and superior_p < 1 - SURE
    return SearchEvidence(best, tried, deflated, superior_p, SearchVerdict.EDGE if sure else SearchVerdict.NO_EDGE)
