"""The readings of single sources combined into one value a factor: fresh ones only, a coin's own before the market's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from functions.arrays import FloatGrid
from functions.factors.history import FactorSource, ReadingGrid
from functions.factors.reading import Factor
from functions.scoring.rules import ScoreRules


@dataclass(frozen=True, slots=True)
class FactorGrid:
    """One factor for each coin at each moment, `[S, T]`, from fresh readings.

    Attributes:
        value: -1..1; NaN without a reading.
        confidence: 0..1; 0 without a reading.
        up, down: confidence of the surest source that leans up, and of the surest that leans down; 0 without one.
        publishers: independent ones behind the side that `value` is on, as the source that counts most of them says.
    """

    value: FloatGrid
    confidence: FloatGrid
    up: FloatGrid
    down: FloatGrid
    publishers: NDArray[np.int64]

    @property
    def lean(self) -> FloatGrid:
        """Return `value * confidence`, 0 without a reading: how far the factor moves a score, -1..1, `[S, T]`."""
        return np.where(self.known, self.value, 0.0) * self.confidence

    @property
    def known(self) -> NDArray[np.bool_]:
        """Tell where there is a reading."""
        return self.confidence > 0

    def at(self, rows: NDArray[np.int64], columns: NDArray[np.int64] | int) -> Self:
        """Return some coins, each at its own moment or all at one, `[N, 1]`; a coin may be named more than once."""
        return type(self)(**{field.name: getattr(self, field.name)[rows, columns][:, None] for field in fields(self)})

    def rows(self, cut: slice) -> Self:
        """Return some of the rows."""
        return type(self)(**{field.name: getattr(self, field.name)[cut] for field in fields(self)})

    @classmethod
    def silent(cls, shape: tuple[int, ...]) -> Self:
        """Return a factor without any reading."""
        return cls(
            value=np.full(shape, np.nan),
            confidence=np.zeros(shape),
            up=np.zeros(shape),
            down=np.zeros(shape),
            publishers=np.zeros(shape, dtype=np.int64),
        )


FactorGrids = Mapping[Factor, FactorGrid]


def factor_grids(readings: Mapping[FactorSource, ReadingGrid], shape: tuple[int, int], rules: ScoreRules) -> FactorGrids:
    """Return the value of each factor.

    A reading that is stale, or has no confidence in a direction, counts as none. Where a coin has no reading of its own, what is
    said of the market as a whole counts with half its confidence.

    Args:
        readings: of each source, `[S + 1, T]`; the last row is what it says of the market as a whole.
        shape: (S, T), also when there are no readings.
        rules: how much a market-wide reading keeps, and from where on a value leans.
    """
    grids = {}
    for factor in Factor:
        sources = sorted(source for source in readings if source.factor is factor)
        grids[factor] = _factor_grid([readings[source] for source in sources], shape, rules)
    return grids


def without(grids: FactorGrids, factor: Factor) -> FactorGrids:
    """Return the same with one factor silent."""
    return {**grids, factor: FactorGrid.silent(grids[factor].value.shape)}


def _factor_grid(sources: Sequence[ReadingGrid], shape: tuple[int, int], rules: ScoreRules) -> FactorGrid:
    symbols, columns = shape
    told = _combined([_fresh_only(source) for source in sources], (symbols + 1, columns), rules)
    own, market = told.rows(slice(symbols)), told.rows(slice(symbols, None))
    market = replace(
        market,
        confidence=market.confidence * rules.market_wide,
        up=market.up * rules.market_wide,
        down=market.down * rules.market_wide,
    )
    return FactorGrid(
        value=np.where(own.known, own.value, market.value),
        confidence=np.where(own.known, own.confidence, market.confidence),
        # The surest source of both: a reading that goes away must never leave a surer one in its place.
        up=np.maximum(own.up, market.up),
        down=np.maximum(own.down, market.down),
        publishers=np.where(own.known, own.publishers, market.publishers),
    )


def _fresh_only(source: ReadingGrid) -> ReadingGrid:
    """Return a source with confidence 0 where it says nothing or is stale."""
    fresh = source.fresh
    return replace(source, confidence=np.where(fresh, source.confidence, 0.0), value=np.where(fresh, source.value, 0.0))


def _combined(sources: Sequence[ReadingGrid], shape: tuple[int, int], rules: ScoreRules) -> FactorGrid:
    """Return the mean of the sources, weighed by confidence; as sure as the surest of them."""
    total, weighed, surest, up, down = (np.zeros(shape) for _ in range(5))
    for source in sources:
        total = total + source.confidence
        weighed = weighed + source.confidence * source.value
        surest = np.maximum(surest, source.confidence)
        up = np.maximum(up, np.where(source.value >= rules.least_lean, source.confidence, 0.0))
        down = np.maximum(down, np.where(source.value <= -rules.least_lean, source.confidence, 0.0))
    value = weighed / np.where(total > 0, total, np.nan)
    publishers = np.zeros(shape, dtype=np.int64)
    for source in sources:
        agrees = (source.confidence > 0) & (np.sign(source.value) == np.sign(value))
        publishers = np.maximum(publishers, np.where(agrees, source.publishers, 0))
    return FactorGrid(value=value, confidence=surest, up=up, down=down, publishers=publishers)
