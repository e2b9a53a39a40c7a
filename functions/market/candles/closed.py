"""Closed candles on their way into the store: a half-formed one cannot be made into this type."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

import numpy as np

from functions.arrays import FloatArray, Milliseconds
from functions.market.candles.grid import CANDLE_FIELDS
from functions.market.candles.timeframe import Timeframe
from functions.market.wire import LARGEST_AMOUNT, LARGEST_PRICE

VALUES = (*CANDLE_FIELDS, "turnover")


class Source(StrEnum):
    """Where a candle's values came from; a `revised` one is a REST value that replaced another."""

    WS = "ws"
    REST = "rest"
    REVISED = "revised"


@dataclass(frozen=True, slots=True)
class ClosedCandles:
    """Columns of closed candles of one timeframe, one row a candle, in any order.

    `open_time[N]` is in ms UTC on the timeframe's grid; prices are above zero and below a trillion, and high and low enclose open
    and close; `volume` (base coin) and `turnover` (quote coin) are not below zero and below 10^18. `known_at` is the exchange's
    own time, in ms, at which it said these values. No candle may end after it: that is what makes a half-formed candle
    unreachable. `impossible` are the open times of candles that came with values which no candle can have.

    Raises:
        ValueError: a row breaks one of these rules; the sentence names the first.
    """

    timeframe: Timeframe
    known_at: int
    symbols: tuple[str, ...]
    open_time: Milliseconds
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray
    turnover: FloatArray
    impossible: tuple[int, ...] = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        count = len(self.symbols)
        for name in ("open_time", *VALUES):
            actual = getattr(self, name).shape
            if actual != (count,):
                raise ValueError(f"expected {name} of shape {(count,)}, got {actual}")
        if not count:
            return
        step = self.timeframe.milliseconds
        self._require((self.open_time % step == 0) & (self.open_time > 0), f"to open on the {self.timeframe} grid")
        self._require(self.open_time + step <= self.known_at, "to be closed")
        prices = np.stack([self.open, self.high, self.low, self.close])
        self._require(((prices > 0) & (prices < LARGEST_PRICE)).all(axis=0), "with prices above zero")
        self._require(
            (self.high == prices.max(axis=0)) & (self.low == prices.min(axis=0)), "with high and low around open and close"
        )
        traded = np.stack([self.volume, self.turnover])
        self._require(((traded >= 0) & (traded < LARGEST_AMOUNT)).all(axis=0), "with volume and turnover of zero or more")

    def _require(self, holds: Any, what: str) -> None:
        if not holds.all():
            first = int(np.argmin(holds))
            raise ValueError(f"expected {self.timeframe} candles {what}, got {self.symbols[first]} at {self.open_time[first]}")

    def __len__(self) -> int:
        return len(self.symbols)

    @classmethod
    def empty(cls, timeframe: Timeframe, known_at: int) -> Self:
        """Return no candle at all, as known at `known_at`."""
        none = np.empty(0)
        return cls(timeframe, known_at, (), np.empty(0, dtype=np.int64), none, none, none, none, none, none)

    @classmethod
    def from_rows(
        cls,
        timeframe: Timeframe,
        known_at: int,
        symbols: Sequence[str],
        open_time: Sequence[int],
        values: Sequence[Sequence[float]],
    ) -> Self:
        """Build from rows of (open, high, low, close, volume, turnover)."""
        grid = np.array(values, dtype=np.float64).reshape(len(symbols), len(VALUES))
        columns = np.ascontiguousarray(grid.T)
        return cls(timeframe, known_at, tuple(symbols), np.array(open_time, dtype=np.int64), *columns)

    def within(self, first: int, last: int) -> Self:
        """Return the candles that open between two times in ms, both included."""
        kept = (self.open_time >= first) & (self.open_time <= last)
        columns = (getattr(self, name)[kept] for name in ("open_time", *VALUES))
        symbols = tuple(symbol for symbol, keep in zip(self.symbols, kept, strict=True) if keep)
        return type(self)(self.timeframe, self.known_at, symbols, *columns, impossible=self.impossible)

    @classmethod
    def join(cls, parts: Sequence["ClosedCandles"]) -> Self:
        """Put several of one timeframe into one; known when the last of them was."""
        arrays = (np.concatenate([getattr(part, name) for part in parts]) for name in ("open_time", *VALUES))
        symbols = tuple(symbol for part in parts for symbol in part.symbols)
        return cls(parts[0].timeframe, max(part.known_at for part in parts), symbols, *arrays)
