"""The recursive averages of a history, by name. "Warm-up" and "settled" as in `functions.technical.engine.indicators`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from functions.arrays import FloatGrid
from functions.technical.engine.history import History


@dataclass(frozen=True, slots=True)
class Recursive:
    """What a walk over all candles gives for the last of them, `[T, S]`; formulas and sources are in `engine.walk`.

    `ema9` to `ema200`, in price: warm-up 9, 21, 50, 200, settled 50, 110, 250, 1,000. `macd` and its signal, in price: warm-up
    26 and 34, settled 130 and 140. `gain`, `loss`, `plus`, `minus`, `ranges`: Wilder's averages, in price, of which RSI and DI
    are made, warm-up 15. `atr`, in price: warm-up 14, settled 160. `adx`, 0..100: warm-up 28, settled 220. `obv`, in coins: no
    warm-up and never settled, for its level depends on where the history begins; only its changes mean something.
    """

    ema9: FloatGrid
    ema21: FloatGrid
    ema50: FloatGrid
    ema200: FloatGrid
    gain: FloatGrid
    loss: FloatGrid
    plus: FloatGrid
    minus: FloatGrid
    ranges: FloatGrid
    atr: FloatGrid
    macd_signal: FloatGrid
    adx: FloatGrid
    macd: FloatGrid
    obv: FloatGrid


def recursive(history: History, kept: int) -> Recursive:
    """Walk over the whole history and return its last `kept` rows."""
    from functions.technical.engine import walk  # with it comes the compiler: a second that most processes never need

    high, low, close, volume = map(_read_only, (history.high, history.low, history.close, history.volume))
    averages = walk.walk(high, low, close, volume, history.starts, kept)
    return Recursive(
        ema9=averages[walk.EMA9],
        ema21=averages[walk.EMA21],
        ema50=averages[walk.EMA50],
        ema200=averages[walk.EMA200],
        gain=averages[walk.GAIN],
        loss=averages[walk.LOSS],
        plus=averages[walk.PLUS],
        minus=averages[walk.MINUS],
        ranges=averages[walk.RANGE],
        atr=averages[walk.ATR],
        macd_signal=averages[walk.SIGNAL],
        adx=averages[walk.ADX],
        macd=averages[walk.MACD],
        obv=averages[walk.OBV],
    )


def _read_only(grid: FloatGrid) -> FloatGrid:
    """Return a view that cannot be written to: cached candles cannot, and the walk is compiled for one kind of array alone."""
    view = grid.view()
    view.setflags(write=False)
    return view


def ema(values: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """Return the exponential average of one series without NaN, `[T]`; NaN for the `length` - 1 values before it begins.

    `y = y' + 2 / (length + 1) * (x - y')`, first value the mean. Settled after about 5 x `length`. Source: TradingView `ta.ema`.
    """
    from functions.technical.engine.walk import average  # as above

    return average(np.ascontiguousarray(values)[:, None], length, 2.0 / (length + 1), np.zeros(1, dtype=np.int64))[:, 0]
