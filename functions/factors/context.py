"""The context factor: what the market as a whole feels and expects. Today that is Fear & Greed."""

import numpy as np

from functions.arrays import FloatGrid
from functions.factors.rules import FactorRules
from functions.factors.value import FactorValue


def fear_greed_factor(index: FloatGrid, rules: FactorRules) -> FactorValue:
    """Return `(index - 50) / 50` of an index from 0 (extreme fear) to 100 (extreme greed); NaN where it is unknown.

    Greed speaks for rising prices, not against them: buying fear and selling greed made the study's rules worse.
    """
    return FactorValue(value=(index - 50.0) / 50.0, confidence=np.where(np.isnan(index), np.nan, rules.fear_greed_confidence))
