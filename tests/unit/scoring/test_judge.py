"""What becomes of setups of one moment, and what each factor said of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from functions.factors.history import FactorSource, ReadingGrid
from functions.factors.reading import Factor
from functions.market.candles.timeframe import Timeframe
from functions.scoring.combine import combine
from functions.scoring.factor_grids import factor_grids
from functions.scoring.filters import Rejection
from functions.scoring.judge import FoundSetup, Judgement, Known, Market, judge
from functions.technical.setups.rules import SetupRules
from tests.unit.scoring.making import RULES, factors, reading

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
ALL = {"technical": (0.8, 0.9), "sentiment": (0.6, 0.8), "onchain": (0.5, 0.9), "context": (0.4, 0.8), "momentum": (0.7, 0.9)}
READINGS = {FactorSource(Factor(name), name): reading(said, publishers=3) for name, said in ALL.items()}
LONG = FoundSetup(
    symbol="BTCUSDT",
    timeframe=Timeframe.M15,
    close_time=NOON,
    version=1,
    direction=1,
    entry=Decimal(100),
    stop=Decimal(95),
    targets=(Decimal(105),),
    risk_reward=2.0,
    cost=0.03,
    range_ratio=1.0,
    created_at=NOON,
    expires_at=NOON + timedelta(hours=4),
)


def market(**changes: float | bool) -> Market:
    """What else is known of one setup."""
    known = {"regime": 1.0, "daily_trend": 1.0, "tradable": True, "minutes_since_signal": np.inf, **changes}
    return Market(**{name: np.array([value]) for name, value in known.items()})


def judged(setup: FoundSetup = LONG, **changes: float | bool) -> Judgement:
    (judgement,) = judge([setup], factors(READINGS), market(**changes), RULES)
    return judgement


def test_setup_that_nothing_speaks_against_is_a_signal() -> None:
    assert judged() == Judgement(LONG, Rejection(0), ())
    assert judge([], factors(READINGS), market(), RULES) == []


@pytest.mark.parametrize(
    ("setup", "changes", "failed"),
    [
        ({}, {"tradable": False}, Rejection.PAIR_EXCLUDED),
        ({}, {"regime": 0.0}, Rejection.GATE_CLOSED),
        ({}, {"daily_trend": -1.0}, Rejection.TREND_AGAINST),
        ({}, {"minutes_since_signal": 5.0}, Rejection.COOLDOWN),
        ({"cost": 0.9}, {}, Rejection.COST_TOO_HIGH),
        ({"range_ratio": 9.0}, {}, Rejection.RANGE_TOO_WIDE),
    ],
)
def test_what_speaks_against_a_setup_is_its_reason(
    setup: dict[str, float], changes: dict[str, float | bool], failed: Rejection
) -> None:
    judgement = judged(replace(LONG, **setup), **changes)  # type: ignore[arg-type]
    assert failed in judgement.failed
    assert len(judgement.reasons) == len([*judgement.failed])
    assert judgement.setup.symbol == "BTCUSDT"


@pytest.mark.parametrize(
    ("setup", "changes", "text"),
    [
        ({"symbol": "USDCUSDT"}, {"tradable": False}, "USDCUSDT is no coin to trade: a stablecoin"),
        ({"symbol": "AAAUSDT"}, {"regime": -1.0}, "the gate allows SHORT alone, by BTCUSDT's daily close"),
        ({"range_ratio": None}, {}, "how far prices range usually is not known"),
    ],
)
def test_reason_names_what_it_is_about(setup: dict[str, Any], changes: dict[str, float | bool], text: str) -> None:
    (reason,) = judged(replace(LONG, **setup), **changes).reasons
    assert reason.text.startswith(text)


def test_risk_reward_is_what_the_rules_promise() -> None:
    little = replace(RULES, setups=SetupRules(targets_r=(Decimal("0.5"), Decimal(1), Decimal(2))))
    (judgement,) = judge([LONG], factors(READINGS), market(), little)
    assert judgement.failed == Rejection.RISK_REWARD_TOO_LOW
    assert dict(judgement.reasons[0].parameters)["ratio"] == 1.1667


def test_each_setup_is_judged_by_its_own_row() -> None:
    two = Market(np.array([1.0, 1.0]), np.array([1.0, 1.0]), np.array([True, False]), np.array([np.inf, np.inf]))
    both = {voice: _twice(grid) for voice, grid in READINGS.items()}
    first, second = judge(
        [LONG, replace(LONG, symbol="ETHUSDT", range_ratio=None)], factor_grids(both, (2, 1), RULES), two, RULES
    )
    assert (first.failed, first.reasons) == (Rejection(0), ())
    assert second.setup.symbol == "ETHUSDT"
    assert Rejection.PAIR_EXCLUDED in second.failed


def _twice(grid: ReadingGrid) -> ReadingGrid:
    """Let a source say of a second coin what it says of the first; the market's row stays the last."""
    rows = [0, 0, 1]
    return replace(
        grid,
        value=grid.value[rows],
        confidence=grid.confidence[rows],
        as_of=grid.as_of[rows],
        stale_at=grid.stale_at[rows],
        publishers=grid.publishers[rows],
    )


