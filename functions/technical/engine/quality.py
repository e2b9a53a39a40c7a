"""Whether there is enough sound history under a close to compute a signal from it."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from functions.arrays import BoolGrid, FloatGrid
from functions.technical.engine.windows import rolling_max, rolling_min, rolling_sum

MINIMUM_CANDLES = 60  # EMA(50) and a little more
GAP_WINDOW = 50
GAPS_ALLOWED = 2
FLAT_WINDOW = 20
FLAT_RANGE = 1e-9  # of the price

Problems = NDArray[np.int8]


class Problem(IntEnum):
    """What is wrong with the history under a close, the graver the higher."""

    NONE = 0
    NO_TRADES = 1
    FLAT = 2
    GAPS = 3
    TOO_FEW = 4
    MISSING = 5
    SINCE_STEP = 6  # too few candles, because a step of the price ended the history before them


def problems(
    present: BoolGrid, high: FloatGrid, low: FloatGrid, volume: FloatGrid, rows: NDArray[np.int64], starts: NDArray[np.int64]
) -> Problems:
    """Return the gravest problem of each cell, `[T, S]` of `Problem`.

    MISSING: this candle is not there. TOO_FEW: less than 60 candles since the first. GAPS: more than 2 of the last 50 are
    missing.
    FLAT: the last 20 candles span at most 1e-9 of the price. NO_TRADES: no volume in this candle.

    Args:
        present: which candles were there, `[T, S]`; at least `GAP_WINDOW` rows before the first one that is asked for.
        high: in price.
        low: in price.
        volume: in coins.
        rows: number of each row in the whole history, `[T]`.
        starts: row of each symbol's first candle in the whole history, `[S]`.
    """
    worst = np.zeros(present.shape, dtype=np.int8)
    worst[volume == 0] = Problem.NO_TRADES
    top, bottom = rolling_max(high, FLAT_WINDOW), rolling_min(low, FLAT_WINDOW)
    worst[top - bottom <= FLAT_RANGE * top] = Problem.FLAT
    worst[rolling_sum((~present).astype(np.float64), GAP_WINDOW) > GAPS_ALLOWED] = Problem.GAPS
    worst[rows[:, None] - starts + 1 < MINIMUM_CANDLES] = Problem.TOO_FEW
    worst[~present] = Problem.MISSING
    return worst
