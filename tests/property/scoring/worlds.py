"""Readings drawn at random: every factor with up to two sources that speak of the coin, of the market, or of both."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from functions.factors.history import FactorSource, ReadingGrid
from functions.factors.reading import Factor

MOMENT = 1_000
VOICES = tuple(FactorSource(factor, source) for factor in Factor for source in ("first", "second"))


class Word(NamedTuple):
    """What one source says of the coin (row 0) or of the market (row 1)."""

    voice: FactorSource
    row: int
    value: float
    confidence: float
    publishers: int
    stale: bool


_NUMBERS = st.sampled_from([0.0, 0.05, 0.1, 0.3, 0.5, 1.0]) | st.floats(0, 1)
_SIGNED = st.tuples(_NUMBERS, st.sampled_from([-1.0, 1.0])).map(lambda pair: pair[0] * pair[1])
WORDS = st.lists(
    st.builds(
        Word,
        voice=st.sampled_from(VOICES),
        row=st.integers(0, 1),
        value=_SIGNED,
        confidence=_NUMBERS,
        publishers=st.integers(1, 5),
        stale=st.booleans(),
    ),
    max_size=12,
    unique_by=lambda word: (word.voice, word.row),
)


def readings(words: list[Word]) -> Mapping[FactorSource, ReadingGrid]:
    """Return what the words come to as grids of one coin, the market, and one moment."""
    return {voice: _grid([word for word in words if word.voice == voice]) for voice in {word.voice for word in words}}


def _grid(words: list[Word]) -> ReadingGrid:
    grid = ReadingGrid(
        moments=np.array([MOMENT], dtype=np.int64),
        value=np.full((2, 1), np.nan),
        confidence=np.full((2, 1), np.nan),
        as_of=np.zeros((2, 1), dtype=np.int64),
        stale_at=np.zeros((2, 1), dtype=np.int64),
        publishers=np.zeros((2, 1), dtype=np.int64),
    )
    for word in words:
        grid.value[word.row], grid.confidence[word.row] = word.value, word.confidence
        grid.stale_at[word.row] = MOMENT if word.stale else MOMENT + 1
        grid.publishers[word.row] = word.publishers
    return grid


def random_readings(random: np.random.Generator, symbols: int, columns: int) -> Mapping[FactorSource, ReadingGrid]:
    """Return grids of some coins and the market at many moments, a third of the cells silent and some stale."""
    shape = (symbols + 1, columns)
    moments = np.arange(1, columns + 1, dtype=np.int64) * 1_000
    grids = {}
    for voice in VOICES:
        silent = random.random(shape) < 0.3
        grids[voice] = ReadingGrid(
            moments=moments,
            value=np.where(silent, np.nan, random.uniform(-1, 1, shape)),
            confidence=np.where(silent, np.nan, random.uniform(0, 1, shape)),
            as_of=np.where(silent, 0, moments - 10),
            stale_at=np.where(silent, 0, moments + random.integers(-1, 5, shape)),
            publishers=np.where(silent, 0, random.integers(1, 6, shape)),
        )
    return grids
