"""All recursive averages of a history in one walk over time, a stretch of rows after the other.

Only the last rows are kept. A stretch fits into the processor's cache, so that a scan of many symbols neither allocates nor
moves the whole history for each average; the values are those of the functions in `functions.technical.indicators`, bit for
bit.
"""

from dataclasses import dataclass

import numpy as np

from functions.technical import indicators as formula
from functions.technical.history import History
from functions.technical.recursion import Stack, Walk, aligned_rows, averages, ema_of, rma_of, running_sum
from functions.technical.windows import FloatGrid, shift

STRETCH = 64
EMAS = [ema_of(length) for length in (9, 21, 50, 200, 12, 26)]
SECOND = [formula.MACD_SIGNAL, formula.ADX_LINE]
# ATR counts a symbol's first candle, everything else begins with the second.
WILDER = [rma_of(14, offset=1)] * 5 + [rma_of(14)]


@dataclass(frozen=True, slots=True)
class Recursive:
    """The averages over the last rows, `[T, S]`, in price except ADX and OBV.

    `gain` to `ranges` are Wilder's averages before they become RSI and DI.
    """

    ema9: FloatGrid
    ema21: FloatGrid
    ema50: FloatGrid
    ema200: FloatGrid
    macd: FloatGrid
    macd_signal: FloatGrid
    adx: FloatGrid
    gain: FloatGrid
    loss: FloatGrid
    plus: FloatGrid
    minus: FloatGrid
    ranges: FloatGrid
    atr: FloatGrid
    obv: FloatGrid


def recursive(history: History, kept: int) -> Recursive:
    """Walk over the whole history and return its last `kept` rows."""
    rows, symbols = history.close.shape
    first_kept = rows - kept
    emas, wilder = np.empty((kept, len(EMAS), symbols)), np.empty((kept, len(WILDER), symbols))
    lines = np.empty((kept, 3, symbols))  # MACD, its signal, ADX
    obv, balance = np.empty((kept, symbols)), np.zeros(symbols)
    ema_walk = Walk(EMAS, aligned_rows(history.close[:, None], history.starts, 200), history.starts)
    wilder_walk = Walk(WILDER, _first_moves(history), history.starts)
    second_walk = Walk(SECOND, _first_lines(history), history.starts)
    ema_stretch, wilder_stretch = np.empty((STRETCH, len(EMAS), symbols)), np.empty((STRETCH, len(WILDER), symbols))
    for first in range(0, rows, STRETCH):
        last = min(first + STRETCH, rows)
        ema, moved = ema_stretch[: last - first], wilder_stretch[: last - first]
        ema_walk.advance(history.close[first:last, None], ema)
        _moves(history.high, history.low, history.close, slice(first, last), moved)
        wilder_walk.advance(moved, moved)
        second = _lines(ema, moved)
        macd = second[:, 0].copy()
        second_walk.advance(second, second)
        flow = formula.signed_volume(
            history.close[first:last], _before(history.close, slice(first, last)), history.volume[first:last]
        )
        flow[0] += balance
        balance = running_sum(flow)[-1].copy()
        if last > first_kept:
            new = slice(max(first_kept - first, 0), None)
            target = slice(max(first - first_kept, 0), last - first_kept)
            emas[target], wilder[target], obv[target] = ema[new], moved[new], flow[new]
            lines[target, 0], lines[target, 1:] = macd[new], second[new]
    ema9, ema21, ema50, ema200 = (emas[:, number] for number in range(4))
    gain, loss, plus, minus, ranges, atr = (wilder[:, number] for number in range(6))
    line, signal, adx = (lines[:, number] for number in range(3))
    return Recursive(ema9, ema21, ema50, ema200, line, signal, adx, gain, loss, plus, minus, ranges, atr, obv)


def _lines(ema: Stack, wilder: Stack) -> Stack:
    """Return what MACD's signal and ADX average, `[T, 2, S]`: the MACD line and DX."""
    found = np.empty((len(ema), 2, ema.shape[2]))
    np.subtract(ema[:, 4], ema[:, 5], out=found[:, 0])
    found[:, 1] = formula.directional_index(wilder[:, 2], wilder[:, 3])
    return found


def _first_lines(history: History) -> Stack:
    """Return the lines of each symbol's first 34 candles, `[34, 2, S]`: what MACD's signal and ADX begin with."""
    high, low, close = (aligned_rows(grid, history.starts, 34) for grid in (history.high, history.low, history.close))
    begin = np.zeros_like(history.starts)
    moved = np.empty((34, len(WILDER), len(begin)))
    _moves(high, low, close, slice(0, 34), moved)
    return _lines(averages(close[:, None], EMAS, begin), averages(moved, WILDER, begin, in_place=True))


def _first_moves(history: History) -> Stack:
    """Return the moves of each symbol's first 15 candles, `[15, 6, S]`: what Wilder's averages begin with."""
    high, low, close = (aligned_rows(grid, history.starts, 15) for grid in (history.high, history.low, history.close))
    found = np.empty((15, len(WILDER), close.shape[1]))
    _moves(high, low, close, slice(0, 15), found)
    return found


def _moves(high: FloatGrid, low: FloatGrid, close: FloatGrid, rows: slice, out: Stack) -> None:
    """Write gains, losses, +DM, -DM and twice the true range of some rows into `out`, `[T, 6, S]`."""
    close_before = _before(close, rows)
    formula.moves(close[rows], close_before, out[:, :2])
    formula.directional_moves(high[rows], low[rows], _before(high, rows), _before(low, rows), out[:, 2:4])
    out[:, 4] = out[:, 5] = formula.true_range(high[rows], low[rows], close_before)


def _before(values: FloatGrid, rows: slice) -> FloatGrid:
    """Return the row before each of some rows; NaN before the very first."""
    if rows.start == 0:
        return shift(values[rows], 1)
    return values[rows.start - 1 : rows.stop - 1]
