"""The regime gate: which direction the market as a whole allows. The checks ask the coin's own daily trend beside it."""

import numpy as np

from functions.factors.value import FloatGrid
from functions.technical.trend import above


def regime(close: FloatGrid, ema50: FloatGrid, ema200: FloatGrid) -> FloatGrid:
    """Return +1 where Bitcoin's daily close is above EMA50 and EMA200, -1 where below both, 0 between, NaN while unknown.

    Args:
        close: of the newest closed daily candle at each moment, `[1, T]`; NaN where it is late.
        ema50: of the daily closes.
        ema200: the same; unknown for the first 199 candles, and the gate with it.
    """
    up = above(close, ema50) & above(close, ema200)
    down = above(ema50, close) & above(ema200, close)
    known = ~(np.isnan(close) | np.isnan(ema50) | np.isnan(ema200))
    return np.where(known, up.astype(np.float64) - down, np.nan)
