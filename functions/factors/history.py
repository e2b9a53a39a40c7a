"""Readings as arrays: what was known of each symbol at each moment of a history, without a look ahead.

The live desk asks for one moment and the backtest for all of them; a column holds the same bits either way.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from functions.arrays import FloatGrid, Microseconds
from functions.factors.reading import Factor


class FactorSource(NamedTuple):
    """One source of one factor."""

    factor: Factor
    source: str


@dataclass(frozen=True, slots=True)
class ReadingColumns:
    """All readings of one source of one factor, `[N]`; those of one symbol in order of `as_of` and then of `seen_at`.

    A correction has the `as_of` of the reading it corrects and a later `seen_at`.

    Attributes:
        source: where they come from, and for which factor.
        row: number of the symbol in the grids that are made of it.
        as_of, seen_at, stale_at: microseconds UTC.
        value: -1..1.
        confidence: 0..1.
        publishers: how many independent ones stand behind it.
    """

    source: FactorSource
    row: NDArray[np.int64]
    as_of: Microseconds
    seen_at: Microseconds
    stale_at: Microseconds
    value: NDArray[np.float64]
    confidence: NDArray[np.float64]
    publishers: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ReadingGrid:
    """The newest reading of one source for each symbol at each moment, `[S, T]`; it may be stale, `fresh` tells.

    `value` (-1..1) and `confidence` (0..1) are NaN where there is none; `as_of` and `stale_at` (microseconds UTC) and
    `publishers` are 0 there. `moments[T]` are the columns, microseconds UTC.
    """

    moments: Microseconds
    value: FloatGrid
    confidence: FloatGrid
    as_of: Microseconds
    stale_at: Microseconds
    publishers: NDArray[np.int64]

    @property
    def fresh(self) -> NDArray[np.bool_]:
        """Tell where there is a reading that is not stale, `[S, T]`."""
        return self.stale_at > self.moments


def as_of_join(readings: Iterable[ReadingColumns], symbols: int, moments: Microseconds) -> Mapping[FactorSource, ReadingGrid]:
    """Return each source's newest reading of each of `symbols` symbols at each of `moments`, rising microseconds UTC."""
    return {columns.source: _grid(columns, newest_known(columns, symbols, moments), moments) for columns in readings}


def newest_known(readings: ReadingColumns, symbols: int, moments: Microseconds) -> NDArray[np.int64]:
    """Return the number of the newest reading known of each symbol at each moment, `[S, T]`; -1 where there is none yet.

    A reading is known once its `as_of` and its `seen_at` have come. Of those known the one with the latest `as_of` counts, and of
    several with the same `as_of` the one seen last.
    """
    arrival = np.searchsorted(moments, np.maximum(readings.as_of, readings.seen_at))  # the first column at which it is known
    arrived = np.flatnonzero(arrival < len(moments))
    newest = np.full((symbols, len(moments)), -1)
    # Readings lie in the order in which they count, so the highest number is the newest.
    np.maximum.at(newest, (readings.row[arrived], arrival[arrived]), arrived)
    result: NDArray[np.int64] = np.maximum.accumulate(newest, axis=1)
    return result


def _grid(readings: ReadingColumns, newest: NDArray[np.int64], moments: Microseconds) -> ReadingGrid:
    known, number = newest >= 0, np.maximum(newest, 0)
    return ReadingGrid(
        moments=moments,
        value=np.where(known, readings.value[number], np.nan),
        confidence=np.where(known, readings.confidence[number], np.nan),
        as_of=np.where(known, readings.as_of[number], 0),
        stale_at=np.where(known, readings.stale_at[number], 0),
        publishers=np.where(known, readings.publishers[number], 0),
    )
