"""What each factor says, from what its sources say."""

from dataclasses import fields

import numpy as np
import pytest

from functions.factors.history import FactorSource, ReadingGrid
from functions.factors.reading import Factor
from functions.scoring.factor_grids import FactorGrid, factor_grids, without
from tests.unit.scoring.making import RULES, factors, heard, reading

CHAIN = Factor.ONCHAIN


def onchain(*sources: ReadingGrid) -> FactorGrid:
    return factors({FactorSource(CHAIN, f"source{number}"): source for number, source in enumerate(sources)})[CHAIN]


@pytest.mark.parametrize(
    ("sources", "value", "confidence", "up", "down"),
    [
        pytest.param([], np.nan, 0, 0, 0, id="nobody"),
        pytest.param([reading((0.5, 0.8))], 0.5, 0.8, 0.8, 0, id="one source"),
        pytest.param([reading((-0.5, 0.8))], -0.5, 0.8, 0, 0.8, id="one that leans down"),
        pytest.param([reading((0.05, 0.8))], 0.05, 0.8, 0, 0, id="too near to zero to lean"),
        pytest.param([reading((0.1, 0.8))], 0.1, 0.8, 0.8, 0, id="the least lean"),
        pytest.param([reading((-0.1, 0.8))], -0.1, 0.8, 0, 0.8, id="the least lean down"),
        pytest.param([reading((0.5, 0.8), stale=True)], np.nan, 0, 0, 0, id="stale"),
        pytest.param([reading((0.5, 0.0))], np.nan, 0, 0, 0, id="without a direction"),
        pytest.param([reading((1.0, 0.75)), reading((-1.0, 0.25))], 0.5, 0.75, 0.75, 0.25, id="mean weighed by confidence"),
        pytest.param([reading(market=(0.5, 0.8))], 0.5, 0.4, 0.4, 0, id="the market's at half its confidence"),
        pytest.param([reading((0.2, 0.3), (0.8, 0.4))], 0.2, 0.3, 0.3, 0, id="the coin's own before the market's"),
        pytest.param([reading((0.2, 0.3), (0.8, 1.0))], 0.2, 0.3, 0.5, 0, id="the market's is surer"),
        pytest.param([reading((-0.2, 0.3), (-0.8, 1.0))], -0.2, 0.3, 0, 0.5, id="the market's is surer, down"),
        pytest.param([reading((0.2, 0.3)), reading(market=(-0.8, 1.0))], 0.2, 0.3, 0.3, 0.5, id="of another source too"),
        pytest.param([reading((0.2, 0.3), stale=True), reading(market=(0.8, 1.0))], 0.8, 0.5, 0.5, 0, id="stale own, market"),
        pytest.param([reading(market=(0.8, 1.0), stale=True)], np.nan, 0, 0, 0, id="stale market"),
    ],
)
def test_what_a_factor_says(sources: list[ReadingGrid], value: float, confidence: float, up: float, down: float) -> None:
    grid = onchain(*sources)
    numbers = (grid.value[0, 0], grid.confidence[0, 0], grid.up[0, 0], grid.down[0, 0])
    assert numbers == pytest.approx((value, confidence, up, down), nan_ok=True)


@pytest.mark.parametrize(
    ("sources", "publishers"),
    [
        pytest.param([reading((0.5, 0.8), publishers=4)], 4, id="of the one source"),
        pytest.param([reading((0.5, 0.8), publishers=2), reading((0.5, 0.8), publishers=2)], 2, id="may be the same two"),
        pytest.param([reading((0.5, 0.8), publishers=1), reading((-0.5, 0.2), publishers=9)], 1, id="on the factor's side only"),
        pytest.param([reading((0.5, 0.8), publishers=5, stale=True)], 0, id="not of a stale source"),
        pytest.param(
            [reading((0.0, 0.8), publishers=1), reading((0.5, 0.8), publishers=5, stale=True)],
            1,
            id="nor where the rest is neutral",
        ),
        pytest.param([reading(market=(0.5, 0.8), publishers=6)], 6, id="of the market"),
    ],
)
def test_publishers_behind_a_factor(sources: list[ReadingGrid], publishers: int) -> None:
    counted = onchain(*sources).publishers
    assert (counted.tolist(), counted.dtype) == ([[publishers]], np.dtype(np.int64))


def test_each_coin_has_its_own_reading_and_the_market_stands_in_where_it_has_none() -> None:
    source = ReadingGrid(
        moments=np.array([1, 2]),
        value=np.array([[0.2, -0.4], [np.nan, 0.6], [0.8, np.nan]]),
        confidence=np.array([[0.5, 0.6], [np.nan, 0.7], [1.0, np.nan]]),
        as_of=np.zeros((3, 2), dtype=np.int64),
        stale_at=np.array([[9, 9], [0, 9], [9, 0]]),
        publishers=np.array([[1, 2], [0, 3], [4, 0]]),
    )
    grid = factor_grids({FactorSource(CHAIN, "flows"): source}, (2, 2), RULES)[CHAIN]
    assert grid.value.tolist() == [[0.2, -0.4], [0.8, 0.6]]
    assert grid.confidence.tolist() == [[0.5, 0.6], [0.5, 0.7]]
    assert grid.publishers.tolist() == [[1, 2], [4, 3]]


def test_some_coins_are_taken_each_at_its_moment_or_all_at_one() -> None:
    number = np.arange(6.0).reshape(2, 3)
    whole = FactorGrid(number, number + 10, number + 20, number + 30, np.arange(40, 46).reshape(2, 3))
    for columns, taken in ((np.array([2, 0, 1]), [5.0, 0.0, 4.0]), (1, [4.0, 1.0, 4.0])):
        cut = whole.at(np.array([1, 0, 1]), columns)
        found = [getattr(cut, field.name).tolist() for field in fields(cut)]
        assert found == [[[value + 10 * place] for value in taken] for place in range(5)]


def test_factor_left_out_is_silent_and_the_others_stay() -> None:
    everything = heard({"technical": (0.5, 1.0), "sentiment": (0.5, 1.0)})
    rest = without(everything, Factor.SENTIMENT)
    silent = rest[Factor.SENTIMENT]
    assert not silent.known.any()
    assert silent.publishers.dtype == np.int64
    assert rest[Factor.TECHNICAL] is everything[Factor.TECHNICAL]
