"""Orders that are put to an account, in order of time, and the plan of each: from setups, or of coins drawn at random."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from functions.arrays import BoolArray, FloatArray, IntArray, Milliseconds
from functions.backtest.engine.setups import FoundSetups, Survey
from functions.backtest.engine.signals import JudgedSetups
from functions.factors.reading import Factor
from functions.outcomes.baseline import draw
from functions.outcomes.results import Ideas

SEED = 20240101  # of the draws; each depends on its order and this number alone


@dataclass(frozen=True, slots=True)
class Offers:
    """Orders, arrays `[N]`, in the order in which they come.

    Args:
        row: of the symbol.
        sign: +1 long, -1 short.
        said_at: close they stand on, ms UTC.
        hourly: of 1h, not of 15m.
        close: price at it.
        distance: of the stop, a fraction of the close.
        regime: what the gate allows; NaN while it is unknown.
        score: 0..100; NaN when nothing is known.
        confidence: 0..1.
        points: by which each factor moves the score.
    """

    row: IntArray
    sign: IntArray
    said_at: Milliseconds
    hourly: BoolArray
    close: FloatArray
    distance: FloatArray
    regime: FloatArray
    score: FloatArray
    confidence: FloatArray
    points: Mapping[Factor, FloatArray]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.row)


def offers_of(found: FoundSetups, judged: JudgedSetups, numbers: IntArray) -> Offers:
    """Return some setups as orders."""
    return Offers(
        row=found.row[numbers],
        sign=found.setups.direction[numbers, 0].astype(np.int64),
        said_at=found.said_at[numbers],
        hourly=found.hourly[numbers],
        close=found.close[numbers],
        distance=found.distance[numbers],
        regime=found.setups.regime[numbers, 0],
        score=judged.score[numbers],
        confidence=judged.confidence[numbers],
        points={factor: grid[numbers] for factor, grid in judged.points.items()},
    )


def random_offers(offers: Offers, survey: Survey, seeds: int) -> list[Offers]:
    """Return for each of so many accounts an order of another coin beside each order.

    It is said at the same close and let through by the same gate and daily trend; its stop is the coin's own, by the same rules.
    Where no other coin was let through there is none.
    """
    at = np.searchsorted(survey.closes, offers.said_at)
    reach = offers.sign * offers.close * offers.distance
    ideas = Ideas(
        row=offers.row,
        sign=offers.sign,
        price=offers.close,
        stop=offers.close - reach,
        targets=np.full((len(offers), 3), np.nan),
        said_at=offers.said_at,
    )
    drawn = draw(ideas, at, survey.field, seed=SEED, each=seeds)
    return [_of_coins(offers, survey, drawn.ideas.row[seed::seeds], drawn.beside[seed::seeds], at) for seed in range(seeds)]


def _of_coins(offers: Offers, survey: Survey, row: IntArray, beside: IntArray, at: IntArray) -> Offers:
    return Offers(
        row=row,
        sign=offers.sign[beside],
        said_at=offers.said_at[beside],
        hourly=offers.hourly[beside],
        close=survey.field.price[row, at[beside]],
        distance=survey.distance[row, at[beside]],
        regime=offers.regime[beside],
        score=np.full(len(row), np.nan),
        confidence=np.zeros(len(row)),
        points={},
    )
