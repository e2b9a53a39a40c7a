"""Which direction Bitcoin's daily candles allow, and the trends under the gate."""

import numpy as np
import pytest

from functions.arrays import FloatGrid
from functions.market.candles.timeframe import Timeframe
from functions.scoring.gate import regime
from functions.technical.engine.analysis import analyse
from functions.technical.factors import trend
from functions.technical.setups.standing import Standing, standing_at
from tests.unit.technical.making import END, grid

DAY = Timeframe.D1.milliseconds


def standing(closes: FloatGrid, late: int = 0) -> Standing:
    """The newest daily standing of one pair with these closes, as many days later as `late`."""
    moment = int(END.timestamp() * 1000) + late * DAY
    return standing_at(analyse(grid(Timeframe.D1, closes[None, :])), np.array([moment]))


RISING, FALLING = np.linspace(100, 200, 300), np.linspace(200, 100, 300)
DIPPED = np.concatenate([np.linspace(100, 200, 299), [180]])  # under EMA50, above EMA200
RECOVERED = np.concatenate([np.linspace(200, 100, 299), [120]])  # above EMA50, under EMA200


@pytest.mark.parametrize(
    ("closes", "late", "direction"),
    [
        pytest.param(RISING, 0, 1, id="above both averages"),
        pytest.param(FALLING, 0, -1, id="below both"),
        pytest.param(DIPPED, 0, 0, id="between"),
        pytest.param(RECOVERED, 0, 0, id="between, coming from below"),
        pytest.param(RISING[:199], 0, np.nan, id="EMA200 unknown"),
        pytest.param(RISING[:200], 0, 1, id="EMA200 just known"),
        pytest.param(RISING, 1, np.nan, id="late"),
    ],
)
def test_regime(closes: FloatGrid, late: int, direction: float) -> None:
    np.testing.assert_array_equal(regime(standing(closes, late)), [[direction]])


def test_trend_of_a_timeframe_with_its_strength() -> None:
    up = trend(standing(RISING))
    assert up.direction.tolist() == [[1]]
    assert up.strength[0, 0] > 0
    assert np.isnan(trend(standing(RISING, late=1)).direction).all()
    assert np.isnan(trend(standing(RISING[:59])).direction).all()