def known(readings: dict[FactorSource, ReadingGrid]) -> Known:
    of_factors = factors(readings)
    scores = combine(of_factors, RULES)
    return Known(readings, of_factors, scores, {factor: np.array([[12.346]]) for factor in Factor})


@pytest.mark.parametrize(
    ("value", "direction", "side"),
    [
        (0.8, 1, "agrees"),
        (0.8, -1, "against"),
        (-0.8, 1, "against"),
        (RULES.least_lean, 1, "agrees"),
        (RULES.least_lean - 0.001, 1, "neutral"),
        (-RULES.least_lean, 1, "against"),
        (0.8, 0, "neutral"),
    ],
)
def test_factor_stands_on_a_side_of_a_direction(value: float, direction: int, side: str) -> None:
    said = known({FactorSource(Factor.ONCHAIN, "flows"): reading((value, 0.5))}).said(0, 0, direction, RULES)
    by_name = {one["factor"]: one for one in said}
    assert [one["factor"] for one in said] == [factor.value for factor in Factor]
    assert by_name["onchain"]["side"] == side
    assert by_name["technical"] == {
        "factor": "technical",
        "side": "silent",
        "value": None,
        "confidence": 0.0,
        "points": None,
        "sources": [],
    }


def test_factor_is_told_with_its_fresh_sources_the_coins_own_before_the_markets() -> None:
    readings = {
        FactorSource(Factor.CONTEXT, "greed"): reading(None, (0.12345678, 0.87654321), publishers=2),
        FactorSource(Factor.CONTEXT, "own"): reading((0.512345, 0.256789), None),
        FactorSource(Factor.CONTEXT, "stale"): reading((0.5, 0.25), stale=True),
        FactorSource(Factor.CONTEXT, "unsure"): reading((0.5, 0.0)),
        FactorSource(Factor.ONCHAIN, "other"): reading((0.5, 0.25)),
    }
    seen = NOON + timedelta(milliseconds=1)
    seen_at = np.full((2, 1), int(NOON.timestamp()) * 1_000_000 + 1_999)
    dated = {source: replace(grid, as_of=seen_at) for source, grid in readings.items()}
    told = {one["factor"]: one for one in known(dated).said(0, 0, 1, RULES)}["context"]
    as_of = seen.isoformat()
    assert (told["value"], told["confidence"], told["points"]) == (0.5123, 0.2568, 12.35)
    assert told["sources"] == [
        {"source": "own", "market": False, "value": 0.5123, "confidence": 0.2568, "publishers": 1, "as_of": as_of},
        {"source": "greed", "market": True, "value": 0.1235, "confidence": 0.8765, "publishers": 2, "as_of": as_of},
    ]
