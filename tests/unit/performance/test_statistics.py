"""The published example, independent libraries, and what must be refused."""

import numpy as np
import pytest
from arch.bootstrap import StationaryBootstrap
from purgedcv import deflated_sharpe_ratio, probabilistic_sharpe_ratio

from functions.arrays import FloatArray
from functions.errors import InputRejected
from functions.outcomes.sequences import Interval
from functions.performance.metrics.equity import FIGURES, sharpe
from functions.performance.statistics.bootstrap import Quotient, block_indices, curve_intervals, mean_block, trade_intervals
from functions.performance.statistics.deflated import (
    Moments,
    SharpeRatio,
    deflated_sharpe,
    expected_best,
    observed,
    probabilistic_sharpe,
)
from functions.performance.statistics.overfitting import probability_of_overfitting
from functions.performance.statistics.superior import superiority

EXAMPLE = Moments(bars=1250, skew=-3, kurtosis=10)


def test_deflated_sharpe_of_the_published_example() -> None:
    ratio = SharpeRatio.of_year(2.5, bars_a_year=250)
    assert deflated_sharpe(ratio, EXAMPLE, trials=100, trial_variance=0.5 / 250) == pytest.approx(0.9004, abs=5e-5)
    assert expected_best(100, 0.5 / 250).a_year(250) == pytest.approx(1.7894, abs=5e-4)


@pytest.mark.parametrize("ratio", [2.5, -2.5, 1.01, float("nan")])
def test_yearly_ratio_passed_per_bar_is_refused(ratio: float) -> None:
    with pytest.raises(InputRejected, match="of a year"):
        SharpeRatio(ratio)


def test_variance_of_yearly_ratios_and_no_trial_are_refused() -> None:
    with pytest.raises(InputRejected, match="yearly"):
        expected_best(100, 0.5)
    with pytest.raises(InputRejected, match="1 trial"):
        expected_best(0, 0.001)


def test_one_trial_is_held_against_nothing() -> None:
    assert expected_best(1, 0.01).per_bar == 0


@pytest.mark.parametrize("seed", range(10))
def test_evidence_of_a_ratio_equals_the_library(seed: int) -> None:
    returns = np.random.default_rng(seed).standard_t(4, 500) * 0.01 + 0.0005
    ratio, moments = observed(returns)
    deflated = deflated_sharpe(ratio, moments, trials=40, trial_variance=0.002)
    assert deflated == pytest.approx(deflated_sharpe_ratio(returns, 40, 0.002), rel=1e-9)
    alone = probabilistic_sharpe(ratio, moments, SharpeRatio(0.0))
    assert alone == pytest.approx(probabilistic_sharpe_ratio(returns, 0.0), rel=1e-9)


def test_returns_that_do_not_differ_have_no_ratio() -> None:
    with pytest.raises(InputRejected, match="that differ"):
        observed(np.zeros(100))


def test_blocks_are_as_long_as_said_and_go_round() -> None:
    indices = block_indices(1000, 200, seed=3)
    follows = (np.diff(indices, axis=1) % 1000 == 1).mean()
    assert follows == pytest.approx(1 - 1 / mean_block(1000), abs=0.01)
    assert (indices.min(), indices.max()) == (0, 999)
    assert np.array_equal(indices, block_indices(1000, 200, seed=3))


def test_interval_is_as_wide_as_the_librarys() -> None:
    returns = np.random.default_rng(1).normal(0.001, 0.02, 600)
    ours = curve_intervals(returns, {"sharpe": sharpe})["sharpe"]
    drawn = StationaryBootstrap(mean_block(600), returns, seed=5)
    theirs = drawn.conf_int(lambda drawn: np.array([sharpe(drawn)]), reps=1000, method="percentile", size=0.9)
    assert ours is not None
    assert [ours.low, ours.high] == pytest.approx(theirs.ravel().tolist(), abs=0.25)


def test_interval_holds_the_truth_as_often_as_it_says() -> None:
    truth, inside = 0.05 * np.sqrt(365), 0
    for seed in range(100):
        returns = np.random.default_rng(seed).normal(0.001, 0.02, 300)
        interval = curve_intervals(returns, {"sharpe": sharpe}, draws=200, seed=seed)["sharpe"]
        inside += interval is not None and interval.low <= truth <= interval.high
    assert 80 <= inside <= 97


def share(won: FloatArray) -> Quotient:
    return Quotient(won, np.ones(len(won)))


def test_few_days_have_no_interval() -> None:
    assert curve_intervals(np.full(19, 0.01), FIGURES) == dict.fromkeys(FIGURES)
    assert trade_intervals(np.repeat(np.arange(19), 5), {"win_rate": share(np.ones(95))}) == {"win_rate": None}


def test_ten_copies_of_each_trade_on_its_day_say_no_more() -> None:
    won = np.random.default_rng(2).choice([1.0, 0.0], 50)
    once = trade_intervals(np.arange(50), {"win_rate": share(won)})
    copied = trade_intervals(np.repeat(np.arange(50), 10), {"win_rate": share(np.repeat(won, 10))})
    assert once == copied
    assert once["win_rate"] is not None
    all_won = trade_intervals(np.arange(30), {"win_rate": share(np.ones(30))})
    assert all_won == {"win_rate": Interval(1.0, 1.0)}


def test_overfitting_of_noise_is_a_coin_toss_and_of_a_lasting_lead_none() -> None:
    noise = np.random.default_rng(4).normal(0, 0.01, (20, 400))
    assert 0.2 < probability_of_overfitting(noise) < 0.8
    leading = noise.copy()
    leading[7] += 0.003
    assert probability_of_overfitting(leading) < 0.05
    with pytest.raises(InputRejected, match="2 configurations"):
        probability_of_overfitting(noise[:1])


def test_superiority_of_a_lasting_lead_and_of_what_never_moved() -> None:
    noise = np.random.default_rng(6).normal(0, 0.01, (10, 400))
    leading = noise.copy()
    leading[3] += 0.004
    assert superiority(leading, np.zeros(400), draws=200) < 0.01
    assert superiority(np.zeros((3, 400)), np.zeros(400)) == 1.0
    assert superiority(leading, leading[3], draws=200) > 0.2
