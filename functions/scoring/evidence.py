"""What the factors say for and against a setup. Text is kept apart from measurements: it cannot help a setup pass a check."""

from dataclasses import dataclass

from functions.arrays import FloatGrid
from functions.factors.reading import Factor
from functions.scoring.combine import TEXT, combine
from functions.scoring.consensus import agreeing_factors
from functions.scoring.factor_grids import FactorGrids, without
from functions.scoring.rules import ScoreRules


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for and against a setup, `[S, T]`; NaN where it is unknown.

    Attributes:
        agreeing: factors that agree with the setup's direction.
        score: of all factors but text, 0..100.
        confidence: of all factors but text, 0..1.
        technical: value of the technical factor, -1..1.
        text: value of the sentiment factor, -1..1.
    """

    agreeing: FloatGrid
    score: FloatGrid
    confidence: FloatGrid
    technical: FloatGrid
    text: FloatGrid


def evidence(factors: FactorGrids, direction: FloatGrid, rules: ScoreRules) -> Evidence:
    """Return what the factors say of setups of a direction, +1, -1 or 0, `[S, T]`."""
    measured = combine(without(factors, TEXT), rules)
    return Evidence(
        agreeing=agreeing_factors(factors, direction, rules),
        score=measured.score,
        confidence=measured.confidence,
        technical=factors[Factor.TECHNICAL].value,
        text=factors[TEXT].value,
    )
