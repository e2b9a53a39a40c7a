"""Intervals of any figure by the stationary bootstrap (Politis and Romano 1994).

Days are drawn anew in blocks of random length, so that what hangs together in time stays together; a figure is computed of each
draw, and the interval holds the middle of them. Trades are drawn by their UTC day: ten trades of one day see one market.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from functions.arrays import FloatArray, IntArray, IntGrid
from functions.outcomes.sequences import Interval

DRAWS = 1000
FEWEST_DAYS = 20  # below it an interval would be narrower than what is known


def mean_block(days: int) -> int:
    """Return the mean length of a block: the cube root of the days, 1 at least."""
    return max(1, round(float(np.cbrt(days))))


def block_indices(days: int, draws: int, seed: int) -> IntGrid:
    """Return which days each draw is made of, `[draws, days]`; a block that reaches the end goes on at the beginning."""
    random = np.random.default_rng(seed)
    starts = random.integers(0, days, (draws, days))
    starts_anew = random.random((draws, days)) < 1 / mean_block(days)
    starts_anew[:, 0] = True
    place = np.arange(days)
    began = np.maximum.accumulate(np.where(starts_anew, place, 0), axis=1)
    indices: IntGrid = (np.take_along_axis(starts, began, axis=1) + place - began) % days
    return indices


def curve_intervals(
    returns: FloatArray,
    figures: Mapping[str, Callable[[FloatArray], float]],
    *,
    level: float = 0.9,
    draws: int = DRAWS,
    seed: int = 0,
) -> dict[str, Interval | None]:
    """Return the interval of each figure of a daily curve; None below twenty days, or where draws have no such figure.

    Args:
        returns: `[T]`, one a UTC day.
        figures: by name, each of an array of returns.
        level: share of the draws that lie inside.
        draws: how many.
        seed: of the draws; the same one gives the same intervals.
    """
    if len(returns) < FEWEST_DAYS:
        return dict.fromkeys(figures)
    drawn = returns[block_indices(len(returns), draws, seed)]
    return {name: _middle(np.array([figure(row) for row in drawn]), level) for name, figure in figures.items()}


@dataclass(frozen=True, slots=True)
class Quotient:
    """What of each trade is summed above and what below the line of a figure, `[N]` each."""

    above: FloatArray
    below: FloatArray


def trade_intervals(
    day: IntArray, figures: Mapping[str, Quotient], *, level: float = 0.9, draws: int = DRAWS, seed: int = 0
) -> dict[str, Interval | None]:
    """Return the interval of each figure of trades, drawn by their day; None below twenty days with a trade.

    Args:
        day: `[N]`, UTC day of each trade, days since 1970.
        figures: by name.
        level: share of the draws that lie inside.
        draws: how many.
        seed: of the draws.
    """
    days, place = np.unique(day, return_inverse=True)
    if len(days) < FEWEST_DAYS:
        return dict.fromkeys(figures)
    drawn = block_indices(len(days), draws, seed)

    def summed(values: FloatArray) -> FloatArray:
        of_days = np.bincount(place, weights=values, minlength=len(days))
        sums: FloatArray = of_days[drawn].sum(axis=1)
        return sums

    with np.errstate(divide="ignore", invalid="ignore"):
        return {name: _middle(summed(of.above) / summed(of.below), level) for name, of in figures.items()}


def _middle(drawn: FloatArray, level: float) -> Interval | None:
    """Return what holds the middle of the draws; None when more than one in a hundred has no such figure."""
    known = drawn[~np.isnan(drawn)]
    if len(known) < 0.99 * len(drawn):
        return None
    tail = (1 - level) / 2
    low, high = np.quantile(known, [tail, 1 - tail], method="inverted_cdf")
    return Interval(float(low), float(high))
