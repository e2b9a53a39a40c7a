"""Every score, at the points that docs/screener.md names."""

import numpy as np
import pytest

from functions.screener.scores import rsi_score, trend_score, volatility_score, volume_score
from tests.unit.screener.market import array


@pytest.mark.parametrize(
    ("direction", "strength", "adx", "score"),
    [
        (1.0, 1.0, 40.0, 1.0),
        (-1.0, 1.0, 60.0, 1.0),
        (1.0, 1.0, 30.0, 0.75),
        (1.0, 1 / 3, 20.0, 1 / 6),
        (1.0, 1 / 3, 5.0, 1 / 6),
        (0.0, 0.0, 50.0, 0.0),
        (0.0, 0.0, None, 0.0),
        (None, 1.0, 40.0, np.nan),
        (1.0, 1.0, None, np.nan),
    ],
)
def test_trend(direction: float | None, strength: float, adx: float | None, score: float) -> None:
    np.testing.assert_allclose(trend_score(array(direction), array(strength), array(adx)), [score])


@pytest.mark.parametrize(
    ("rsi", "direction", "score"),
    [
        (50.0, 1.0, 1.0),
        (45.0, 1.0, 1.0),
        (60.0, 1.0, 1.0),
        (37.5, 1.0, 0.5),
        (30.0, 1.0, 0.0),
        (67.5, 1.0, 0.5),
        (75.0, 1.0, 0.0),
        (100.0, 1.0, 0.0),
        (50.0, -1.0, 1.0),
        (32.5, -1.0, 0.5),
        (62.5, -1.0, 0.5),
        (25.0, -1.0, 0.0),
        (50.0, 0.0, 0.0),
        (50.0, None, np.nan),
        (None, 1.0, np.nan),
        (None, 0.0, np.nan),
    ],
)
def test_rsi(rsi: float | None, direction: float | None, score: float) -> None:
    np.testing.assert_allclose(rsi_score(array(rsi), array(direction)), [score])


@pytest.mark.parametrize(
    ("ratio", "score"), [(0.0, 0.0), (0.25, 0.0), (0.5, 0.0), (1.0, 1 / 3), (2.0, 2 / 3), (4.0, 1.0), (99.0, 1.0), (None, np.nan)]
)
def test_volume(ratio: float | None, score: float) -> None:
    np.testing.assert_allclose(volume_score(array(ratio)), [score], atol=1e-12)


@pytest.mark.parametrize(
    ("atr", "score"),
    [(0.0, 0.0), (0.01, 0.0), (0.02, 0.5), (0.03, 1.0), (0.08, 1.0), (0.115, 0.5), (0.15, 0.0), (0.9, 0.0), (None, np.nan)],
)
def test_volatility(atr: float | None, score: float) -> None:
    np.testing.assert_allclose(volatility_score(array(atr)), [score], atol=1e-12)
