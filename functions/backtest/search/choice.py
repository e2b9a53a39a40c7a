"""What would have been chosen at the end of each past, and what all trials together are worth.

Each trial is an array of daily returns, so a window is a part of it: no price from after the past is in a choice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from functions.arrays import FloatArray, FloatGrid
from functions.backtest.search.grid import Configuration
from functions.backtest.search.windows import Window
from functions.backtest.span import DAY, Span
from functions.performance.metrics.equity import FIGURES, sharpe
from functions.performance.statistics.deflated import deflated_sharpe, observed
from functions.performance.statistics.overfitting import probability_of_overfitting
from functions.performance.statistics.superior import superiority
from functions.performance.statistics.verdict import SearchEvidence, judge_search


@dataclass(frozen=True, slots=True)
class TrialMatrix:
    """All trials: `returns[N, T]`, one a configuration and a UTC day of `span`, and the configurations, `[N]`."""

    span: Span
    configurations: Sequence[Configuration]
    returns: FloatGrid

    def during(self, span: Span) -> FloatGrid:
        """Return the days of a part of the span, `[N, t]`."""
        return self.returns[:, (span.since - self.span.since) // DAY : (span.until - self.span.since) // DAY]


@dataclass(frozen=True, slots=True)
class Choice:
    """The best configuration of a past: its Sharpe ratio of a year there, and what the same trial had in the test.

    `configuration` is empty, which is what the rules are without a search, when no trial moved in that past.
    """

    window: Window
    configuration: Configuration
    past_sharpe: float
    test_sharpe: float


@dataclass(frozen=True, slots=True)
class SearchWorth:
    """What the trials are worth over the days that were tested.

    Args:
        evidence: of the best of all trials on those days, which nobody could have chosen.
        overfitting: probability that the best of one half of the time is one of the worse half in the other, 0..1.
        deflated: how sure it is, 0..1, that what was chosen is better than the luck of so many trials; NaN without a trade.
        beats_shipped_p: probability that trials no better than the shipped rules show as much more than those.
        average: figures of all trials in equal parts: what not choosing gives.
    """

    evidence: SearchEvidence
    overfitting: float
    deflated: float
    beats_shipped_p: float
    average: Mapping[str, float]


def choose(trials: TrialMatrix, rolled: Sequence[Window]) -> list[Choice]:
    """Choose at the end of each past the configuration with its best Sharpe ratio; the first one of equals."""
    choices = []
    for window in rolled:
        past = np.array([sharpe(row) for row in trials.during(window.past)])
        known = np.where(np.isfinite(past), past, -np.inf)
        best = int(np.argmax(known))
        there = bool(np.isfinite(known[best]))
        choices.append(
            Choice(
                window=window,
                configuration=trials.configurations[best] if there else {},
                past_sharpe=float(past[best]) if there else float("nan"),
                test_sharpe=sharpe(trials.during(window.test)[best]),
            )
        )
    return choices


def worth_of(trials: TrialMatrix, tested: Span, chosen: FloatArray, shipped: FloatArray) -> SearchWorth:
    """Return what the trials are worth over the days that were tested.

    Args:
        trials: all of them, never the good ones alone.
        tested: the days.
        chosen: `[t]`, what was earned by the choices on those days.
        shipped: `[t]`, what was earned by the rules without a search.
    """
    returns = trials.during(tested)
    evidence = judge_search(returns, np.zeros(returns.shape[1]))
    everything: FloatArray = returns.mean(axis=0)
    return SearchWorth(
        evidence=evidence,
        overfitting=probability_of_overfitting(returns),
        deflated=_deflated(returns, chosen),
        beats_shipped_p=superiority(returns, shipped),
        average={name: figure(everything) for name, figure in FIGURES.items()},
    )


def _deflated(returns: FloatGrid, chosen: FloatArray) -> float:
    """Deflate the ratio of what was chosen by the spread of all trials on the same days."""
    deviations = returns.std(axis=1, ddof=1)
    moves = deviations > 0
    if moves.sum() < 2 or chosen.min() == chosen.max():
        return float("nan")
    ratios = returns[moves].mean(axis=1) / deviations[moves]
    ratio, moments = observed(chosen)
    variance = max(float(ratios.var(ddof=1)), 1 / len(chosen))
    return deflated_sharpe(ratio, moments, trials=len(returns), trial_variance=variance)
