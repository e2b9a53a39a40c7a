"""The indicators of SPEC M2 by TradingView's definitions; the averages they need come from `engine.recursive`.

Each function takes time-first grids `[T, S]` and returns the same shape: row t is computed from rows 0..t only. A value is NaN
until its warm-up is over and where its formula divides nothing by nothing. "Warm-up" is the candle with the first value, counted
from a symbol's first one as 1; "settled" the number of candles after which a value differs less than 0.01% from one with an
endless history, of the price for what is measured in price and of 100 for what runs from 0 to 100. Both are asserted in
tests/unit/technical/test_warm_up.py.
"""

from itertools import pairwise

import numpy as np

from functions.arrays import FloatGrid, Milliseconds
from functions.technical.engine.windows import deviation, rolling_max, rolling_min, rolling_sum, shift, sma

DAY = 86_400_000


def rsi(gain: FloatGrid, loss: FloatGrid) -> FloatGrid:
    """Relative strength index 0..100 from Wilder's averages of gains and losses: `100 * gain / (gain + loss)`.

    100 when nothing was lost, also for a price that never moved; TA-Lib says 0 for the latter. Warm-up that of the averages, 15;
    settled 180. Source: Wilder 1978; TradingView `ta.rsi`.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        value = 100.0 * gain / (gain + loss)
    return np.where(loss == 0.0, 100.0, value)


def stochastic_rsi(rsi_values: FloatGrid, length: int = 14, k: int = 3, d: int = 3) -> tuple[FloatGrid, FloatGrid]:
    """%K and %D of the stochastic of the RSI, 0..100.

    `raw = 100 * (rsi - lowest) / (highest - lowest)` over `length`; `K = SMA(raw, k)`, `D = SMA(K, d)`; undefined (NaN) where
    the RSI stood still. Warm-up 30 for K, 32 for D; settled 200. Source: TradingView "Stochastic RSI" (14, 14, 3, 3).
    """
    lowest, highest = rolling_min(rsi_values, length), rolling_max(rsi_values, length)
    with np.errstate(invalid="ignore", divide="ignore"):
        raw = 100.0 * (rsi_values - lowest) / (highest - lowest)
    line = sma(raw, k)
    return line, sma(line, d)


def bollinger(close: FloatGrid, length: int = 20, width: float = 2.0) -> tuple[FloatGrid, FloatGrid, FloatGrid]:
    """Middle, upper and lower Bollinger band, in price: `SMA +- width` population standard deviations.

    Warm-up `length`, exact from then on. Source: TradingView `ta.bb`.
    """
    middle = sma(close, length)
    spread = width * deviation(close, middle, length)
    return middle, middle + spread, middle - spread


def directional_indicator(moved: FloatGrid, ranges: FloatGrid) -> FloatGrid:
    """+DI or -DI, 0..100, from Wilder's averages of the directional move and the true range; 0 when nothing moved.

    `100 * moved / ranges`. Warm-up that of the averages, 15; settled 160. Source: Wilder 1978; TradingView `ta.dmi`.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(ranges == 0.0, 0.0, 100.0 * moved / ranges)


def obv_change(close: FloatGrid, volume: FloatGrid, length: int = 20) -> FloatGrid:
    """Change of the on-balance volume over `length` candles, in coins: the sum of `sign(close - before) * volume`.

    Warm-up `length` + 1, exact from then on, whatever stands before. Source: Granville; TradingView `ta.change(ta.obv, length)`.
    """
    signed = np.sign(close - shift(close, 1))
    signed *= volume
    np.copyto(signed, 0.0, where=np.isnan(signed))
    return np.where(np.isnan(shift(close, length)), np.nan, rolling_sum(signed, length))


def session_vwap(high: FloatGrid, low: FloatGrid, close: FloatGrid, volume: FloatGrid, open_time: Milliseconds) -> FloatGrid:
    """Volume-weighted average of (high + low + close) / 3 since midnight UTC, in price; NaN until something trades.

    No warm-up, but the session of the first row is only whole when that row opens at midnight. Source: TradingView `ta.vwap`,
    session anchor.
    """
    typical = (high + low + close) / 3.0
    result = np.full_like(close, np.nan)
    day = open_time // DAY
    edges = [0, *(np.flatnonzero(np.diff(day)) + 1).tolist(), len(day)]
    known = np.where(np.isnan(typical), 0.0, typical)
    weight = np.where(np.isnan(volume), 0.0, volume)
    for first, last in pairwise(edges):
        traded = np.cumsum(weight[first:last], axis=0)
        paid = np.cumsum(known[first:last] * weight[first:last], axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            result[first:last] = np.where(traded > 0, paid / traded, np.nan)
    return result
