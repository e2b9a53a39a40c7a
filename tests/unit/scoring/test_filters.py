"""Each check at its limit: what passes, what fails, and the figures it was decided by."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from functions.scoring.evidence import Evidence
from functions.scoring.filters import Rejection, Setups, cost_warning, figures, rejections
from tests.unit.scoring.making import FOR_LONG, FOR_SHORT, LONG, RULES, SHORT, cell


def failed(setups: Setups, factors: Evidence) -> Rejection:
    return Rejection(int(rejections(setups, factors, RULES)[0, 0]))


def changed(setups: Setups, factors: Evidence, **changes: Any) -> tuple[Setups, Evidence]:
    grids = {name: np.array([[value]]) for name, value in changes.items()}
    of_setup = {name: grid for name, grid in grids.items() if hasattr(setups, name)}
    of_factors = {name: grid for name, grid in grids.items() if hasattr(factors, name)}
    return replace(setups, **of_setup), replace(factors, **of_factors)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"confidence": 0.65},
        {"minutes_since_signal": 240.0},
        {"range_ratio": 3.0},
        {"cost": 0.05},
        {"risk_reward": 2.0},
        {"score": 50.1},
        {"text": -0.29},
        {"text": -1.0, "technical": 0.29},
        {"text": 1.0},
        {"agreeing": 5.0},
    ],
)
def test_long_setup_that_passes_every_check_is_a_signal(changes: dict[str, Any]) -> None:
    assert failed(*changed(LONG, FOR_LONG, **changes)) == Rejection(0)


@pytest.mark.parametrize("changes", [{}, {"score": 49.9}, {"text": 0.29}, {"text": -1.0}])
def test_short_setup_that_passes_every_check_is_a_signal(changes: dict[str, Any]) -> None:
    assert failed(*changed(SHORT, FOR_SHORT, **changes)) == Rejection(0)


@pytest.mark.parametrize(
    ("changes", "rejection", "numbers"),
    [
        ({"tradable": False}, Rejection.PAIR_EXCLUDED, {}),
        ({"regime": np.nan}, Rejection.GATE_UNKNOWN, {}),
        ({"regime": 0.0}, Rejection.GATE_CLOSED, {"regime": 0.0}),
        ({"regime": -1.0}, Rejection.GATE_CLOSED, {"regime": -1.0}),
        ({"daily_trend": 0.0}, Rejection.TREND_AGAINST, {"daily_trend": 0.0}),
        ({"daily_trend": np.nan}, Rejection.TREND_AGAINST, {"daily_trend": None}),
        ({"agreeing": 2.0}, Rejection.NO_CONSENSUS, {"agreeing": 2.0, "limit": 3}),
        ({"score": 50.0}, Rejection.SCORE_AGAINST, {"score": 50.0}),
        ({"score": np.nan}, Rejection.SCORE_AGAINST, {"score": None}),
        ({"confidence": 0.6499}, Rejection.CONFIDENCE_LOW, {"confidence": 0.6499, "limit": 0.65}),
        ({"text": -0.3, "technical": 0.3}, Rejection.TEXT_AGAINST, {"text": -0.3, "technical": 0.3, "limit": 0.3}),
        ({"range_ratio": 3.01}, Rejection.RANGE_TOO_WIDE, {"range_ratio": 3.01, "limit": 3.0}),
        ({"range_ratio": np.nan}, Rejection.RANGE_TOO_WIDE, {"range_ratio": None, "limit": 3.0}),
        ({"cost": 0.0501}, Rejection.COST_TOO_HIGH, {"cost": 0.0501, "limit": 0.05}),
        ({"cost": np.nan}, Rejection.COST_TOO_HIGH, {"cost": None, "limit": 0.05}),
        ({"risk_reward": 1.99}, Rejection.RISK_REWARD_TOO_LOW, {"risk_reward": 1.99, "limit": 2.0}),
        ({"risk_reward": np.nan}, Rejection.RISK_REWARD_TOO_LOW, {"risk_reward": None, "limit": 2.0}),
        ({"minutes_since_signal": 239.0}, Rejection.COOLDOWN, {"minutes_since_signal": 239.0, "limit": 240.0}),
    ],
)
def test_setup_that_fails_one_check_is_rejected_with_its_figures(
    changes: dict[str, Any], rejection: Rejection, numbers: dict[str, float | None]
) -> None:
    setups, factors = changed(LONG, FOR_LONG, **changes)
    assert failed(setups, factors) == rejection
    assert figures(rejection, setups, factors, (0, 0), RULES) == numbers


@pytest.mark.parametrize(
    ("changes", "rejection"),
    [
        ({"regime": 1.0}, Rejection.GATE_CLOSED),
        ({"daily_trend": 1.0}, Rejection.TREND_AGAINST),
        ({"score": 50.0}, Rejection.SCORE_AGAINST),
        ({"text": 0.3, "technical": -0.3}, Rejection.TEXT_AGAINST),
    ],
)
def test_short_setup_is_held_against_the_other_side(changes: dict[str, Any], rejection: Rejection) -> None:
    assert failed(*changed(SHORT, FOR_SHORT, **changes)) == rejection


def test_where_there_is_no_setup_there_is_no_signal() -> None:
    nowhere = failed(*changed(LONG, FOR_LONG, direction=0.0, text=-1.0))
    assert nowhere == Rejection.GATE_CLOSED | Rejection.TREND_AGAINST | Rejection.SCORE_AGAINST


def test_every_failed_check_is_kept_and_the_first_is_the_headline() -> None:
    rejection = failed(*changed(LONG, FOR_LONG, minutes_since_signal=1.0, confidence=0.1, regime=0.0))
    assert rejection == Rejection.GATE_CLOSED | Rejection.CONFIDENCE_LOW | Rejection.COOLDOWN
    assert rejection.headline is Rejection.GATE_CLOSED
    with pytest.raises(ValueError, match="at least one"):
        _ = Rejection(0).headline


@pytest.mark.parametrize(("cost", "warned"), [(0.03, False), (0.0301, True), (0.05, True), (0.0501, False), (np.nan, False)])
def test_cost_between_warning_and_limit_is_worth_a_word(cost: float, warned: bool) -> None:
    assert cost_warning(replace(LONG, cost=cell(cost)), RULES)[0, 0] == warned
