"""Which setups of a span become signals: the live checks over all of them, and the pause between two signals of a pair."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from functions.arrays import FloatArray, IntArray
from functions.backtest.engine.setups import FoundSetups
from functions.factors.reading import Factor
from functions.scoring.combine import combine, points
from functions.scoring.evidence import evidence
from functions.scoring.factor_grids import without
from functions.scoring.filters import Rejection, rejections, rested
from functions.scoring.rules import ScoreRules

MINUTE = 60_000  # ms


@dataclass(frozen=True, slots=True)
class JudgedSetups:
    """What became of setups, `[N]`.

    Args:
        failed: checks that each failed, bits of `Rejection`; 0 is a signal.
        score: 0..100; NaN when nothing is known.
        confidence: 0..1.
        points: by which each factor moves the score from 50; NaN where it is silent.
    """

    failed: IntArray
    score: FloatArray
    confidence: FloatArray
    points: Mapping[Factor, FloatArray]

    @property
    def signals(self) -> IntArray:
        """Return the numbers of those that became signals."""
        return np.flatnonzero(self.failed == 0)

    @property
    def rejections(self) -> Mapping[str, int]:
        """Return how many were rejected by the first check they failed, most first."""
        headlines: NDArray[np.int64] = self.failed & -self.failed
        counts = Counter({int(bit): int(count) for bit, count in zip(*np.unique(headlines, return_counts=True), strict=True)})
        return {str(Rejection(bit).name).lower(): count for bit, count in counts.most_common() if bit}


def judge_setups(
    found: FoundSetups, rules: ScoreRules, silenced: Factor | None = None, before: Mapping[int, int] | None = None
) -> JudgedSetups:
    """Judge every setup of a span, in their order.

    Args:
        found: setups in the order in which the desk judges them.
        rules: of the score.
        silenced: a factor that says nothing, to see what it adds; none by default.
        before: when each pair had its last signal before the span, ms UTC, by its row; none by default.
    """
    factors = found.factors if silenced is None else without(found.factors, silenced)
    failed = rejections(found.setups, evidence(factors, found.setups.direction, rules), rules)[:, 0]
    _rest(found, failed, rules, dict(before or {}))
    scores, moved = combine(factors, rules), points(factors, rules)
    return JudgedSetups(
        failed=failed,
        score=scores.score[:, 0],
        confidence=scores.confidence[:, 0],
        points={factor: grid[:, 0] for factor, grid in moved.items()},
    )


def last_signals(found: FoundSetups, judged: JudgedSetups) -> dict[int, int]:
    """Return when each pair had its last signal, ms UTC, by its row."""
    return dict(zip(found.row[judged.signals].tolist(), found.said_at[judged.signals].tolist(), strict=True))


def _rest(found: FoundSetups, failed: IntArray, rules: ScoreRules, last: dict[int, int]) -> None:
    """Reject what passes everything else but comes too soon after a signal of its pair."""
    passing = np.flatnonzero(failed == 0)
    for number, row, said_at in zip(passing, found.row[passing].tolist(), found.said_at[passing].tolist(), strict=True):
        minutes = (said_at - last[row]) / MINUTE if row in last else np.inf
        if rested(np.array(minutes), rules):
            last[row] = said_at
        else:
            failed[number] = Rejection.COOLDOWN.value


def judge_resting(orders: FoundSetups, rules: ScoreRules) -> IntArray:
    """Return the checks that each resting order fails, bits of `Rejection`, `[N]`; 0 is one that the desk places.

    No earlier signal of its pair keeps it waiting: the pause between two trades of a pair is asked for when it fills.
    """
    failed: IntArray = rejections(orders.setups, evidence(orders.factors, orders.setups.direction, rules), rules)[:, 0]
    return failed
