"""What became of an idea, on candles written by hand: each was said at 12:00 at 100 with its stop at 90."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from functions.costs import Costs
from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.outcomes.results import HORIZONS, Ideas, Results, measure
from functions.paper.events import risk_of
from functions.paper.settling.position import Exit, ExitLevels, FillReason, Side, Terms, enter
from functions.paper.settling.settlement import settle
from functions.paper.settling.touch import Paths
from tests.unit.paper.settling.tables import START, candles, grid

SAID_AT = int(START.timestamp() * 1000)
FREE = Costs(fee=Decimal(0), slippage=Decimal(0))
WEEK = 7 * 288


def idea(side: str = "long") -> Ideas:
    sign = 1 if side == "long" else -1
    return Ideas(
        row=np.array([0]),
        sign=np.array([sign]),
        price=np.array([100.0]),
        stop=np.array([100.0 - 10 * sign]),
        targets=np.array([[100.0 + sign * step for step in (10, 20, 30)]]),
        said_at=np.array([SAID_AT]),
    )


def after(run: str, side: str = "long", costs: Costs = FREE, hold: timedelta = HORIZONS[-1]) -> Results:
    return measure(Paths.of(grid(run)), idea(side), costs, hold)


@pytest.mark.parametrize(
    ("side", "run", "r", "first", "best", "worst"),
    [
        ("long", "100 101 89 90", -1.0, -1, 0.1, -1.1),
        ("long", "85 86 84 85", -1.5, -1, 0, -1.5),
        ("long", "100 111 99 110 | 110 110 99 100", 1 / 3, 1, 1.1, -0.1),
        ("long", "100 131 99 130", 2.0, 1, 3.1, -0.1),
        ("short", "100 111 99 110", -1.0, -1, 0.1, -1.1),
        ("short", "100 101 69 70", 2.0, 1, 3.1, -0.1),
    ],
    ids=["stop", "gap beyond the stop", "target then break-even", "all targets", "short stop", "short all targets"],
)
def test_idea_that_ended(side: str, run: str, r: float, first: int, best: float, worst: float) -> None:
    results = after(run, side)
    assert results.r[0] == pytest.approx(r)
    assert results.first[0] == first
    assert (results.best[0], results.worst[0]) == (pytest.approx(best), pytest.approx(worst))


def test_open_idea_has_no_result_yet() -> None:
    results = after("100 105 98 104 | 104 105 103 104")
    assert np.isnan([results.r[0], results.first[0]]).all()
    assert (results.best[0], results.worst[0]) == (pytest.approx(0.5), pytest.approx(-0.2))


def test_missing_candle_keeps_an_idea_open() -> None:
    assert np.isnan(after("100 101 99 100 | - | 100 101 80 85").r[0])


def test_first_target_is_known_before_the_end() -> None:
    results = after("100 111 99 110")
    assert (results.first[0], np.isnan(results.r[0])) == (1, True)


def test_time_ends_an_idea_at_the_next_open_and_neither_level_was_first() -> None:
    results = after("100 101 99 100 | 104 120 80 90", hold=timedelta(minutes=5))
    assert (results.r[0], results.first[0]) == (pytest.approx(0.4), 0)
    assert results.known_at[0] == SAID_AT + 300_000


def test_returns_are_those_of_the_last_close_by_each_horizon_in_its_direction() -> None:
    length = WEEK
    close = 100 + np.arange(1, length + 1)[None, :] / 100
    times = SAID_AT + np.arange(length) * 300_000
    paths = Paths.of(Candles(Timeframe.M5, ("BTCUSDT",), times, close, close, close, close, close))
    expected = [0.0012, 0.0048, 0.0288, 0.2016]
    assert measure(paths, idea(), FREE).returns[0] == pytest.approx(expected)
    assert measure(paths, idea("short"), FREE).returns[0] == pytest.approx([-value for value in expected])


def test_return_of_a_horizon_that_lies_ahead_is_not_known() -> None:
    returns = after(" | ".join(["100 101 99 100.5"] * 12)).returns[0]
    assert returns[0] == pytest.approx(0.005)
    assert np.isnan(returns[1:]).all()


@pytest.mark.parametrize(
    ("side", "run"),
    [
        ("long", "100 101 89 90"),
        ("long", "100 111 99 110 | 110 110 99 100"),
        ("long", "100 121 99 110 | 110 115 105 109"),
        ("short", "100 101 89 90 | 90 101 89 90"),
        ("short", "120 121 99 110"),
    ],
)
def test_r_is_that_of_a_paper_trade_with_the_same_costs(side: str, run: str) -> None:
    """The paper trade pays the same and is cut to ticks and lots that are too small to be seen."""
    costs, small = Costs(), Decimal("1e-9")
    terms = Terms(small, small, costs)
    sign = Side(side).sign
    paid = Decimal(100) * (1 + sign * costs.slippage)
    levels = ExitLevels(Decimal(100 - 10 * sign), tuple(Decimal(100 + sign * step) for step in (10, 20, 30)))
    position, entry = enter(Side(side), Decimal(3), paid, START, levels, terms)
    leaves = Exit(START + timedelta(minutes=5), FillReason.TIME)
    settlement = settle(position, candles(run), terms, leaves=leaves)
    assert not settlement.position.quantity
    profit = sum((fill.profit - fill.fee for fill in settlement.fills), -entry.fee)
    risk = risk_of(position, Decimal(3))
    assert risk
    assert after(run, side, costs, hold=timedelta(minutes=5)).r[0] == pytest.approx(float(profit / risk), abs=1e-7)


def test_what_a_delisting_leaves_open_goes_at_the_last_price_when_the_time_is_up() -> None:
    def result(length: int, gone: bool) -> float:
        candles = grid("100 103 99 102" + " | -" * length)
        paths = Paths.of(candles, np.isnan(candles.close))
        return float(measure(paths, idea(), FREE, timedelta(minutes=15), np.array([gone])).r[0])

    assert result(2, gone=True) == pytest.approx(0.2)
    assert np.isnan(result(1, gone=True))
    assert np.isnan(result(2, gone=False))
