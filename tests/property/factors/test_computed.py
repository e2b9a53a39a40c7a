"""The computed factors: within their range, and the same for the newest close alone as in a whole history."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from functions.factors.context import fear_greed_factor
from functions.factors.momentum import Moves, momentum_factor
from functions.factors.rules import FactorRules
from functions.factors.technical import TimeframeTrend, technical_factor
from functions.factors.value import FactorValue

RULES = FactorRules()
CELL = (1, 1)
DIRECTION = arrays(np.float64, CELL, elements=st.sampled_from([-1.0, 0.0, 1.0, np.nan]))
STRENGTH = arrays(np.float64, CELL, elements=st.floats(0, 1))
TREND = st.builds(TimeframeTrend, DIRECTION, STRENGTH)
PRICE = arrays(np.float64, CELL, elements=st.floats(1e-9, 1e6) | st.just(np.nan))


def assert_in_range(said: FactorValue) -> None:
    assert np.isnan(said.value[0, 0]) == np.isnan(said.confidence[0, 0])
    assert np.isnan(said.value[0, 0]) or (-1 <= said.value[0, 0] <= 1 and 0 <= said.confidence[0, 0] <= 1)


@given(st.lists(TREND, min_size=4, max_size=4))
def test_technical_factor_stays_in_its_range(trends: list[TimeframeTrend]) -> None:
    assert_in_range(technical_factor(trends, RULES))


@given(st.builds(Moves, PRICE, PRICE, PRICE, PRICE | st.just(np.zeros(CELL)), PRICE))
def test_momentum_factor_stays_in_its_range(moved: Moves) -> None:
    assert_in_range(momentum_factor(moved, RULES))


@given(arrays(np.float64, CELL, elements=st.floats(0, 100) | st.just(np.nan)))
def test_context_factor_stays_in_its_range(index: np.ndarray) -> None:
    assert_in_range(fear_greed_factor(index, RULES))


@pytest.mark.parametrize("seed", range(3))
def test_newest_close_alone_is_the_last_column_of_a_history_bit_for_bit(seed: int) -> None:
    random = np.random.default_rng(seed)
    candles, symbols = 60, 5
    moved = [random.uniform(1, 2, (symbols, candles)) for _ in range(5)]
    whole = momentum_factor(Moves(*moved), RULES)
    alone = momentum_factor(Moves(*(grid[:, -1:] for grid in moved)), RULES)
    assert not np.isnan(alone.value).any()
    assert alone.value.tobytes() == whole.value[:, -1:].tobytes()
    assert alone.confidence.tobytes() == whole.confidence[:, -1:].tobytes()
    directions = random.choice([-1.0, 0.0, 1.0, np.nan], (4, symbols, candles))
    strengths = random.uniform(0, 1, (4, symbols, candles))
    trends = [TimeframeTrend(*pair) for pair in zip(directions, strengths, strict=True)]
    newest = [TimeframeTrend(trend.direction[:, -1:], trend.strength[:, -1:]) for trend in trends]
    assert technical_factor(newest, RULES).value.tobytes() == technical_factor(trends, RULES).value[:, -1:].tobytes()
