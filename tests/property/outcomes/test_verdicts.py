"""Noise is not called an edge by looking daily, and an edge is found by the trade count that docs/outcomes.md states."""

from dataclasses import replace
from pathlib import Path

import pytest

from functions.outcomes.lift import DAY, Verdict, gather, judge
from tests.property.outcomes.worlds import HELD_DAYS, World, world

PAGE = Path(__file__).parents[3] / "docs" / "outcomes.md"
TRADES = 150
FOUND_BY = 180
PLANTED = 0.3


def verdicts(of: World) -> set[Verdict]:
    """Look once a day until every idea's time is up, and return all that was said."""
    first, last = int(of.ideas.said_at[0]) // DAY, int(of.ideas.said_at[-1]) // DAY + HELD_DAYS + 1
    return {judge(gather(of.ideas, of.results, of.drawn, of.random, day * DAY)).verdict for day in range(first, last + 1)}


def share_called_an_edge(seeds: range) -> float:
    return sum(Verdict.EDGE in verdicts(world(seed, TRADES)) for seed in seeds) / len(seeds)


def share_of_planted_edges_found(seeds: range) -> float:
    found = 0
    for seed in seeds:
        of = world(seed, FOUND_BY)
        # The strategy has no skill: what it earns beyond the random entries is planted to the digit.
        of = replace(of, results=replace(of.results, r=of.results.r + PLANTED))
        found += Verdict.EDGE in verdicts(of)
    return found / len(seeds)


def test_random_strategy_looked_at_daily_is_no_edge() -> None:
    assert share_called_an_edge(range(40)) <= 0.05


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_random_strategy_looked_at_daily_is_no_edge_in_400_worlds() -> None:
    assert share_called_an_edge(range(1000, 1400)) <= 0.05


def test_planted_edge_is_found_by_the_count_that_the_docs_state() -> None:
    assert share_of_planted_edges_found(range(20)) >= 0.8


def test_docs_state_the_counts_that_are_tried() -> None:
    page = PAGE.read_text()
    assert f"a random strategy, {TRADES} trades" in page
    assert f"an edge of +{PLANTED} R in each trade: found by {FOUND_BY} trades" in page


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_planted_edge_is_found_in_400_worlds() -> None:
    assert share_of_planted_edges_found(range(2000, 2400)) >= 0.8
