"""Closed candles of one timeframe as a dense grid: the one shape that indicators, scans and backtests compute on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

import numpy as np
from numpy.typing import NDArray

from functions.arrays import FloatGrid, Milliseconds
from functions.market.candles.timeframe import Timeframe

CANDLE_FIELDS = ("open", "high", "low", "close", "volume")  # the values of a candle


@dataclass(frozen=True, slots=True)
class Candles:
    """A dense grid of closed candles, symbols down, time across.

    `open_time[T]` is in ms UTC, on the timeframe's grid and evenly spaced by it; `open high low close volume` are float64
    `[S, T]`, NaN where the market had no candle. Candles that came from outside enter by `from_columns`, which takes `as_of` and
    drops what is not closed by then; the plain constructor is for grids made from such ones, and cannot know the time.

    Raises:
        ValueError: a grid has another shape, or the open times are off the timeframe's grid or not one span apart.
    """

    timeframe: Timeframe
    symbols: tuple[str, ...]
    open_time: Milliseconds
    open: FloatGrid
    high: FloatGrid
    low: FloatGrid
    close: FloatGrid
    volume: FloatGrid

    def __post_init__(self) -> None:
        shape = (len(self.symbols), len(self.open_time))
        for name in CANDLE_FIELDS:
            actual = getattr(self, name).shape
            if actual != shape:
                raise ValueError(f"expected {name} of shape {shape}, got {actual}")
        step = self.timeframe.milliseconds
        if not (np.diff(self.open_time) == step).all():
            raise ValueError(f"expected open times {self.timeframe} apart")
        if len(self.open_time) and self.open_time[0] % step:
            raise ValueError(f"expected open times on the {self.timeframe} grid, got {int(self.open_time[0])} ms first")

    @classmethod
    def from_columns(
        cls,
        timeframe: Timeframe,
        as_of: datetime,
        symbols: tuple[str, ...],
        symbol_index: NDArray[np.int64],
        open_time: Milliseconds,
        values: tuple[FloatGrid, FloatGrid, FloatGrid, FloatGrid, FloatGrid],
    ) -> Self:
        """Scatter long columns (one row a candle, any order) into the grid; candles open at `as_of` are left out.

        Args:
            timeframe: of all rows.
            as_of: candles that close after it are dropped.
            symbols: names of the grid's rows, also of those without a candle.
            symbol_index: row of each candle.
            open_time: ms UTC of each candle, on the timeframe's grid.
            values: open, high, low, close, volume of each candle.

        Raises:
            ValueError: an open time is off the timeframe's grid.
        """
        step = timeframe.milliseconds
        if (open_time % step).any():
            raise ValueError(f"expected {timeframe} candles on the {timeframe} grid, got one that opens between")
        closed = open_time + step <= int(as_of.timestamp() * 1000)
        kept: NDArray[np.bool_] | slice = slice(None) if closed.all() else closed  # a slice copies nothing
        open_time, symbol_index = open_time[kept], symbol_index[kept]
        first, last = (int(open_time.min()), int(open_time.max())) if len(open_time) else (0, -step)
        times = np.arange(first, last + step, step, dtype=np.int64)
        column = (open_time - first) // step
        grids = []
        for value in values:
            # Time lies first in memory: what walks over time finds each step's symbols side by side.
            grid = np.full((len(times), len(symbols)), np.nan)
            grid[column, symbol_index] = value[kept]
            grids.append(grid.T)
        return cls(timeframe, symbols, times, *grids)

    @classmethod
    def beside_each_other(cls, timeframe: Timeframe, parts: Sequence[Self]) -> Self:
        """Put grids of one timeframe and of different symbols into one, over all their times."""
        step = timeframe.milliseconds
        filled = [part for part in parts if len(part.open_time)]
        first = min((int(part.open_time[0]) for part in filled), default=0)
        last = max((int(part.open_time[-1]) for part in filled), default=-step)
        times = np.arange(first, last + step, step, dtype=np.int64)
        symbols = tuple(symbol for part in parts for symbol in part.symbols)
        # Time lies first in memory, as in `from_columns`.
        grids = [np.full((len(times), len(symbols)), np.nan) for _ in CANDLE_FIELDS]
        row = 0
        for part in parts:
            if len(part.open_time):
                column = (int(part.open_time[0]) - first) // step
                for name, grid in zip(CANDLE_FIELDS, grids, strict=True):
                    grid[column : column + len(part.open_time), row : row + len(part.symbols)] = getattr(part, name).T
            row += len(part.symbols)
        return cls(timeframe, symbols, times, *(grid.T for grid in grids))

    @property
    def last_close(self) -> datetime | None:
        """Return when the newest candle closed; None for an empty grid."""
        if not len(self.open_time):
            return None
        return datetime.fromtimestamp((int(self.open_time[-1]) + self.timeframe.milliseconds) / 1000, UTC)

    def until(self, columns: int) -> Self:
        """Return the grid cut to its first `columns` candles: what was known then."""
        return self.during(slice(columns))

    def during(self, columns: slice) -> Self:
        """Return some times of the grid, without copying."""
        return type(self)(
            self.timeframe, self.symbols, self.open_time[columns], *(getattr(self, name)[:, columns] for name in CANDLE_FIELDS)
        )

    def trimmed(self) -> Self:
        """Return the grid without the times before its first candle and after its last one."""
        there = np.flatnonzero((~np.isnan(self.close)).any(axis=0))
        return self.during(slice(there[0], there[-1] + 1) if len(there) else slice(0))

    def of(self, symbols: Sequence[str]) -> Self:
        """Return the rows of some of the symbols, in the order that is asked for; itself for all in its own order.

        Raises:
            KeyError: a symbol is not in the grid.
        """
        if tuple(symbols) == self.symbols:
            return self
        place = {symbol: row for row, symbol in enumerate(self.symbols)}
        rows = [place[symbol] for symbol in symbols]
        return type(self)(
            self.timeframe, tuple(symbols), self.open_time, *(getattr(self, name).T[:, rows].T for name in CANDLE_FIELDS)
        )
