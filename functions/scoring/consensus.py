"""How many factors agree with a direction. Three make a consensus; text is one of them only with three publishers behind it."""

import numpy as np

from functions.arrays import FloatGrid
from functions.scoring.combine import TEXT
from functions.scoring.factor_grids import FactorGrids
from functions.scoring.rules import ScoreRules


def agreeing_factors(factors: FactorGrids, direction: FloatGrid, rules: ScoreRules) -> FloatGrid:
    """Return how many fresh factors lean to a direction, `[S, T]`.

    Args:
        factors: what each factor says.
        direction: +1 or -1, `[S, T]`; nothing agrees with 0 or NaN.
        rules: from where on a value leans, and how many publishers make text count.
    """
    count = np.zeros(direction.shape)
    for factor, grid in factors.items():
        agrees = grid.known & (grid.value * direction >= rules.least_lean) & (direction != 0)
        if factor is TEXT:
            agrees &= grid.publishers >= rules.least_publishers
        count = count + agrees
    return count
