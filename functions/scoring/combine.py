"""All factors together: the score, how much of the weight is there, and how much of it agrees."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from functions.arrays import FloatGrid
from functions.factors.reading import Factor
from functions.scoring.factor_grids import FactorGrids
from functions.scoring.rules import ScoreRules

TEXT = Factor.SENTIMENT  # whoever writes can move this one


@dataclass(frozen=True, slots=True)
class Scores:
    """What all factors say together, `[S, T]`.

    Attributes:
        score: 0 (everything speaks against the coin) to 100; 50 is neutral, NaN where no factor is known.
        coverage: share of all weights whose factors are known, 0..1.
        confidence: how much of the weight agrees on the stronger side, 0..1. It is an agreement and no probability.
    """

    score: FloatGrid
    coverage: FloatGrid
    confidence: FloatGrid


def points(factors: FactorGrids, rules: ScoreRules) -> Mapping[Factor, FloatGrid]:
    """Return by how many points each factor moves the score from 50, `[S, T]`; NaN where it is silent.

    Together they are `score - 50`, up to rounding.
    """
    share = rules.weights.share
    measured, text_share = _known_shares(factors, rules)
    part_of = (1.0 - text_share) / np.where(measured > 0, measured, 1.0)
    return {
        factor: np.where(grid.known, 50.0 * share(factor) * (1.0 if factor is TEXT else part_of) * grid.lean, np.nan)
        for factor, grid in factors.items()
    }


def combine(factors: FactorGrids, rules: ScoreRules) -> Scores:
    """Return the scores.

    `score = 50 + 50 * sum(part * value * confidence)`. The parts are the weights' shares renormalised over the known factors,
    except that text keeps its share of all weights however few others are known: it moves a score by at most its weight.

    `confidence = min(1, agreeing / 0.6)`, `agreeing` being the larger of `sum(share * up)` and `sum(share * down)` over all
    weights, where `up` is the confidence of a factor's surest source that leans up. What contradicts lowers the score; it does
    not lower the confidence, so that a source that falls silent never makes the desk surer.
    """
    shape = factors[TEXT].value.shape
    measured_share, text_share = _known_shares(factors, rules)
    measured, up, down = (np.zeros(shape) for _ in range(3))
    for factor, grid in factors.items():
        share = rules.weights.share(factor)
        up, down = up + share * grid.up, down + share * grid.down
        if factor is not TEXT:
            measured = measured + share * grid.lean
    others = measured / np.where(measured_share > 0, measured_share, 1.0)
    balance = others * (1.0 - text_share) + text_share * factors[TEXT].lean
    coverage = measured_share + text_share
    return Scores(
        score=np.where(coverage > 0, 50.0 + 50.0 * balance, np.nan),
        coverage=np.minimum(coverage, 1.0),
        confidence=np.minimum(np.maximum(up, down) / rules.full_agreement, 1.0),
    )


def _known_shares(factors: FactorGrids, rules: ScoreRules) -> tuple[FloatGrid, FloatGrid]:
    """Return how much of all weights is known of what is measured, and of text, `[S, T]` each."""
    measured, text = np.zeros(factors[TEXT].value.shape), np.zeros(factors[TEXT].value.shape)
    for factor, grid in factors.items():
        known = rules.weights.share(factor) * grid.known
        measured, text = (measured, text + known) if factor is TEXT else (measured + known, text)
    return measured, text
