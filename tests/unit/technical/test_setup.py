"""Where a setup is, and what it says, on one hand-written cell."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from functions.market.candles.timeframe import Timeframe
from functions.technical.engine.quality import Problem
from functions.technical.setups.rules import SetupRules
from functions.technical.setups.setup import Setup, setup_directions, setup_of
from functions.technical.setups.signal import Direction, Plan
from functions.technical.setups.verdict import close_moment
from tests.unit.technical.making import END
from tests.unit.technical.setups import SHORT, pictured

WRONG = next(problem for problem in Problem if problem != Problem.NONE)
PLAN = Plan(Decimal(100), Decimal(90), (Decimal(107), Decimal(120), Decimal(140)), 2.2, 5.0)


@pytest.mark.parametrize(
    ("changes", "direction"),
    [
        ({}, 1),
        (SHORT, -1),
        ({"own": {"breakout": 0}}, 0),
        ({"own": {"breakout": 0, "pullback": 1}}, 1),
        ({"own": {"momentum": -1}}, 1),
        ({"own": {"momentum": -1}, "gate": {"regime": -1}}, -1),
        ({"own": {"momentum": -1}, "gate": {"regime": 0}}, 0),
        ({"gate": {"regime": -1}}, 1),
        ({"day": {"direction": -1}}, 1),
        ({"own": {"problem": WRONG}}, 0),
        ({"day": {"problem": WRONG}}, 0),
        ({"four": {"problem": WRONG}}, 0),
        ({"day": {"late": 1}}, 0),
        ({"four": {"late": 1}}, 0),
    ],
)
def test_setup_is_where_a_sound_entry_points_to_one_side(changes: dict[str, Any], direction: int) -> None:
    directions = setup_directions(pictured(**changes))
    assert directions.tolist() == [[direction]]
    assert directions.dtype == np.int8


@pytest.mark.parametrize(
    ("changes", "distance", "direction"),
    [
        ({}, 0.0, 0),
        ({}, 0.999, 1),
        ({}, 1.0, 0),
        (SHORT, 0.2499, -1),
        (SHORT, 0.25, 0),
    ],
    ids=[
        "no distance",
        "the stop is above nothing",
        "the stop is at nothing",
        "the last target above it",
        "the last target at it",
    ],
)
def test_setup_has_a_positive_price_at_each_of_its_levels(changes: dict[str, Any], distance: float, direction: int) -> None:
    decided = pictured(**changes)
    wide = replace(decided, decisions=replace(decided.decisions, distance=np.array([[distance]])))
    assert setup_directions(wide).tolist() == [[direction]]


@pytest.mark.parametrize(("ratio", "shown"), [(1.5, 1.5), (float("nan"), None), (float("inf"), None)])
def test_setup_says_what_stood_at_its_close(ratio: float, shown: float | None) -> None:
    decided = pictured(rules=SetupRules(life_candles=7))
    closed = close_moment(decided.analysis, 0)
    found = setup_of(decided, 0, 0, 1, PLAN, ratio, END)
    assert found == Setup(
        symbol="AAAUSDT",
        timeframe=Timeframe.M15,
        close_time=closed,
        direction=Direction.of(1),
        plan=PLAN,
        cost=float(decided.decisions.cost[0, 0]),
        range_ratio=shown,
        reasons=tuple(decided.reasons_for((0, 0), 1)),
        created_at=END,
        expires_at=closed + 7 * timedelta(minutes=15),
    )
    assert found.cost > 0
    assert found.reasons
    assert setup_of(decided, 0, 0, -1, PLAN, ratio, END).direction == Direction.of(-1)
