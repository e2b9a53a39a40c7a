"""The four scores of a pair, each 0..1 and NaN where it is not known. Whole arrays at a time, `[S]`."""

import numpy as np

from functions.arrays import FloatArray
from functions.screener.rules import ADX_FULL, ADX_NONE, HEALTHY_ATR, TREND_RSI, VOLUME_FULL, VOLUME_NONE, Plateau


def plateau(value: FloatArray, best: Plateau) -> FloatArray:
    """Return 0 up to `low`, 1 from `good` to `fine`, 0 from `high` on, straight lines between; NaN stays NaN."""
    score: FloatArray = np.interp(value, [best.low, best.good, best.fine, best.high], [0.0, 1.0, 1.0, 0.0])
    return score


def trend_score(direction: FloatArray, strength: FloatArray, adx: FloatArray) -> FloatArray:
    """Return how strong the daily trend is, whichever way: `(strength + clip((ADX - 20) / 20, 0, 1)) / 2`, 0 without a direction.

    Args:
        direction: +1 up, -1 down, 0 neither, NaN unknown.
        strength: 0..1, how much of averages, swings and ADX agrees with the direction.
        adx: ADX(14), 0..100.
    """
    push = np.clip((adx - ADX_NONE) / (ADX_FULL - ADX_NONE), 0.0, 1.0)
    score = np.where(direction == 0, 0.0, (strength + push) / 2)
    return np.where(np.isnan(direction), np.nan, score)


def rsi_score(rsi: FloatArray, direction: FloatArray) -> FloatArray:
    """Return how well RSI(14) stands for an entry with the trend: the plateau 30, 45..60, 75; of `100 - RSI` in a downtrend.

    0 without a trend: this desk enters with the trend only. NaN where RSI or direction is unknown.
    """
    score = np.where(direction == 0, 0.0, plateau(with_trend(rsi, direction), TREND_RSI))
    return np.where(np.isnan(direction) | np.isnan(rsi), np.nan, score)


def with_trend(rsi: FloatArray, direction: FloatArray) -> FloatArray:
    """Return RSI as an uptrend would see it: `100 - RSI` in a downtrend."""
    return np.where(direction < 0, 100.0 - rsi, rsi)


def volume_score(ratio: FloatArray) -> FloatArray:
    """Return `clip(log2(ratio / 0.5) / 3, 0, 1)`: half the average is 0, the average a third, four times the average 1.

    Args:
        ratio: 24h volume over the average daily volume of 20 days; 0 or more.
    """
    with np.errstate(divide="ignore"):
        score: FloatArray = np.clip(np.log2(ratio / VOLUME_NONE) / np.log2(VOLUME_FULL / VOLUME_NONE), 0.0, 1.0)
    return score


def volatility_score(atr: FloatArray) -> FloatArray:
    """Return how healthy the daily range is: the plateau 1%, 3%..8%, 15%.

    Args:
        atr: ATR(14) of the daily candles as a fraction of the close.
    """
    return plateau(atr, HEALTHY_ATR)
