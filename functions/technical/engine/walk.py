"""What each close makes of the one before it: the recursive indicators of all symbols in one walk over time.

Compiled, for nothing else is fast where a value needs the last one; a row of all symbols lies side by side in memory and is done
at once. `functions.technical.compiler` says what that asks of this module.
"""

import numpy as np

from functions.arrays import FloatArray, FloatGrid, IntArray
from functions.technical.compiler import compiled

# The averages by their place in a walk, each with its length, its weight and after how many candles of a symbol it begins: ATR
# counts a symbol's first candle, what needs the candle before begins with the second, MACD's signal and ADX with their lines.
EMA9, EMA21, EMA50, EMA200, GAIN, LOSS, PLUS, MINUS, RANGE, ATR, SIGNAL, ADX, EMA12, EMA26 = range(14)
RETURNED = 12  # a walk returns the averages up to ADX, and behind them the MACD line and OBV
MACD, OBV = RETURNED, RETURNED + 1
LENGTHS = np.array([9, 21, 50, 200, 14, 14, 14, 14, 14, 14, 9, 14, 12, 26])
OFFSETS = np.array([0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 25, 14, 0, 0])
EXPONENTIAL = np.array([EMA9, EMA21, EMA50, EMA200, SIGNAL, EMA12, EMA26])
WEIGHTS = 1.0 / LENGTHS  # Wilder's
WEIGHTS[EXPONENTIAL] = 2.0 / (LENGTHS[EXPONENTIAL] + 1)
SMALLEST = np.finfo(np.float64).tiny


@compiled
def average(values: FloatGrid, length: int, weight: float, starts: IntArray) -> FloatGrid:
    """Return a recursive average, `[T, S]`: `y = y' + weight * (x - y')`, the first the mean of `length` values.

    Weight `2 / (length + 1)`: exponential, `1 / length`: Wilder's. Warm-up `length`. Source: TradingView `ta.ema`, `ta.rma`.

    Args:
        values: `[T, S]`, contiguous; no NaN from a symbol's start on.
        length: of the average, in candles.
        weight: of a new value.
        starts: `[S]`, row of each symbol's first candle.
    """
    result = np.empty_like(values)
    state, total = np.full(values.shape[1], np.nan), np.zeros(values.shape[1])
    settled = _settled(starts, length, len(values))
    for row in range(len(values)):
        _advance(values[row], row, starts, settled, length, weight, total, state)
        _copy(state, result[row])
    return result


@compiled
def walk(high: FloatGrid, low: FloatGrid, close: FloatGrid, volume: FloatGrid, starts: IntArray, kept: int) -> FloatArray:
    """Walk over the whole history and return the last `kept` rows of each average, of the MACD line and of OBV, `[14, T, S]`.

    Args:
        high: `[T, S]`, contiguous like the others; no NaN from a symbol's start on.
        low: in price.
        close: in price.
        volume: in coins.
        starts: `[S]`, row of each symbol's first candle.
        kept: how many rows to return.
    """
    rows, symbols = close.shape
    begins = np.empty((len(LENGTHS), symbols), np.int64)
    settled = np.empty(len(LENGTHS), np.int64)
    for place in range(len(LENGTHS)):
        for symbol in range(symbols):
            begins[place, symbol] = starts[symbol] + OFFSETS[place]
        settled[place] = _settled(begins[place], LENGTHS[place], rows)
    state, total = np.full(begins.shape, np.nan), np.zeros(begins.shape)
    # What is averaged, by the place of its average: the close itself, how it moved, and what is made of two averages.
    source = np.empty(begins.shape)
    balance = np.zeros(symbols)
    result = np.empty((RETURNED + 2, kept, symbols))
    for row in range(rows):
        before = max(row - 1, 0)
        _moves(close[row], close[before], source[GAIN], source[LOSS])
        _directional_moves(high[row], low[row], high[before], low[before], source[PLUS], source[MINUS])
        _true_range(high[row], low[row], close[before], source[RANGE])
        for place in (EMA9, EMA21, EMA50, EMA200, EMA12, EMA26):
            _advance(close[row], row, begins[place], settled[place], LENGTHS[place], WEIGHTS[place], total[place], state[place])
        for place in (GAIN, LOSS, PLUS, MINUS, RANGE, ATR):
            values = source[RANGE] if place == ATR else source[place]
            _advance(values, row, begins[place], settled[place], LENGTHS[place], WEIGHTS[place], total[place], state[place])
        _difference(state[EMA12], state[EMA26], source[SIGNAL])
        _directional_index(state[PLUS], state[MINUS], source[ADX])
        for place in (SIGNAL, ADX):
            values = source[place]
            _advance(values, row, begins[place], settled[place], LENGTHS[place], WEIGHTS[place], total[place], state[place])
        _balance(close[row], close[before], volume[row], balance)
        if row >= rows - kept:
            for place in range(RETURNED):
                _copy(state[place], result[place, row - rows + kept])
            _copy(source[SIGNAL], result[MACD, row - rows + kept])
            _copy(balance, result[OBV, row - rows + kept])
    return result


