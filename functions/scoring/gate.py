"""The regime gate and the trends under it, from what the timeframes said last; what is late or unsound is unknown.

The gate is Bitcoin's daily candle: above EMA50 and EMA200 it allows longs, below both shorts, between them nothing, and it is
unknown while EMA200 is. The checks ask the coin's own daily trend beside it.
"""

import numpy as np
from numpy.typing import NDArray

from functions.arrays import FloatGrid
from functions.factors.technical import TimeframeTrend
from functions.technical.engine.quality import Problem
from functions.technical.setups.standing import Standing


def regime(gate: Standing) -> FloatGrid:
    """Return the direction the market allows, +1, -1 or 0 for none, `[1, T]`; NaN while it is unknown.

    Args:
        gate: daily standing of the gate's pair.
    """
    return np.where(_usable(gate) & gate.regime_known, gate.regime, np.nan)


def trend(standing: Standing) -> TimeframeTrend:
    """Return the trend of a timeframe, `[S, T]`, as the technical factor takes it; NaN where it is unknown."""
    return TimeframeTrend(direction=np.where(_usable(standing), standing.direction, np.nan), strength=standing.strength)


def _usable(standing: Standing) -> NDArray[np.bool_]:
    usable: NDArray[np.bool_] = (standing.late == 0) & (standing.problem == Problem.NONE)
    return usable
