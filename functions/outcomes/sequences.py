"""Intervals that hold at every look: whoever looks daily and stops when he likes is misled no more often than he agreed to.

Both are mixtures of likelihood ratios: a martingale that starts at 1 and ever exceeds `1 / alpha` with a probability of at most
`alpha` (Ville's inequality); the interval holds the values at which it has not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import lgamma, log, sqrt

import numpy as np

from functions.outcomes.results import Floats

# In R squared, summed over days whose results vary by 1.2 R: the interval is tightest after about two hundred of them, and begins
# as if two had been seen, so that a start without any surprise does not pass for certainty.
TIGHTEST_AT = 280.0
SEEN_BEFORE = 3.0


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a value lies."""

    low: float
    high: float


def share_interval(shares: Floats, alpha: float) -> Interval:
    """Return where the mean of shares in 0..1 lies: a beta-binomial mixture with a flat prior (Robbins 1970).

    The mixture is made for wins and losses, 1 and 0; since a likelihood ratio is convex in the share, it holds for any share in
    0..1 with a fixed mean, e.g. a day's share of wins.
    """
    count, won = len(shares), float(shares.sum())
    if not count:
        return Interval(0.0, 1.0)
    mixture = lgamma(1 + won) + lgamma(1 + count - won) - lgamma(2 + count)

    def excluded(mean: float) -> bool:
        return mixture - _power(mean, won) - _power(1 - mean, count - won) >= log(1 / alpha)

    middle = won / count
    return Interval(_edge(middle, 0.0, excluded), _edge(middle, 1.0, excluded))


def _power(base: float, exponent: float) -> float:
    """Return the logarithm of `base ** exponent`, with `0 ** 0 = 1`."""
    if not exponent:
        return 0.0
    return exponent * log(base) if base > 0 else -np.inf


def _edge(inside: float, outside: float, excluded: Callable[[float], bool]) -> float:
    """Return the last value on the way from the estimate to the end of the scale that is not excluded."""
    if not excluded(outside):
        return outside
    for _ in range(60):
        middle = (inside + outside) / 2
        inside, outside = (inside, middle) if excluded(middle) else (middle, outside)
    return inside


def mean_interval(values: Floats, alpha: float) -> Interval:
    """Return where the mean of a day's results lies: a normal mixture with the variance seen so far (Robbins 1970).

    `mean +- sqrt((v + rho) log((v + rho) / (rho alpha^2))) / n`, with `v` the sum of squared deviations. It holds as the days
    become many (Waudby-Smith and others 2021): below some twenty the variance is not known well enough.
    """
    count = len(values)
    if count < 2:
        return Interval(-np.inf, np.inf)
    mean = float(values.mean())
    spread = SEEN_BEFORE + float(((values - mean) ** 2).sum()) * count / (count - 1)
    rho = TIGHTEST_AT / (2 * log(1 / alpha) + log(1 + 2 * log(1 / alpha)))
    width = sqrt((spread + rho) * log((spread + rho) / (rho * alpha**2))) / count
    return Interval(mean - width, mean + width)