@compiled
def _settled(begins: IntArray, length: int, rows: int) -> int:
    """Return the row from which on every average that will ever begin has begun."""
    settled = 0
    for begin in begins:
        if begin + length <= rows:
            settled = max(settled, begin + length)
    return settled


@compiled
def _advance(
    values: FloatArray, row: int, begins: IntArray, settled: int, length: int, weight: float, total: FloatArray, state: FloatArray
) -> None:
    """Take one row of all symbols into an average; `total` and `state` are carried from row to row."""
    if row >= settled:  # no question about any symbol: several of them in one instruction
        for symbol in range(len(values)):
            state[symbol] += weight * (values[symbol] - state[symbol])
        return
    for symbol in range(len(values)):
        age = row - begins[symbol]
        if age >= length:
            state[symbol] += weight * (values[symbol] - state[symbol])
        elif age >= 0:
            total[symbol] += values[symbol]
            if age == length - 1:
                state[symbol] = total[symbol] / length


@compiled
def _copy(values: FloatArray, out: FloatArray) -> None:
    for symbol in range(len(values)):
        out[symbol] = values[symbol]


@compiled
def _moves(close: FloatArray, before: FloatArray, gain: FloatArray, loss: FloatArray) -> None:
    """How much each close is above, and below, the one before: `max(close - before, 0)`, `max(before - close, 0)`, in price.

    Source: Wilder 1978.
    """
    for symbol in range(len(close)):
        change = close[symbol] - before[symbol]
        gain[symbol] = change if change > 0.0 else 0.0
        loss[symbol] = -change if change < 0.0 else 0.0


@compiled
def _directional_moves(
    high: FloatArray, low: FloatArray, high_before: FloatArray, low_before: FloatArray, plus: FloatArray, minus: FloatArray
) -> None:
    """Wilder's +DM and -DM, in price: the larger move up or down if positive, the other 0.

    `up = high - before`, `down = before - low`; of two equal moves neither counts. The floats are compared as they are, as
    TradingView and TA-Lib do: of two moves of the same number of ticks one may be larger by rounding (0.3 - 0.2 < 0.2 - 0.1), and
    then counts. Source: Wilder 1978; TradingView `ta.dmi`.
    """
    for symbol in range(len(high)):
        up, down = high[symbol] - high_before[symbol], low_before[symbol] - low[symbol]
        plus[symbol] = up if up > down and up > 0.0 else 0.0
        minus[symbol] = down if down > up and down > 0.0 else 0.0


@compiled
def _true_range(high: FloatArray, low: FloatArray, before: FloatArray, ranges: FloatArray) -> None:
    """Largest of high - low, |high - before|, |low - before|, in price, `before` the last close; high - low without one.

    Source: TradingView `ta.tr(true)`; TA-Lib and Wilder leave a symbol's first candle out.
    """
    for symbol in range(len(high)):
        top, bottom, last = high[symbol], low[symbol], before[symbol]
        ranges[symbol] = (last if last > top else top) - (last if last < bottom else bottom)


@compiled
def _difference(fast: FloatArray, slow: FloatArray, line: FloatArray) -> None:
    """MACD's line, in price. Source: Appel; TradingView `ta.macd`."""
    for symbol in range(len(fast)):
        line[symbol] = fast[symbol] - slow[symbol]


@compiled
def _directional_index(plus: FloatArray, minus: FloatArray, index: FloatArray) -> None:
    """DX, 0..100, from Wilder's averages of +DM and -DM: `100 * |plus - minus| / (plus + minus)`; 0 when nothing moved.

    Source: Wilder 1978; TradingView `ta.dmi`.
    """
    for symbol in range(len(plus)):
        total = plus[symbol] + minus[symbol]
        index[symbol] = abs(plus[symbol] - minus[symbol]) / (total if total > SMALLEST else SMALLEST) * 100.0


@compiled
def _balance(close: FloatArray, before: FloatArray, volume: FloatArray, balance: FloatArray) -> None:
    """Add the volume, in coins, with the sign of the close's change; nothing without a last close or a change.

    Source: Granville; TradingView `ta.obv`.
    """
    for symbol in range(len(close)):
        if close[symbol] > before[symbol]:
            balance[symbol] += volume[symbol]
        elif close[symbol] < before[symbol]:
            balance[symbol] -= volume[symbol]
