"""From what single sources say to what each factor says: fresh readings only, a coin's own before the market's."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from functions.arrays import FloatGrid
from functions.factors.history import FactorSource, ReadingGrid
from functions.factors.reading import Factor
from functions.scoring.rules import ScoreRules


@dataclass(frozen=True, slots=True)
class FactorGrid:
    """What one factor says of each coin at each moment, `[S, T]`, as far as it is fresh.

    Attributes:
        value: -1..1; NaN where nobody says anything.
        confidence: 0..1; 0 where nobody says anything.
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
        """Return `value * confidence`, 0 where nobody says anything: how far the factor moves a score, -1..1, `[S, T]`."""
        return np.where(self.known, self.value, 0.0) * self.confidence

    @property
    def known(self) -> NDArray[np.bool_]:
        """Tell where somebody says something."""
        return self.confidence > 0

    @classmethod
    def silent(cls, shape: tuple[int, ...]) -> Self:
        """Return a factor of which nobody says anything."""
        return cls(
            value=np.full(shape, np.nan),
            confidence=np.zeros(shape),
            up=np.zeros(shape),
            down=np.zeros(shape),
            publishers=np.zeros(shape, dtype=np.int64),
        )


FactorGrids = Mapping[Factor, FactorGrid]


def factor_grids(readings: Mapping[FactorSource, ReadingGrid], shape: tuple[int, int], rules: ScoreRules) -> FactorGrids:
    """Return what each factor says.

    A reading that is stale, or has no confidence in a direction, counts as none. Where a coin has no reading of its own, what is
    said of the market as a whole counts with half its confidence.

    Args:
        readings: of each source, `[S + 1, T]`; the last row is what it says of the market as a whole.
        shape: (S, T), also when there are no readings.
        rules: how much a market-wide reading keeps, and from where on a value leans.
    """
    grids = {}
    for factor in Factor:
        voices = sorted(voice for voice in readings if voice.factor is factor)
        grids[factor] = _factor_grid([readings[voice] for voice in voices], shape, rules)
    return grids


def without(grids: FactorGrids, factor: Factor) -> FactorGrids:
    """Return the same with one factor silent."""
    return {**grids, factor: FactorGrid.silent(grids[factor].value.shape)}


def _factor_grid(sources: Sequence[ReadingGrid], shape: tuple[int, int], rules: ScoreRules) -> FactorGrid:
    heard = [_heard(source) for source in sources]
    own = _together((_rows(source, slice(None, -1)) for source in heard), shape, rules)
    market = _together((_rows(source, slice(-1, None)) for source in heard), (1, shape[1]), rules)
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


def _heard(source: ReadingGrid) -> ReadingGrid:
    """Return a source with silence where it is stale or sees no direction."""
    heard = source.fresh & (source.confidence > 0)
    return replace(source, confidence=np.where(heard, source.confidence, 0.0), value=np.where(heard, source.value, 0.0))


def _rows(source: ReadingGrid, rows: slice) -> ReadingGrid:
    return replace(
        source,
        value=source.value[rows],
        confidence=source.confidence[rows],
        as_of=source.as_of[rows],
        stale_at=source.stale_at[rows],
        publishers=source.publishers[rows],
    )


def _together(sources: Iterable[ReadingGrid], shape: tuple[int, int], rules: ScoreRules) -> FactorGrid:
    """Return the mean of the sources, weighed by confidence; as sure as the surest of them."""
    together = list(sources)
    total, weighed, surest, up, down = (np.zeros(shape) for _ in range(5))
    for source in together:
        total = total + source.confidence
        weighed = weighed + source.confidence * source.value
        surest = np.maximum(surest, source.confidence)
        up = np.maximum(up, np.where(source.value >= rules.least_lean, source.confidence, 0.0))
        down = np.maximum(down, np.where(source.value <= -rules.least_lean, source.confidence, 0.0))
    value = np.clip(weighed / np.where(total > 0, total, np.nan), -1.0, 1.0)
    publishers = np.zeros(shape, dtype=np.int64)
    for source in together:
        agrees = (source.confidence > 0) & (np.sign(source.value) == np.sign(value))
        publishers = np.maximum(publishers, np.where(agrees, source.publishers, 0))
    return FactorGrid(value=value, confidence=surest, up=up, down=down, publishers=publishers)
