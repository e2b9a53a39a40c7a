"""Trade figures come from trades: after costs, each once."""

import numpy as np
import pytest

from functions.performance.metrics import trades
from functions.performance.metrics.trades import DAY, TradeOutcomes


def outcomes(opened: list[float], closed: list[float], traded: float = 200.0) -> TradeOutcomes:
    count = len(opened)
    return TradeOutcomes(
        opened_at=(np.array(opened) * DAY).astype(np.int64),
        closed_at=(np.array(closed) * DAY).astype(np.int64),
        profit=np.ones(count),
        r=np.ones(count),
        traded=np.full(count, traded),
    )


@pytest.mark.parametrize(
    ("profit", "rate", "factor", "mean"),
    [
        ([2.0, -1.0, 0.0, 3.0], 0.5, 5.0, 1.0),
        ([1.0, 2.0], 1.0, np.inf, 1.5),
        ([-1.0, -2.0], 0.0, 0.0, -1.5),
        ([5.0], 1.0, np.inf, 5.0),
        ([0.0], 0.0, np.nan, 0.0),
        ([], np.nan, np.nan, np.nan),
    ],
)
def test_rate_factor_and_mean(profit: list[float], rate: float, factor: float, mean: float) -> None:
    earned = np.array(profit)
    assert trades.win_rate(earned) == pytest.approx(rate, nan_ok=True)
    assert trades.profit_factor(earned) == pytest.approx(factor, nan_ok=True)
    assert trades.expectancy(earned) == pytest.approx(mean, nan_ok=True)


def test_trade_without_a_stop_has_no_part_in_the_expectancy_in_r() -> None:
    r = np.array([1.0, np.nan, -0.5])
    assert trades.expectancy(r) == 0.25
    assert trades.profit_factor(r) == 2.0


def test_time_with_two_trades_counts_once_and_what_lies_outside_not_at_all() -> None:
    assert trades.exposure(outcomes([0, 1, 5], [2, 3, 6]), 0, 10 * DAY) == pytest.approx(0.4)
    assert trades.exposure(outcomes([0, 1], [9, 2]), 0, 10 * DAY) == pytest.approx(0.9)
    assert trades.exposure(outcomes([-5, 8], [1, 15]), 0, 10 * DAY) == pytest.approx(0.3)
    assert trades.exposure(outcomes([], []), 0, 10 * DAY) == 0
    assert np.isnan(trades.exposure(outcomes([], []), 0, 0))


def test_turnover_is_a_year_of_fills_over_the_mean_equity() -> None:
    assert trades.turnover(outcomes([0, 1], [1, 2]), np.full(10, 1000.0)) == pytest.approx(0.4 * 36.5)
    assert np.isnan(trades.turnover(outcomes([], []), np.array([])))


def test_part_of_the_trades_keeps_every_array_in_step() -> None:
    part = outcomes([0, 1, 2], [1, 2, 3]).where(np.array([True, False, True]))
    assert part.opened_at.tolist() == [0, 2 * DAY]
    assert len(part.profit) == len(part.r) == len(part.traded) == 2
