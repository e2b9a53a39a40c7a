"""A grid of candles made fit for computing: time first, malformed candles out, gaps filled as the exchange fills quiet ones."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from functions.arrays import BoolGrid, FloatGrid, Milliseconds
from functions.market.candles.grid import CANDLE_FIELDS, Candles
from functions.market.candles.timeframe import Timeframe
from functions.technical.engine.windows import last_index, take_rows

LARGEST_PRICE = 1e12
BY_ROW = ("open_time", *CANDLE_FIELDS, "present")  # fields with a row for each candle
LARGEST_VOLUME = 1e24  # 1e12 coins a candle is real (SHIB, PEPE); the square of what is beyond this is near the end of float64


@dataclass(frozen=True, slots=True)
class History:
    """Candles, time first: every grid is `[T, S]` and contiguous.

    From a symbol's first sound candle on (`starts[S]`, T when it has none) there is no NaN: a missing or malformed candle is a
    flat one at the last close with no volume, as Bybit itself reports a quiet candle. `present` tells which candles were really
    there.
    """

    timeframe: Timeframe
    symbols: tuple[str, ...]
    open_time: Milliseconds
    open: FloatGrid
    high: FloatGrid
    low: FloatGrid
    close: FloatGrid
    volume: FloatGrid
    present: BoolGrid
    starts: NDArray[np.int64]

    @property
    def close_time(self) -> Milliseconds:
        """Return when each row's candles closed, ms UTC, `[T]`."""
        return self.open_time + self.timeframe.milliseconds


def history_of(candles: Candles) -> History:
    """Turn a grid into a history; a candle with a NaN, an infinity, a price of 0 or less or a high below its low is missing."""
    grids = [np.ascontiguousarray(grid.T) for grid in (candles.open, candles.high, candles.low, candles.close, candles.volume)]
    present = _sound(*grids)
    if not present.all():
        grids = _filled(grids, present)
    opens, highs, lows, closes, volumes = grids
    starts = _first_true(present)
    return History(
        timeframe=candles.timeframe,
        symbols=candles.symbols,
        open_time=candles.open_time,
        open=opens,
        high=highs,
        low=lows,
        close=closes,
        volume=volumes,
        present=present,
        starts=starts,
    )


def _first_true(marks: BoolGrid) -> NDArray[np.int64]:
    """Return the first marked row of each column; the number of rows where there is none."""
    if not len(marks):
        return np.zeros(marks.shape[1], dtype=np.int64)
    return np.where(marks.any(axis=0), marks.argmax(axis=0), len(marks)).astype(np.int64)


def _sound(opens: FloatGrid, highs: FloatGrid, lows: FloatGrid, closes: FloatGrid, volumes: FloatGrid) -> BoolGrid:
    # Comparisons with NaN are false, so each of these also sorts out NaN.
    sound: BoolGrid = (lows > 0) & (highs <= LARGEST_PRICE) & (volumes >= 0) & (volumes <= LARGEST_VOLUME)
    sound &= (opens >= lows) & (opens <= highs) & (closes >= lows) & (closes <= highs)
    return sound


def _filled(grids: list[FloatGrid], present: BoolGrid) -> list[FloatGrid]:
    newest = last_index(present)
    last_close = take_rows(grids[3], newest)
    quiet = np.where(newest >= 0, 0.0, np.nan)
    prices = [np.where(present, grid, last_close) for grid in grids[:4]]
    return [*prices, np.where(present, grids[4], quiet)]
