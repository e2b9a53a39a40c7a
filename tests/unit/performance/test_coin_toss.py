"""A coin toss is fair before costs, and shows as much as the house's own settlement of prices without an edge."""

import numpy as np
import pytest

from functions.costs import Costs
from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.outcomes.results import Ideas, measure
from functions.paper.settling.touch import Paths
from functions.performance.metrics.equity import max_drawdown, sharpe
from functions.performance.readiness.coin_toss import ExitPlan, at_pace, ends_of, toss
from functions.performance.readiness.targets import TRADING

DESK = ExitPlan(targets=(0.7, 2.0, 4.0), cost=0.03, risk=0.005)
PASSED = 0.07  # of worlds, told on the page


@pytest.mark.parametrize("break_even", [True, False])
@pytest.mark.parametrize("targets", [(), (1.0,), (0.7, 2.0), (0.7, 2.0, 4.0), (1.0, 3.0, 6.0)])
def test_toss_is_fair_before_costs_and_loses_them(targets: tuple[float, ...], break_even: bool) -> None:
    fair = ends_of(ExitPlan(targets, cost=0.0, risk=0.01, break_even=break_even))
    assert fair.probability.sum() == pytest.approx(1)
    assert (fair.r * fair.probability).sum() == pytest.approx(0, abs=1e-12)
    dear = ends_of(ExitPlan(targets, cost=0.05, risk=0.01, break_even=break_even))
    assert (dear.r * dear.probability).sum() == pytest.approx(-0.05)


def test_near_target_wins_often_whatever_the_entry() -> None:
    ends = ends_of(DESK)
    assert ends.probability[ends.r > 0].sum() == pytest.approx(1 / 1.7)
    assert ends.r.min() == pytest.approx(-1.03)


def test_worlds_of_a_day_without_a_trade_count_it() -> None:
    busy = toss([DESK] * 10, np.arange(10), 10, worlds=500)
    quiet = toss([DESK] * 10, np.arange(10), 40, worlds=500)
    assert np.array_equal(busy.win_rate, quiet.win_rate)
    assert np.abs(quiet.sharpe).mean() < np.abs(busy.sharpe).mean()
    assert quiet.max_drawdown.mean() == pytest.approx(busy.max_drawdown.mean())


def test_figures_of_a_world_are_those_of_its_days() -> None:
    plan = ExitPlan((1.0,), cost=0.0, risk=0.1)
    worlds = toss([plan] * 3, np.array([0, 1, 2]), 3, worlds=50)
    for won, ratio, deepest in zip(worlds.win_rate, worlds.sharpe, worlds.max_drawdown, strict=True):
        ways = [np.array(days) * 0.1 for days in np.ndindex(2, 2, 2) if sum(days) == round(won * 3)]
        ways = [np.where(way > 0, 0.1, -0.1) for way in ways]
        assert any(
            ratio == pytest.approx(sharpe(way)) and deepest == pytest.approx(max_drawdown(way)) for way in ways
        ) or won in (0, 1)


def settled_by_the_house(count: int, seed: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Trades on fair walks of a tenth of R each candle, a target on every step: what each earned, in R, after costs."""
    random = np.random.default_rng(seed)
    length = 900
    steps = random.choice([-0.1, 0.1], (count, length))
    close = 100 + 10 * np.round(np.cumsum(steps, axis=1), 1)
    begins = np.concatenate([np.full((count, 1), 100.0), close[:, :-1]], axis=1)
    high, low = np.maximum(begins, close), np.minimum(begins, close)
    times = 1_704_067_200_000 + np.arange(length, dtype=np.int64) * Timeframe.M5.milliseconds
    candles = Candles(Timeframe.M5, tuple(f"C{row}" for row in range(count)), times, begins, high, low, close, close)
    price = np.full(count, 100.0)
    ideas = Ideas(
        row=np.arange(count),
        sign=np.ones(count, dtype=np.int64),
        price=price,
        stop=price - 10,
        targets=price[:, None] + np.array([7.0, 20.0, 40.0]),
        said_at=np.full(count, times[0]),
    )
    r = measure(Paths.of(candles), ideas, Costs()).r
    return r[np.isfinite(r)]


def share_that_passes(r: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> float:
    """Return the share of worlds of two trades a day that meet the plan's four targets in 28 days, counted one by one."""
    passed = 0
    for world in r:
        daily = world.reshape(28, 2).sum(axis=1) * 0.005
        gained, lost = world[world > 0].sum(), -world[world < 0].sum()
        figures = (float((world > 0).mean()), gained / lost if lost else np.inf, max_drawdown(daily), sharpe(daily))
        passed += all(
            value > target.plan if target.above else value < target.plan for value, target in zip(figures, TRADING, strict=True)
        )
    return passed / len(r)


def test_chance_of_the_plans_four_targets_is_that_of_simulated_prices() -> None:
    pool = np.concatenate([settled_by_the_house(1500, seed) for seed in range(4)])
    assert len(pool) > 5500  # the others had not ended
    assert pool.mean() == pytest.approx(-0.03, abs=0.05)
    worlds = np.random.default_rng(3).choice(pool, (4000, 56))
    month = at_pace([DESK], 56, 28)
    limits = [target.plan for target in TRADING]
    computed = float(
        np.mean(
            (month.win_rate > limits[0])
            & (month.profit_factor > limits[1])
            & (month.max_drawdown < limits[2])
            & (month.sharpe > limits[3])
        )
    )
    assert computed == pytest.approx(PASSED, abs=0.015)
    assert share_that_passes(worlds) == pytest.approx(computed, abs=0.025)
