"""The indicators of SPEC M2 over a whole history at once, by TradingView's definitions.

Each function takes time-first grids `[T, S]` and returns the same shape: row t is computed from rows 0..t only. `starts[S]` is
the row of each symbol's first candle. A value is NaN until its warm-up is over and where its formula divides nothing by
nothing. "Warm-up" is the candle with the first value, counted from a symbol's first one as 1; "settled" the number of candles
after which a value differs less than 0.01% from one with an endless history, of the price for what is measured in price and of
100 for what runs from 0 to 100. Both are asserted in tests/unit/technical/test_warm_up.py.
"""

from itertools import pairwise

import numpy as np

from functions.market.candles import Milliseconds
from functions.technical.recursion import Stack, Starts, average, averages, ema_of, rma_of
from functions.technical.windows import FloatGrid, deviation, rolling_max, rolling_min, rolling_sum, shift, sma

DAY = 86_400_000
SMALLEST = np.finfo(np.float64).tiny
MACD_SIGNAL = ema_of(9, offset=25)
ADX_LINE = rma_of(14, offset=14)


def ema(close: FloatGrid, length: int, starts: Starts) -> FloatGrid:
    """Exponential moving average, in price.

    `y = y' + 2/(length+1) * (x - y')`, first value the SMA. Warm-up `length`, settled about 5 x `length` (50, 110, 250,
    1,000 for 9, 21, 50, 200). Source: TradingView `ta.ema`.
    """
    return average(close, ema_of(length), starts)


def macd(close: FloatGrid, starts: Starts) -> tuple[FloatGrid, FloatGrid, FloatGrid]:
    """Line, signal and histogram of the MACD(12, 26, 9), in price.

    `line = EMA12 - EMA26`, `signal = EMA9(line)`, `histogram = line - signal`. Warm-up 26, 34 and 34, settled 130, 140 and
    130. Source: Appel; TradingView `ta.macd`.
    """
    both = averages(close[:, None, :], [ema_of(12), ema_of(26)], starts)
    line = both[:, 0] - both[:, 1]
    signal = average(line, MACD_SIGNAL, starts)
    return line, signal, line - signal


def moves(close: FloatGrid, before: FloatGrid, out: Stack) -> None:
    """Write into `out` `[T, 2, S]` how much each close is above, and below, the one before; both at least 0, in price.

    `max(close - before, 0)` and `max(before - close, 0)`. Warm-up 2. Source: Wilder 1978.
    """
    change = close - before
    np.maximum(change, 0.0, out=out[:, 0])
    np.subtract(out[:, 0], change, out=out[:, 1])


