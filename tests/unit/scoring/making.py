"""Readings and setups of one coin at one moment, made for the tests of the score."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from functions.arrays import FloatGrid
from functions.factors.history import FactorSource, ReadingGrid
from functions.factors.reading import Factor
from functions.scoring.evidence import Evidence
from functions.scoring.factor_grids import FactorGrids, factor_grids
from functions.scoring.filters import Setups
from functions.scoring.rules import ScoreRules

NOW = np.array([1_000], dtype=np.int64)
Said = tuple[float, float]  # value, confidence
RULES = ScoreRules()


def reading(coin: Said | None = None, market: Said | None = None, *, stale: bool = False, publishers: int = 1) -> ReadingGrid:
    """What one source says of the coin and of the market."""
    rows = [said or (np.nan, np.nan) for said in (coin, market)]
    known = [[said is not None] for said in (coin, market)]
    return ReadingGrid(
        moments=NOW,
        value=np.array([[value] for value, _ in rows]),
        confidence=np.array([[confidence] for _, confidence in rows]),
        as_of=np.where(known, 900, 0),
        stale_at=np.where(known, 1_000 if stale else 1_001, 0),
        publishers=np.where(known, publishers, 0),
    )


def factors(readings: Mapping[FactorSource, ReadingGrid], rules: ScoreRules = RULES) -> FactorGrids:
    return factor_grids(readings, (1, 1), rules)


def heard(said: Mapping[str, Said], publishers: int = 1) -> FactorGrids:
    """Factors of which one source each speaks of the coin, e.g. `{"technical": (0.8, 1.0)}`."""
    return factors({FactorSource(Factor(name), "somebody"): reading(one, publishers=publishers) for name, one in said.items()})


def cell(number: float) -> FloatGrid:
    return np.array([[number]], dtype=np.float64)


LONG = Setups(
    direction=cell(1),
    tradable=np.array([[True]]),
    regime=cell(1),
    daily_trend=cell(1),
    range_ratio=cell(1.0),
    cost=cell(0.03),
    risk_reward=cell(2.2),
    minutes_since_signal=cell(np.inf),
)
SHORT = replace(LONG, direction=cell(-1), regime=cell(-1), daily_trend=cell(-1))
FOR_LONG = Evidence(agreeing=cell(3), score=cell(70), confidence=cell(0.7), technical=cell(0.8), text=cell(np.nan))
FOR_SHORT = replace(FOR_LONG, score=cell(30), technical=cell(-0.8))
