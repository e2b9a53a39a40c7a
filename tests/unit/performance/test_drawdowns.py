"""Every fall has its high, its low and the day it came back."""

from itertools import pairwise

import numpy as np
import pytest

from functions.performance.metrics.drawdowns import DrawdownEpisode, drawdown_episodes
from functions.performance.metrics.equity import max_drawdown


def test_two_falls_the_deepest_first_and_the_last_one_lasts() -> None:
    falls = drawdown_episodes(np.array([0.1, -0.05, 0.06, -0.1, -0.1, 0.05]))
    assert [(fall.peak, fall.trough, fall.recovered) for fall in falls] == [(3, 5, None), (1, 2, 3)]
    assert [fall.depth for fall in falls] == pytest.approx([0.19, 0.05])
    assert [fall.days(6) for fall in falls] == [3, 2]


def test_fall_from_the_start_counts() -> None:
    assert drawdown_episodes(np.array([-0.5, 1.5])) == [DrawdownEpisode(peak=0, trough=1, recovered=2, depth=0.5)]


def test_no_fall_without_a_loss() -> None:
    assert drawdown_episodes(np.array([0.0, 0.1, 0.0])) == []
    assert drawdown_episodes(np.array([])) == []


@pytest.mark.parametrize("seed", range(20))
def test_deepest_fall_is_the_drawdown_and_falls_do_not_overlap(seed: int) -> None:
    returns = np.random.default_rng(seed).normal(0, 0.02, 300)
    falls = drawdown_episodes(returns)
    assert falls[0].depth == pytest.approx(max_drawdown(returns), rel=1e-12)
    in_order = sorted(falls, key=lambda fall: fall.peak)
    assert all((one.recovered or 301) <= other.peak for one, other in pairwise(in_order))
