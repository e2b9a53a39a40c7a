"""Scores worked out by hand. Weights: technical 40, sentiment 20, on-chain 20, context 10, momentum 10."""

import numpy as np
import pytest

from functions.factors.reading import Factor
from functions.scoring.combine import combine, points
from functions.scoring.rules import FactorWeights, ScoreRules
from tests.unit.scoring.making import RULES, Said, heard

SURE: Said = (1.0, 1.0)
AGAINST: Said = (-1.0, 1.0)


@pytest.mark.parametrize(
    ("said", "score", "coverage", "confidence"),
    [
        pytest.param({}, np.nan, 0.0, 0.0, id="nothing is known"),
        pytest.param({"technical": SURE}, 100, 0.4, 0.4 / 0.6, id="technical alone, renormalised"),
        pytest.param({"technical": AGAINST}, 0, 0.4, 0.4 / 0.6, id="technical alone, down"),
        pytest.param({"technical": (0.0, 1.0)}, 50, 0.4, 0.0, id="neutral"),
        pytest.param({"technical": (0.5, 0.8)}, 70, 0.4, 0.4 * 0.8 / 0.6, id="value times confidence"),
        pytest.param({"technical": SURE, "momentum": AGAINST}, 80, 0.5, 0.4 / 0.6, id="what contradicts lowers the score only"),
        pytest.param({"technical": SURE, "onchain": (0.5, 1.0)}, 50 + 50 * (0.4 + 0.1) / 0.6, 0.6, 1.0, id="two agree"),
        pytest.param(
            {"technical": (0.8, 1.0), "context": (-0.6, 0.25), "momentum": (0.5, 1.0)},
            50 + 50 * (40 * 0.8 - 10 * 0.6 * 0.25 + 10 * 0.5) / 60,
            0.6,
            0.5 / 0.6,
            id="candles and Fear & Greed",
        ),
        pytest.param({"sentiment": SURE}, 60, 0.2, 0.2 / 0.6, id="text alone keeps its share of all weights"),
        pytest.param({"technical": SURE, "sentiment": AGAINST}, 80, 0.6, 0.4 / 0.6, id="text against takes its weight"),
        pytest.param({"technical": (0.0, 1.0), "sentiment": SURE}, 60, 0.6, 0.2 / 0.6, id="text for adds half its weight"),
        pytest.param(
            {"technical": SURE, "sentiment": SURE, "onchain": SURE, "context": SURE, "momentum": SURE}, 100, 1.0, 1.0, id="all"
        ),
        pytest.param(
            {"technical": SURE, "sentiment": SURE, "onchain": AGAINST, "context": AGAINST, "momentum": AGAINST},
            60,
            1.0,
            1.0,
            id="sixty for, forty against",
        ),
        pytest.param({"technical": (0.05, 1.0), "momentum": (-0.09, 1.0)}, 50 + 50 * (2 - 0.9) / 50, 0.5, 0.0, id="none leans"),
    ],
)
def test_score_coverage_and_confidence(said: dict[str, Said], score: float, coverage: float, confidence: float) -> None:
    scores = combine(heard(said), RULES)
    assert scores.score[0, 0] == pytest.approx(score, nan_ok=True)
    assert scores.coverage[0, 0] == pytest.approx(coverage)
    assert scores.confidence[0, 0] == pytest.approx(confidence)


def test_coverage_is_at_most_all_of_it_however_the_shares_are_rounded() -> None:
    everything = heard(dict.fromkeys(Factor, SURE))
    assert combine(everything, ScoreRules(weights=FactorWeights(8, 6, 2, 4, 6))).coverage == 1.0  # the shares add up to 1 + 2e-16


@pytest.mark.parametrize(
    ("said", "moved"),
    [
        pytest.param({}, {}, id="nothing is known"),
        pytest.param({"technical": (0.5, 0.8)}, {"technical": 20}, id="one factor, renormalised"),
        pytest.param({"technical": SURE, "onchain": (-0.5, 1.0)}, {"technical": 50 * 4 / 6, "onchain": -25 * 2 / 6}, id="two"),
        pytest.param({"sentiment": (-0.5, 1.0)}, {"sentiment": -5}, id="text alone keeps its share of all weights"),
        pytest.param({"momentum": SURE, "sentiment": SURE}, {"momentum": 40, "sentiment": 10}, id="text beside another"),
    ],
)
def test_each_factor_moves_the_score_by_its_points(said: dict[str, Said], moved: dict[str, float]) -> None:
    found = {factor.value: float(grid[0, 0]) for factor, grid in points(heard(said), RULES).items()}
    assert found == pytest.approx(dict.fromkeys(Factor, np.nan) | moved, nan_ok=True)


def test_factor_of_weight_zero_changes_nothing() -> None:
    rules = ScoreRules(weights=FactorWeights(technical=1, sentiment=0, onchain=0, context=0, momentum=0))
    alone = combine(heard({"technical": (0.5, 1.0)}), rules)
    assert combine(heard({"technical": (0.5, 1.0), "momentum": AGAINST, "sentiment": AGAINST}), rules).score == alone.score == 75
    assert alone.coverage == 1
    assert points(heard({"momentum": AGAINST}), rules)[Factor.MOMENTUM] == 0


@pytest.mark.parametrize("weights", [(-1, 1, 1, 1, 1), (0, 0, 0, 0, 0), (float("nan"), 1, 1, 1, 1), (float("inf"), 1, 1, 1, 1)])
def test_weights_that_give_no_shares_are_refused(weights: tuple[float, float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="weights of 0 or more"):
        FactorWeights(*weights)


@pytest.mark.parametrize(
    "changes",
    [
        {"least_confidence": 1.1},
        {"market_wide": -0.1},
        {"least_factors": 0},
        {"full_agreement": 0.0},
        {"range_limit": float("nan")},
    ],
)
def test_number_outside_its_range_is_refused_by_name(changes: dict[str, float]) -> None:
    [name] = changes
    with pytest.raises(ValueError, match=f"expected {name} between"):
        ScoreRules(**changes)  # type: ignore[arg-type]
