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
    """One source speaking about one factor."""

    factor: Factor
    source: str


@dataclass(frozen=True, slots=True)
class ReadingColumns:
    """All that one source said about one factor, `[N]`; what it said of one symbol in order of `as_of` and then of `seen_at`.

    A restatement has the `as_of` of what it corrects and a later `seen_at`.

    Attributes:
        voice: who says it, about which factor.
        row: number of the symbol in the grids that are made of it.
        as_of, seen_at, stale_at: microseconds UTC.
        value: -1..1.
        confidence: 0..1.
        publishers: how many independent ones stand behind it.
    """

    voice: FactorSource
    row: NDArray[np.int64]
    as_of: Microseconds
    seen_at: Microseconds
    stale_at: Microseconds
    value: NDArray[np.float64]
    confidence: NDArray[np.float64]
    publishers: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ReadingGrid:
    """What one source had said last of each symbol at each moment, `[S, T]`; it may be stale, `fresh` tells.

    `value` (-1..1) and `confidence` (0..1) are NaN where it had said nothing; `as_of` and `stale_at` (microseconds UTC) and
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


def as_of_join(said: Iterable[ReadingColumns], symbols: int, moments: Microseconds) -> Mapping[FactorSource, ReadingGrid]:
    """Return what each source had said last of each of `symbols` symbols at each of `moments`, rising microseconds UTC."""
    return {statements.voice: _grid(statements, newest_known(statements, symbols, moments), moments) for statements in said}


def newest_known(said: ReadingColumns, symbols: int, moments: Microseconds) -> NDArray[np.int64]:
    """Return which statement is the newest one known of each symbol at each moment, `[S, T]`; -1 where there is none yet.

    A statement is known once its `as_of` and its `seen_at` have come. Of those known the one with the latest `as_of` counts,
    and of several about the same moment the one seen last.
    """
    arrival = np.searchsorted(moments, np.maximum(said.as_of, said.seen_at))  # the first column at which it is known
    arrived = np.flatnonzero(arrival < len(moments))
    newest = np.full((symbols, len(moments)), -1)
    # Statements lie in the order in which they count, so the highest number is the newest.
    np.maximum.at(newest, (said.row[arrived], arrival[arrived]), arrived)
    result: NDArray[np.int64] = np.maximum.accumulate(newest, axis=1)
    return result


def _grid(said: ReadingColumns, newest: NDArray[np.int64], moments: Microseconds) -> ReadingGrid:
    known, number = newest >= 0, np.maximum(newest, 0)
    return ReadingGrid(
        moments=moments,
        value=np.where(known, said.value[number], np.nan),
        confidence=np.where(known, said.confidence[number], np.nan),
        as_of=np.where(known, said.as_of[number], 0),
        stale_at=np.where(known, said.stale_at[number], 0),
        publishers=np.where(known, said.publishers[number], 0),
    )
