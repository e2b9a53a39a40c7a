"""What a Sharpe ratio is worth that was chosen as the best of many.

    observed = SharpeRatio.of_year(2.5, bars_a_year=250)
    spread = 0.5 / 250  # variance of the trials' ratios, per bar
    deflated_sharpe(observed, Moments(bars=1250, skew=-3, kurtosis=10), trials=100, trial_variance=spread)  # 0.9004

The example is that of Bailey and Lopez de Prado, The Deflated Sharpe Ratio, Journal of Portfolio Management 40 (5), 2014. Every
ratio here is one of a bar: figures of a year that are passed as such are refused.
"""

from dataclasses import dataclass
from math import e, sqrt
from statistics import NormalDist
from typing import Self

import numpy as np

from functions.arrays import FloatArray
from functions.errors import InputRejected

LARGEST_PER_BAR = 1.0  # with daily bars 19 a year: nobody has it
LARGEST_VARIANCE = 0.25  # of ratios per bar
_EULER = 0.5772156649015329
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class SharpeRatio:
    """A Sharpe ratio of one bar.

    Raises:
        InputRejected: it is so large that it must be one of a year.
    """

    per_bar: float

    def __post_init__(self) -> None:
        if not abs(self.per_bar) <= LARGEST_PER_BAR:
            detail = (
                f"expected a Sharpe ratio of one bar, at most {LARGEST_PER_BAR:g}, got {self.per_bar:g}: is it one of a year?"
            )
            raise InputRejected("annual_sharpe", detail)

    @classmethod
    def of_year(cls, value: float, bars_a_year: int) -> Self:
        """Return the ratio of a bar from that of a year."""
        return cls(value / sqrt(bars_a_year))

    def a_year(self, bars_a_year: int) -> float:
        """Return the ratio of a year."""
        return self.per_bar * sqrt(bars_a_year)


@dataclass(frozen=True, slots=True)
class Moments:
    """What returns are like beside their ratio: how many bars, their skew, and their kurtosis (3 of the normal distribution)."""

    bars: int
    skew: float
    kurtosis: float


def observed(returns: FloatArray) -> tuple[SharpeRatio, Moments]:
    """Return the ratio and the moments of returns, `[T]`, one a bar; those that are not known are left out.

    Skew and kurtosis are corrected for the number of bars, as spreadsheets do.

    Raises:
        InputRejected: there are fewer than four, or they are all the same.
    """
    known = returns[~np.isnan(returns)]
    bars = len(known)
    if bars < 4 or known.min() == known.max():
        raise InputRejected("no_sharpe", f"expected four returns at least that differ, got {bars}")
    deviations = (known - known.mean()) / known.std()
    skew, excess = float((deviations**3).mean()), float((deviations**4).mean()) - 3
    corrected = (bars - 1) / ((bars - 2) * (bars - 3)) * ((bars + 1) * excess + 6)
    moments = Moments(bars=bars, skew=skew * sqrt(bars * (bars - 1)) / (bars - 2), kurtosis=corrected + 3)
    return SharpeRatio(float(known.mean() / known.std())), moments


def expected_best(trials: int, trial_variance: float) -> SharpeRatio:
    """Return the best ratio that so many trials without any edge show on average.

    `sqrt(V) ((1 - g) Z(1 - 1/N) + g Z(1 - 1/(N e)))`, with `g` Euler's constant and `Z` the inverse normal distribution.

    Args:
        trials: independent ones; 1 gives 0.
        trial_variance: of their ratios per bar.

    Raises:
        InputRejected: there is no trial, or the variance is one of yearly ratios.
    """
    if trials < 1 or not 0 <= trial_variance <= LARGEST_VARIANCE:
        detail = (
            f"expected 1 trial or more and the variance of their ratios per bar, 0 to {LARGEST_VARIANCE:g}, "
            f"got {trials} and {trial_variance:g}: is it one of yearly ratios?"
        )
        raise InputRejected("annual_variance", detail)
    if trials == 1:
        return SharpeRatio(0.0)
    highest = (1 - _EULER) * _NORMAL.inv_cdf(1 - 1 / trials) + _EULER * _NORMAL.inv_cdf(1 - 1 / (trials * e))
    return SharpeRatio(sqrt(trial_variance) * highest)


def probabilistic_sharpe(ratio: SharpeRatio, moments: Moments, benchmark: SharpeRatio) -> float:
    """Return how sure it is, 0..1, that the true ratio lies above the benchmark's.

    `Phi((SR - SR0) sqrt(T - 1) / sqrt(1 - skew SR + (kurtosis - 1) / 4 SR^2))`
    """
    variance = 1 - moments.skew * ratio.per_bar + (moments.kurtosis - 1) / 4 * ratio.per_bar**2
    if variance <= 0 or moments.bars < 2:
        return float("nan")
    return _NORMAL.cdf((ratio.per_bar - benchmark.per_bar) * sqrt(moments.bars - 1) / sqrt(variance))


def deflated_sharpe(ratio: SharpeRatio, moments: Moments, *, trials: int, trial_variance: float) -> float:
    """Return how sure it is, 0..1, that the best of the trials is better than luck.

    Args:
        ratio: of the best, per bar.
        moments: of its returns.
        trials: how many there were, all that anybody looked at.
        trial_variance: of their ratios per bar.
    """
    return probabilistic_sharpe(ratio, moments, expected_best(trials, trial_variance))
