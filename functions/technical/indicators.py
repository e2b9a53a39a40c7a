"""The indicators of SPEC M2 over a whole history at once, by TradingView's definitions.

Each function takes time-first grids `[T, S]` and returns the same shape: row t is computed from rows 0..t only. `starts[S]` is
the row of each symbol's first candle. A value is NaN until its warm-up is over and where its formula divides nothing by
nothing. "Warm-up" is the first row with a value; "settled" the number of candles after which a value differs less than 0.01%
from one with an endless history (asserted in tests/unit/technical/test_warm_up.py).
"""

from itertools import pairwise

import numpy as np

from functions.market.candles import Milliseconds
from functions.technical.recursion import Starts, average, averages, ema_of, rma_of
from functions.technical.windows import FloatGrid, deviation, rolling_max, rolling_min, shift, sma

DAY = 86_400_000


def ema(close: FloatGrid, length: int, starts: Starts) -> FloatGrid:
    """Exponential moving average, in price.

    `y = y' + 2/(length+1) * (x - y')`, first value the SMA. Warm-up `length`, settled about 5 x `length`. Source: TradingView
    `ta.ema`.
    """
    return average(close, ema_of(length), starts)


def macd_parts(fast: FloatGrid, slow: FloatGrid, starts: Starts) -> tuple[FloatGrid, FloatGrid, FloatGrid]:
    """Line, signal and histogram of the MACD from its two EMAs (12, 26), in price.

    `line = fast - slow`, `signal = EMA9(line)`, `histogram = line - signal`. Warm-up 26 and 34. Source: TradingView `ta.macd`.
    """
    line = fast - slow
    signal = average(line, ema_of(9, offset=25), starts)
    return line, signal, line - signal


def macd(close: FloatGrid, starts: Starts) -> tuple[FloatGrid, FloatGrid, FloatGrid]:
    """MACD(12, 26, 9) of `close`: line, signal, histogram; see `macd_parts`."""
    both = averages(close[:, None, :], [ema_of(12), ema_of(26)], starts)
    return macd_parts(both[:, 0], both[:, 1], starts)


def moves(close: FloatGrid) -> tuple[FloatGrid, FloatGrid]:
    """Return how much each close is above, and below, the one before; both at least 0, first row NaN."""
    change = close - shift(close, 1)
    return np.maximum(change, 0.0), np.maximum(-change, 0.0)


def rsi_of(gain: FloatGrid, loss: FloatGrid) -> FloatGrid:
    """Relative strength index 0..100 from Wilder's averages of gains and losses: `100 * gain / (gain + loss)`.

    100 when nothing was lost, also for a price that never moved. Source: TradingView `ta.rsi`; TA-Lib says 0 for the latter.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        value = 100.0 * gain / (gain + loss)
    return np.where(loss == 0.0, 100.0, value)


def rsi(close: FloatGrid, starts: Starts, length: int = 14) -> FloatGrid:
    """RSI of `close`, 0..100. Warm-up `length` + 1, settled about 15 x `length`. Source: Wilder 1978; TradingView `ta.rsi`."""
    gain, loss = moves(close)
    both = averages(np.stack([gain, loss], axis=1), [rma_of(length, offset=1)] * 2, starts)
    return rsi_of(both[:, 0], both[:, 1])


def stochastic_rsi(rsi_values: FloatGrid, length: int = 14, k: int = 3, d: int = 3) -> tuple[FloatGrid, FloatGrid]:
    """%K and %D of the stochastic of the RSI, 0..100.

    `raw = 100 * (rsi - lowest) / (highest - lowest)` over `length`; `K = SMA(raw, k)`, `D = SMA(K, d)`; undefined (NaN) where
    the RSI stood still. Warm-up: the RSI's + `length` + k + d - 3. Source: TradingView "Stochastic RSI" (14, 14, 3, 3).
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


def true_range(high: FloatGrid, low: FloatGrid, close: FloatGrid, starts: Starts) -> FloatGrid:
    """Largest of high - low, |high - last close|, |low - last close|, in price; a symbol's first candle counts high - low.

    Source: TradingView `ta.tr(true)`. TA-Lib and Wilder leave the first candle out.
    """
    before = shift(close, 1)
    first = np.arange(len(close))[:, None] <= starts
    before = np.where(first, close, before)
    return np.maximum(high, before) - np.minimum(low, before)


def atr(ranges: FloatGrid, starts: Starts, length: int = 14) -> FloatGrid:
    """Average true range, in price: Wilder's average of `true_range`.

    Warm-up `length`, settled about 12 x `length`. Source: TradingView `ta.atr`.
    """
    return average(ranges, rma_of(length), starts)


def directional_moves(high: FloatGrid, low: FloatGrid) -> tuple[FloatGrid, FloatGrid]:
    """Wilder's +DM and -DM, in price: the larger of the day's move up and down if positive, the other one 0; first row NaN."""
    up = high - shift(high, 1)
    down = shift(low, 1) - low
    plus = np.where((up > down) & (up > 0), up, 0.0)
    minus = np.where((down > up) & (down > 0), down, 0.0)
    unknown = np.isnan(up)
    plus[unknown] = np.nan
    minus[unknown] = np.nan
    return plus, minus


def adx_parts(plus: FloatGrid, minus: FloatGrid, ranges: FloatGrid, starts: Starts) -> tuple[FloatGrid, FloatGrid, FloatGrid]:
    """+DI, -DI and ADX (14), 0..100, from Wilder's averages of +DM, -DM and the true range.

    `DI = 100 * DM / TR`, `DX = 100 * |+DI - -DI| / (+DI + -DI)` (0 when nothing moved), `ADX = RMA14(DX)`. Warm-up 15 and 28,
    settled about 300. Source: Wilder 1978; TradingView `ta.dmi`. TA-Lib begins its sums one candle earlier, the difference
    fades.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        plus_di = np.where(ranges == 0.0, 0.0, 100.0 * plus / ranges)
        minus_di = np.where(ranges == 0.0, 0.0, 100.0 * minus / ranges)
        total = plus + minus
        index = np.where(total == 0.0, 0.0, 100.0 * np.abs(plus - minus) / total)
    return plus_di, minus_di, average(index, rma_of(14, offset=14), starts)


def adx(high: FloatGrid, low: FloatGrid, close: FloatGrid, starts: Starts) -> tuple[FloatGrid, FloatGrid, FloatGrid]:
    """+DI, -DI and ADX (14) of candles; see `adx_parts`."""
    stack = np.stack([*directional_moves(high, low), true_range(high, low, close, starts)], axis=1)
    plus, minus, ranges = np.moveaxis(averages(stack, [rma_of(14, offset=1)] * 3, starts), 1, 0)
    return adx_parts(plus, minus, ranges, starts)


def obv(close: FloatGrid, volume: FloatGrid) -> FloatGrid:
    """On-balance volume, in coins: the running sum of volume, signed by the direction of the close; 0 at a symbol's first candle.

    Its level depends on where the history begins; only its changes mean something. Source: Granville; TradingView `ta.obv`.
    TA-Lib begins with the first volume instead of 0.
    """
    with np.errstate(invalid="ignore"):
        signed = np.sign(close - shift(close, 1)) * volume
    total = np.cumsum(np.where(np.isnan(signed), 0.0, signed), axis=0)
    return np.where(np.isnan(close), np.nan, total)


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