def rsi_of(gain: FloatGrid, loss: FloatGrid) -> FloatGrid:
    """Relative strength index 0..100 from Wilder's averages of gains and losses: `100 * gain / (gain + loss)`.

    100 when nothing was lost, also for a price that never moved; TA-Lib says 0 for the latter. Warm-up that of the averages, 15;
    settled 180. Source: Wilder 1978; TradingView `ta.rsi`.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        value = 100.0 * gain / (gain + loss)
    return np.where(loss == 0.0, 100.0, value)


def rsi(close: FloatGrid, starts: Starts, length: int = 14) -> FloatGrid:
    """RSI of `close`, 0..100. Warm-up `length` + 1, settled 180 for 14. Source: Wilder 1978; TradingView `ta.rsi`."""
    both = np.empty((len(close), 2, close.shape[1]))
    moves(close, shift(close, 1), both)
    averages(both, [rma_of(length, offset=1)] * 2, starts, in_place=True)
    return rsi_of(both[:, 0], both[:, 1])


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


def true_range(high: FloatGrid, low: FloatGrid, before: FloatGrid) -> FloatGrid:
    """Largest of high - low, |high - before|, |low - before|, in price, where `before` is the last close; high - low without one.

    `max(high, before) - min(low, before)`. No warm-up. Source: TradingView `ta.tr(true)`; TA-Lib and Wilder leave a symbol's
    first candle out.
    """
    return np.fmax(high, before) - np.fmin(low, before)


def atr(ranges: FloatGrid, starts: Starts, length: int = 14) -> FloatGrid:
    """Average true range, in price: Wilder's average of `true_range`.

    Warm-up `length`, settled 160 for 14. Source: TradingView `ta.atr`.
    """
    return average(ranges, rma_of(length), starts)


def directional_moves(high: FloatGrid, low: FloatGrid, high_before: FloatGrid, low_before: FloatGrid, out: Stack) -> None:
    """Write Wilder's +DM and -DM into `out`, `[T, 2, S]`, in price: the larger move up or down if positive, the other 0.

    `up = high - before`, `down = before - low`; of two equal moves neither counts. The floats are compared as they are, as
    TradingView and TA-Lib do: of two moves of the same number of ticks one may be larger by rounding (0.3 - 0.2 < 0.2 - 0.1), and
    then counts. Warm-up 2. Source: Wilder 1978; TradingView `ta.dmi`.
    """
    up = high - high_before
    down = low_before - low
    larger = up > down
    np.maximum(up, 0.0, out=up)
    np.maximum(down, 0.0, out=down)
    np.multiply(up, larger, out=out[:, 0])
    np.greater(down, up, out=larger)
    np.multiply(down, larger, out=out[:, 1])


def directional_index(plus: FloatGrid, minus: FloatGrid) -> FloatGrid:
    """DX, 0..100, from Wilder's averages of +DM and -DM: `100 * |plus - minus| / (plus + minus)`; 0 when nothing moved.

    Warm-up that of the averages, 15. Source: Wilder 1978; TradingView `ta.dmi`.
    """
    total = plus + minus
    index = np.abs(plus - minus)
    index /= np.maximum(total, SMALLEST, out=total)
    index *= 100.0
    return index


def directional_indicator(moved: FloatGrid, ranges: FloatGrid) -> FloatGrid:
    """+DI or -DI, 0..100, from Wilder's averages of the directional move and the true range; 0 when nothing moved.

    `100 * moved / ranges`. Warm-up that of the averages, 15; settled 160. Source: Wilder 1978; TradingView `ta.dmi`.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(ranges == 0.0, 0.0, 100.0 * moved / ranges)


def adx(high: FloatGrid, low: FloatGrid, close: FloatGrid, starts: Starts) -> tuple[FloatGrid, FloatGrid, FloatGrid]:
    """+DI, -DI and ADX (14), 0..100.

    `DI = 100 * RMA(DM) / RMA(TR)`, `DX = 100 * |+DI - -DI| / (+DI + -DI)`, `ADX = RMA14(DX)`. Warm-up 15 and 28, settled 160
    and 220. Source: Wilder 1978; TradingView `ta.dmi`. TA-Lib begins its sums one candle earlier, the difference fades.
    """
    stack = np.empty((len(close), 3, close.shape[1]))
    directional_moves(high, low, shift(high, 1), shift(low, 1), stack[:, :2])
    stack[:, 2] = true_range(high, low, shift(close, 1))
    plus, minus, ranges = np.moveaxis(averages(stack, [rma_of(14, offset=1)] * 3, starts, in_place=True), 1, 0)
    line = average(directional_index(plus, minus), ADX_LINE, starts)
    return directional_indicator(plus, ranges), directional_indicator(minus, ranges), line


def signed_volume(close: FloatGrid, before: FloatGrid, volume: FloatGrid) -> FloatGrid:
    """Volume, in coins, with the sign of the close's change from `before`; 0 without a last close or without a change.

    `sign(close - before) * volume`. No warm-up. Source: Granville.
    """
    signed = np.sign(close - before)
    signed *= volume
    np.copyto(signed, 0.0, where=np.isnan(signed))
    return signed


def obv(close: FloatGrid, volume: FloatGrid) -> FloatGrid:
    """On-balance volume, in coins: the running sum of `signed_volume`; 0 up to a symbol's first candle.

    No warm-up, never settled: its level depends on where the history begins, and only its changes mean something
    (`obv_change`). Source: Granville; TradingView `ta.obv`. TA-Lib begins with the first volume instead of 0.
    """
    return np.cumsum(signed_volume(close, shift(close, 1), volume), axis=0)


def obv_change(close: FloatGrid, volume: FloatGrid, length: int = 20) -> FloatGrid:
    """Change of the on-balance volume over `length` candles, in coins: the sum of their `signed_volume`.

    Warm-up `length` + 1, exact from then on, whatever stands before. Source: Granville; TradingView `ta.change(ta.obv, length)`.
    """
    total = rolling_sum(signed_volume(close, shift(close, 1), volume), length)
    return np.where(np.isnan(shift(close, length)), np.nan, total)


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
