"""The regime gate, from what the daily timeframe said last; what is late or unsound is unknown.

The gate is Bitcoin's daily candle: above EMA50 and EMA200 it allows longs, below both shorts, between them nothing, and it is
unknown while EMA200 is. The checks ask the coin's own daily trend beside it.
"""

import numpy as np

from functions.arrays import FloatGrid
from functions.technical.factors import usable
from functions.technical.setups.standing import Standing


def regime(gate: Standing) -> FloatGrid:
    """Return the direction the market allows, +1, -1 or 0 for none, `[1, T]`; NaN while it is unknown.

    Args:
        gate: daily standing of the gate's pair.
    """
    return np.where(usable(gate) & gate.regime_known, gate.regime, np.nan)
