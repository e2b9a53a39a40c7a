"""Intervals that hold at every look: known values, and how often they miss when they are watched all the way."""

import numpy as np
import pytest

from functions.outcomes.sequences import Interval, mean_interval, share_interval


def test_share_of_nothing_lies_anywhere() -> None:
    assert share_interval(np.array([]), 0.05) == Interval(0, 1)


def test_share_interval_ends_where_the_mixture_reaches_its_bound() -> None:
    # 10 wins in 10: B(11, 1) / p^10 = 1 / (11 p^10) = 20, so p = (1 / 220) ** (1 / 10).
    interval = share_interval(np.ones(10), 0.05)
    assert interval.low == pytest.approx((1 / 220) ** 0.1)
    assert interval.high == 1
    assert share_interval(np.zeros(10), 0.05).high == pytest.approx(1 - (1 / 220) ** 0.1)


def test_one_day_says_nothing_of_a_mean() -> None:
    assert mean_interval(np.array([1.0]), 0.05) == Interval(-np.inf, np.inf)


def test_interval_of_a_mean_is_around_it_and_narrows() -> None:
    days = np.random.default_rng(1).normal(0.2, 1, 400)
    short, long = mean_interval(days[:100], 0.05), mean_interval(days, 0.05)
    assert (long.low + long.high) / 2 == pytest.approx(days.mean())
    assert long.high - long.low < (short.high - short.low) * 0.6
    assert mean_interval(days, 0.01).low < long.low


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_share_interval_watched_daily_misses_in_fewer_than_one_of_twenty_worlds(share: float) -> None:
    missed = 0
    for seed in range(200):
        days = np.random.default_rng(seed).binomial(3, share, 150) / 3
        looks = (share_interval(days[:count], 0.05) for count in range(1, 151, 3))
        missed += any(not look.low <= share <= look.high for look in looks)
    assert missed <= 10


def test_mean_interval_watched_daily_misses_in_fewer_than_one_of_twenty_worlds() -> None:
    missed = 0
    for seed in range(400):
        # Most lose 1 R, some win 2: as skewed as trades are.
        days = np.random.default_rng(seed).choice([-1.0, 0.2, 2.0], 300, p=[0.5, 0.3, 0.2])
        looks = (mean_interval(days[:count], 0.05) for count in range(20, 301, 2))
        missed += any(not look.low <= -0.04 <= look.high for look in looks)
    assert missed <= 20
