"""The best of many configurations without an edge is not called one, and a planted edge is found as often as the docs state."""

import numpy as np
import pytest

from functions.arrays import FloatGrid
from functions.performance.statistics.verdict import SearchVerdict, judge_search

CONFIGURATIONS, DAYS = 40, 1095
PLANTED_SHARPE, POWER = 3.0, 0.8


def search(seed: int, sharpe: float = 0.0) -> FloatGrid:
    """Three years of forty configurations with fat tails that share half of their movement; the first one has the edge."""
    random = np.random.default_rng(seed)
    shared = random.standard_t(4, DAYS) / np.sqrt(2)
    own = random.standard_t(4, (CONFIGURATIONS, DAYS)) / np.sqrt(2)
    returns: FloatGrid = (shared + own) / np.sqrt(2) * 0.01
    returns[0] += sharpe / np.sqrt(365) * 0.01
    return returns


def share_called_an_edge(seeds: range, sharpe: float = 0.0) -> float:
    verdicts = [judge_search(search(seed, sharpe), np.zeros(DAYS), draws=200).verdict for seed in seeds]
    return verdicts.count(SearchVerdict.EDGE) / len(verdicts)


def test_best_of_forty_without_an_edge_is_none() -> None:
    assert share_called_an_edge(range(10)) <= 0.05


@pytest.mark.soak
def test_best_of_forty_without_an_edge_is_none_in_200_worlds() -> None:
    assert share_called_an_edge(range(1000, 1200)) <= 0.05


def test_planted_edge_is_found() -> None:
    assert share_called_an_edge(range(6), PLANTED_SHARPE) >= 0.5


@pytest.mark.soak
def test_planted_edge_is_found_in_200_worlds_as_often_as_stated() -> None:
    assert share_called_an_edge(range(2000, 2200), PLANTED_SHARPE) >= POWER


def test_few_days_or_no_move_are_not_enough() -> None:
    assert judge_search(search(1)[:, :59], np.zeros(59)).verdict is SearchVerdict.NOT_ENOUGH
    assert judge_search(np.zeros((5, 100)), np.zeros(100)).verdict is SearchVerdict.NOT_ENOUGH


def test_trials_that_are_not_given_count_too() -> None:
    returns = search(3, PLANTED_SHARPE)
    few = judge_search(returns, np.zeros(DAYS), draws=100)
    many = judge_search(returns, np.zeros(DAYS), trials=100_000, draws=100)
    assert many.deflated < few.deflated
    assert (few.trials, many.trials) == (CONFIGURATIONS, 100_000)
