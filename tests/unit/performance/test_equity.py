"""Every figure of a curve equals an independent library's, and a day is a day whatever happened in it."""

from collections.abc import Iterator

import numpy as np
import pytest

from functions.arrays import FloatArray
from functions.performance.metrics import equity
from functions.performance.metrics.beside import by_library

SPECIAL = {
    "flat": np.zeros(40),
    "the same gain each day": np.full(40, 0.003),
    "the same loss each day": np.full(40, -0.003),
    "a loss on the first day": np.array([-0.2, 0.01, 0.02, -0.01, 0.03]),
    "one trade": np.array([0.0, 0.0, 0.05, 0.0, 0.0]),
    "one day": np.array([0.01]),
    "two days": np.array([0.01, -0.02]),
    "days that are not known": np.array([0.01, np.nan, -0.03, np.nan, 0.02]),
    "the first day is not known": np.array([np.nan, -0.03, 0.02, 0.01]),
    "all is lost": np.array([0.01, -1.0, 0.0]),
}


def series() -> Iterator[tuple[str, FloatArray]]:
    """Two hundred random series: fat tails, all gains, all losses, many quiet days, holes; and the special ones."""
    for seed in range(200):
        random = np.random.default_rng(seed)
        returns = np.clip(random.standard_t(3, int(random.integers(2, 900))) * random.choice([0.001, 0.01, 0.05]), -0.9, 5)
        match seed % 5:
            case 1:
                returns = np.abs(returns)
            case 2:
                returns = -np.minimum(np.abs(returns), 0.9)
            case 3:
                returns[random.random(len(returns)) < 0.8] = 0
            case 4:
                returns[random.random(len(returns)) < 0.1] = np.nan
        yield f"seed {seed}", returns
    yield from SPECIAL.items()


def test_every_figure_equals_the_library_on_every_series() -> None:
    for label, returns in series():
        ours = {name: figure(returns) for name, figure in equity.FIGURES.items()}
        assert ours == pytest.approx(by_library(returns), rel=1e-12, abs=1e-15, nan_ok=True), label


def test_every_figure_of_no_day_at_all_is_unknown() -> None:
    assert all(np.isnan(figure(np.array([]))) for figure in equity.FIGURES.values())


def test_yearly_growth_of_more_than_all_lost_is_unknown() -> None:
    assert np.isnan(equity.cagr(np.array([0.1, -1.5])))


def test_loss_of_the_first_day_counts_in_return_and_drawdown() -> None:
    returns = equity.daily_returns(1000.0, np.array([900.0, 990.0]))
    assert returns == pytest.approx([-0.1, 0.1])
    assert equity.max_drawdown(returns) == pytest.approx(0.1)
    assert equity.total_return(returns) == pytest.approx(-0.01)


def test_quiet_day_counts_in_every_yearly_figure() -> None:
    busy, quiet = np.array([0.01, -0.005, 0.02]), np.array([0.01, 0.0, -0.005, 0.0, 0.02, 0.0])
    assert equity.cagr(quiet) < equity.cagr(busy)
    assert equity.sharpe(quiet) < equity.sharpe(busy)


def test_day_that_is_not_known_moves_nothing_and_the_next_one_is_measured_from_the_last_known() -> None:
    returns = equity.daily_returns(100.0, np.array([110.0, np.nan, np.nan, 121.0]))
    assert returns == pytest.approx([0.1, np.nan, np.nan, 0.1], nan_ok=True)
    assert equity.total_return(returns) == pytest.approx(0.21)


def test_drawdown_is_measured_from_the_highest_so_far() -> None:
    assert equity.underwater(np.array([0.5, -0.2, 0.1, 0.5])) == pytest.approx([0, -0.2, -0.12, 0])
