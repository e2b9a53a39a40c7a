"""Every rule of the decision on hand-written cells: one sound setup, and what each change makes of it."""

from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from functions.costs import Costs
from functions.market.candles.timeframe import Timeframe
from functions.technical.engine.analysis import analyse
from functions.technical.engine.quality import Problem
from functions.technical.setups.batch import decide_closes
from functions.technical.setups.grids import Decisions, Verdict
from functions.technical.setups.rules import SetupRules
from tests.unit.technical.making import walk
from tests.unit.technical.setups import SHORT, pictured

NAN = float("nan")


def decided(**setup: Any) -> Decisions:
    return pictured(**setup).decisions


VERDICTS = [
    ("everything agrees", {}, Verdict.SIGNAL, 1),
    ("everything agrees downwards", SHORT, Verdict.SIGNAL, -1),
    ("a pullback is an entry too", {"own": {"breakout": 0, "pullback": 1}}, Verdict.SIGNAL, 1),
    ("momentum is an entry too", {"own": {"breakout": 0, "momentum": 1}}, Verdict.SIGNAL, 1),
    ("4h against it is a signal still", {"four": {"direction": -1}}, Verdict.SIGNAL, 1),
    ("history unfit", {"own": {"problem": Problem.GAPS}}, Verdict.PROBLEM, 0),
    ("gate a candle late", {"gate": {"late": 1}}, Verdict.GATE_LATE, 0),
    ("gate never seen", {"gate": {"late": -1}}, Verdict.GATE_UNKNOWN, 0),
    ("gate without averages", {"gate": {"known": False, "regime": 0}}, Verdict.GATE_UNKNOWN, 0),
    ("gate above EMA50 without EMA200", {"gate": {"known": False, "regime": 1}}, Verdict.GATE_UNKNOWN, 0),
    ("gate unfit", {"gate": {"problem": Problem.FLAT}}, Verdict.GATE_UNKNOWN, 0),
    ("gate between its averages", {"gate": {"regime": 0}}, Verdict.GATE_CLOSED, 0),
    ("daily state late", {"day": {"late": 1}}, Verdict.DAILY_LATE, 0),
    ("no daily state", {"day": {"late": -1}}, Verdict.DAILY_UNUSABLE, 0),
    ("daily history too short", {"day": {"problem": Problem.TOO_FEW}}, Verdict.DAILY_UNUSABLE, 0),
    ("daily trend flat", {"day": {"direction": 0}}, Verdict.TREND_AGAINST, 0),
    ("daily trend against the gate", {"day": {"direction": -1}}, Verdict.TREND_AGAINST, 0),
    ("4h state late", {"four": {"late": 1}}, Verdict.FOUR_HOUR_LATE, 0),
    ("no 4h state", {"four": {"late": -1}}, Verdict.FOUR_HOUR_UNUSABLE, 0),
    ("no entry", {"own": {"breakout": 0}}, Verdict.NO_ENTRY, 0),
    ("entry the other way", {"own": {"breakout": -1}}, Verdict.NO_ENTRY, 0),
    ("stop far below, which leaves a long its targets", {"day": {"atr": 49.9}}, Verdict.SIGNAL, 1),
    ("stop below zero", {"day": {"atr": 50.0}}, Verdict.OUT_OF_RANGE, 0),
    ("third short target just above zero", {**SHORT, "day": {"direction": -1, "atr": 12.49}}, Verdict.SIGNAL, -1),
    ("third short target below zero", {**SHORT, "day": {"direction": -1, "atr": 12.5}}, Verdict.OUT_OF_RANGE, 0),
    ("ATR unknown", {"day": {"atr": NAN}}, Verdict.OUT_OF_RANGE, 0),
    ("ATR of zero", {"day": {"atr": 0.0}, "four": {"atr": 0.0}}, Verdict.OUT_OF_RANGE, 0),
    ("cost 5.0% of the stop distance", {"day": {"atr": 3.0}, "four": {"atr": 1.0}}, Verdict.SIGNAL, 1),
    ("cost above 5% of the stop distance", {"day": {"atr": 2.99}, "four": {"atr": 1.0}}, Verdict.COST_TOO_HIGH, 0),
    ("the gate is asked before the coin", {"gate": {"regime": 0}, "day": {"late": 3}}, Verdict.GATE_CLOSED, 0),
    ("the data are asked before the gate", {"own": {"problem": Problem.FLAT}, "gate": {"regime": 0}}, Verdict.PROBLEM, 0),
]


@pytest.mark.parametrize(("setup", "verdict", "direction"), [c[1:] for c in VERDICTS], ids=[c[0] for c in VERDICTS])
def test_verdict(setup: dict[str, Any], verdict: Verdict, direction: int) -> None:
    found = decided(**setup)
    assert Verdict(int(found.verdict[0, 0])) is verdict
    assert found.direction[0, 0] == direction
    assert (found.confidence[0, 0] > 0) == (direction != 0)


@pytest.mark.parametrize(
    ("day_atr", "four_atr", "distance"),
    [
        pytest.param(5.0, 2.0, 0.10, id="2 x ATR(1d) is wider"),
        pytest.param(5.0, 3.0, 0.12, id="4 x ATR(4h) is wider"),
        pytest.param(5.0, 2.5, 0.10, id="both the same"),
    ],
)
def test_stop_is_the_wider_of_the_two(day_atr: float, four_atr: float, distance: float) -> None:
    found = decided(day={"atr": day_atr}, four={"atr": four_atr})
    assert found.distance[0, 0] == pytest.approx(distance)
    assert found.cost[0, 0] == pytest.approx(0.003 / distance)


