"""Weights, coverage and order."""

import numpy as np
import pytest

from functions.screener.rank import order, score, volume_ratio
from functions.screener.rules import PartWeights
from tests.unit.screener.market import measures, quotes


def test_best_of_everything_is_one_and_fully_covered() -> None:
    found = score(quotes(), measures(), PartWeights())
    assert (found.score.tolist(), found.coverage.tolist()) == ([1.0], [1.0])


def test_unknown_trend_takes_the_rsi_with_it_and_earns_nothing() -> None:
    found = score(quotes(), measures(direction=[None], adx=[None]), PartWeights())
    assert np.isnan(found.trend).all()
    assert np.isnan(found.rsi).all()
    assert found.score.tolist() == found.coverage.tolist() == [0.35]


def test_nothing_known_is_zero() -> None:
    nothing: list[float | None] = [None]
    unknown = dict.fromkeys(("direction", "strength", "adx", "rsi", "atr", "volume_average"), nothing)
    found = score(quotes(), measures(**unknown), PartWeights())
    assert (found.score.tolist(), found.coverage.tolist()) == ([0.0], [0.0])


@pytest.mark.parametrize("average", [0.0, None, 1e-320])
def test_volume_without_a_norm_is_not_known(average: float | None) -> None:
    assert np.isnan(volume_ratio(quotes(), measures(volume_average=[average]))).all()


def test_volume_of_a_coin_that_trades_half_a_coin_a_day_is_known() -> None:
    np.testing.assert_array_equal(volume_ratio(quotes(volume=[1.0]), measures(volume_average=[0.5])), [2.0])


def test_zero_volume_scores_zero_and_is_known() -> None:
    found = score(quotes(volume=[0.0]), measures(), PartWeights())
    assert (found.volume.tolist(), found.coverage.tolist()) == ([0.0], [1.0])


def test_order_is_by_score_then_turnover_then_name() -> None:
    pairs = quotes(4, turnover=[5e6, 9e6, 5e6, 2e6])
    found = score(pairs, measures(4, rsi=[50.0, 50.0, 50.0, 37.5]), PartWeights())
    assert order(found, pairs).tolist() == [1, 0, 2, 3]


def test_weights_that_are_not_one_are_refused() -> None:
    with pytest.raises(ValueError, match="1 together"):
        PartWeights(trend=0.5)
    with pytest.raises(ValueError, match="0 or more"):
        PartWeights(trend=-0.1, rsi=0.75)
