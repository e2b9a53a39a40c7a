"""The technical, the momentum and the context factor, worked out by hand."""

import numpy as np
import pytest

from functions.factors.context import fear_greed_factor
from functions.factors.momentum import Moves, momentum_factor
from functions.factors.rules import FactorRules
from functions.factors.technical import TimeframeTrend, technical_factor

RULES = FactorRules()
UNKNOWN = (np.nan, np.nan)
Trend = tuple[float, float]


def cell(number: float) -> np.ndarray:
    return np.array([[number]], dtype=np.float64)


@pytest.mark.parametrize(
    ("trends", "value", "confidence"),
    [
        pytest.param([(1, 1), (1, 1), (1, 1), (1, 1)], 1.0, 1.0, id="all up"),
        pytest.param([(-1, 1), (-1, 1), (-1, 1), (-1, 1)], -1.0, 1.0, id="all down"),
        pytest.param([(1, 2 / 3)] * 4, 2 / 3, 1.0, id="strength"),
        pytest.param([(0, 0)] * 4, 0.0, 1.0, id="all flat is known to be neutral"),
        pytest.param([(1, 1), (0, 0), (0, 0), (0, 0)], 0.4, 1.0, id="flat contradicts nothing"),
        pytest.param([(1, 1), (1, 1), (1, 1), (-1, 1)], 0.8, 0.9, id="15m against"),
        pytest.param([(1, 1), (-1, 1), (1, 1), (-1, 1)], 0.2, 0.6, id="4h and 15m against"),
        pytest.param([(-1, 1), (1, 1), (1, 1), (0, 0)], 0.1, 0.6, id="1d against"),
        pytest.param([(1, 1), UNKNOWN, (1, 1), (1, 1)], 1.0, 0.7, id="4h unknown"),
        pytest.param([UNKNOWN, UNKNOWN, (1, 1), (-1, 0.5)], 0.5, 0.2, id="higher ones unknown"),
        pytest.param([UNKNOWN] * 4, np.nan, np.nan, id="all unknown"),
    ],
)
def test_technical_factor(trends: list[Trend], value: float, confidence: float) -> None:
    said = technical_factor([TimeframeTrend(cell(direction), cell(strength)) for direction, strength in trends], RULES)
    assert (said.value[0, 0], said.confidence[0, 0]) == pytest.approx((value, confidence), nan_ok=True)


@pytest.mark.parametrize(
    ("moves", "value", "confidence"),
    [
        pytest.param((100, 100, 100, 10, 1), 0.0, 1.0, id="no move"),
        pytest.param((115, 100, 115, 10, 1), 0.5, 1.0, id="a day of one and a half ranges, no week"),
        pytest.param((130, 100, 130, 10, 1), 0.5, 1.0, id="more counts no more"),
        pytest.param((107.5, 100, 107.5, 10, 1), 0.25, 1.0, id="half of it"),
        pytest.param((100, 100, 100 - 15 * 7**0.5, 10, 1), 0.5, 1.0, id="a week of one and a half ranges of a week"),
        pytest.param((50, 100, 150, 10, 1), -1.0, 1.0, id="down in both"),
        pytest.param((115, 100, 175, 10, 1), 0.0, 1.0, id="up in a day, down in a week"),
        pytest.param((115, 100, 115, 10, 0.8), 0.5, 0.8, id="less volume is less sure"),
        pytest.param((115, 100, 115, 10, 0.1), 0.5, 0.5, id="on hardly any volume"),
        pytest.param((115, 100, 115, 10, 9), 0.5, 1.0, id="much volume"),
        pytest.param((115, 100, 115, 10, np.nan), 0.5, 0.5, id="volume unknown"),
        pytest.param((115, np.nan, 115, 10, 1), np.nan, np.nan, id="a day ago unknown"),
        pytest.param((115, 100, np.nan, 10, 1), np.nan, np.nan, id="a week ago unknown"),
        pytest.param((115, 100, 115, np.nan, 1), np.nan, np.nan, id="range unknown"),
        pytest.param((115, 100, 115, 0, 1), np.nan, np.nan, id="nothing moves"),
    ],
)
def test_momentum_factor(moves: tuple[float, ...], value: float, confidence: float) -> None:
    said = momentum_factor(Moves(*(cell(number) for number in moves)), RULES)
    assert (said.value[0, 0], said.confidence[0, 0]) == pytest.approx((value, confidence), nan_ok=True)


@pytest.mark.parametrize(("index", "value"), [(0, -1.0), (20, -0.6), (50, 0.0), (100, 1.0), (np.nan, np.nan)])
def test_fear_and_greed_speaks_for_the_trend(index: float, value: float) -> None:
    said = fear_greed_factor(cell(index), RULES)
    assert said.value[0, 0] == pytest.approx(value, nan_ok=True)
    assert said.confidence[0, 0] == pytest.approx(np.nan if np.isnan(index) else 0.5, nan_ok=True)


@pytest.mark.parametrize(
    "changes",
    [{"trend_shares": (0.5, 0.5, 0.5, -0.5)}, {"trend_shares": (0.4, 0.3, 0.2, 0.2)}, {"full_move": 0.0}, {"least_volume": 1.1}],
)
def test_factor_rules_outside_their_range_are_refused_by_name(changes: dict[str, object]) -> None:
    [name] = changes
    with pytest.raises(ValueError, match=f"expected {name}"):
        FactorRules(**changes)  # type: ignore[arg-type]