def test_decisions_have_a_cell_of_their_type_for_each_symbol_and_close() -> None:
    names = ["BTCUSDT", "AAAUSDT"]
    entry, day, four_hour = (analyse(walk(timeframe, names, 70)) for timeframe in (Timeframe.H1, Timeframe.D1, Timeframe.H4))
    found = decide_closes(entry, day, four_hour, SetupRules()).decisions
    types = {"verdict": np.int8, "failed": np.int32, "wanted": np.int8, "direction": np.int8, "allowed": np.int8}
    for name, expected in {**types, **dict.fromkeys(("distance", "cost", "confidence"), np.float64)}.items():
        grid = getattr(found, name)
        assert (grid.shape, grid.dtype) == ((2, 70), np.dtype(expected)), name


def test_without_costs_and_without_a_range_there_is_no_cost_to_tell_and_no_signal() -> None:
    found = decided(day={"atr": 0.0}, four={"atr": 0.0}, rules=SetupRules(costs=Costs(fee=Decimal(0), slippage=Decimal(0))))
    assert np.isnan(found.cost[0, 0])
    assert Verdict(int(found.verdict[0, 0])) is Verdict.OUT_OF_RANGE


CONFIDENCES = [
    ("everything agrees", {}, 1.0),
    ("everything agrees downwards", SHORT, 1.0),
    ("4h conflicts", {"four": {"direction": -1}}, 0.7),
    ("4h has no trend", {"four": {"direction": 0, "strength": 0.0}}, 0.85),
    ("4h agrees weakly", {"four": {"strength": 1 / 3}}, 0.8),
    ("daily trend is weak", {"day": {"strength": 1 / 3}}, 0.8),
    ("its own trend is against it", {"own": {"direction": -1}}, 0.8),
    ("its own trend is weak", {"own": {"strength": 2 / 3}}, 1 - 0.2 / 3),
    ("volume at its average", {"own": {"volume": 1.0}}, 0.9),
    ("MACD histogram against it", {"own": {"histogram": -0.5}}, 0.9),
    ("MACD histogram unknown", {"own": {"histogram": NAN}}, 0.9),
]


@pytest.mark.parametrize(("setup", "expected"), [c[1:] for c in CONFIDENCES], ids=[c[0] for c in CONFIDENCES])
def test_confidence(setup: dict[str, Any], expected: float) -> None:
    assert decided(**setup).confidence[0, 0] == pytest.approx(expected)


GATE_SHUT = {"regime": 0}
FAILED: list[tuple[str, dict[str, Any], list[Verdict]]] = [
    ("everything agrees", {}, []),
    ("one check", {"four": {"late": 1}}, [Verdict.FOUR_HOUR_LATE]),
    ("the gate alone stands between a sound entry and its signal", {"gate": GATE_SHUT}, [Verdict.GATE_CLOSED]),
    (
        "closed gate and a trend against the entry",
        {"gate": GATE_SHUT, "day": {"direction": -1}},
        [Verdict.GATE_CLOSED, Verdict.TREND_AGAINST],
    ),
    ("closed gate without an entry", {"gate": GATE_SHUT, "own": {"breakout": 0}}, [Verdict.GATE_CLOSED, Verdict.NO_ENTRY]),
    (
        "closed gate and entries both ways",
        {"gate": GATE_SHUT, "own": {"breakout": 1, "momentum": -1}},
        [Verdict.GATE_CLOSED, Verdict.NO_ENTRY],
    ),
    (
        "no direction, and a stop that leaves a short no target",
        {"gate": GATE_SHUT, "own": {"breakout": 0}, "day": {"atr": 15.0}},
        [Verdict.GATE_CLOSED, Verdict.NO_ENTRY, Verdict.OUT_OF_RANGE],
    ),
    ("unknown gate under a short entry", {**SHORT, "gate": {"known": False}}, [Verdict.GATE_UNKNOWN]),
    (
        "late daily state that points the other way, and a cost too high",
        {"day": {"late": 2, "direction": -1, "atr": 1.0}, "four": {"atr": 0.5}},
        [Verdict.DAILY_LATE, Verdict.TREND_AGAINST, Verdict.COST_TOO_HIGH],
    ),
]


@pytest.mark.parametrize(("setup", "expected"), [c[1:] for c in FAILED], ids=[c[0] for c in FAILED])
def test_every_failed_check_is_kept(setup: dict[str, Any], expected: list[Verdict]) -> None:
    found = decided(**setup)
    assert [one for one in Verdict if found.failed[0, 0] & one.bit] == expected
    assert Verdict(int(found.verdict[0, 0])) is (expected[0] if expected else Verdict.SIGNAL)


@pytest.mark.parametrize(
    ("setup", "wanted"),
    [
        pytest.param({"gate": GATE_SHUT}, 1, id="closed gate, long entry"),
        pytest.param({"gate": GATE_SHUT, "own": {"breakout": -1}}, -1, id="closed gate, short entry"),
        pytest.param({"gate": GATE_SHUT, "own": {"breakout": 0}}, 0, id="closed gate, no entry"),
        pytest.param({"own": {"breakout": -1}}, 1, id="open gate, whatever the entry"),
    ],
)
def test_wanted_direction_is_the_gates_or_else_the_entrys(setup: dict[str, Any], wanted: int) -> None:
    assert decided(**setup).wanted[0, 0] == wanted
