"""The search for the first touch is the plain loop: in every fill, in what it waits for, and in any pieces."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from functions.paper.settling import search
from functions.paper.settling.booking import Step
from functions.paper.settling.settlement import settle
from functions.paper.settling.touch import NEVER, Found, Paths, Touches, Trades, first_touches, milliseconds
from tests.property.paper.paths import TERMS, Case, Market, cases, market, run_of

PER_MARKET = 250


def laid_out(trades: list[Case], break_even: bool) -> Trades:
    return Trades.of(
        [case.position for case in trades],
        [case.row for case in trades],
        [case.since for case in trades],
        leaves=[case.leaves for case in trades],
        break_even=break_even,
    )


def compare(on: Market, trades: list[Case], break_even: bool) -> Touches:
    """Check that both ways agree for every trade."""
    terms = replace(TERMS, break_even=break_even)
    touches = first_touches(Paths.of(on.candles, on.absent), laid_out(trades, break_even))
    for number, case in enumerate(trades):
        run = run_of(on, case)
        plain = settle(case.position, run.bars, terms, leaves=case.leaves)
        assert touches.settlement(number, case.position, terms, case.leaves) == plain
        found = Found(int(touches.found[number]))
        if not plain.position.quantity:
            continue
        assert int(touches.until[number]) == milliseconds(run.until)
        assert int(touches.unseen[number]) == run.unseen
        assert (found is Found.JUMPED) == (run.jump is not None)
        assert (found is Found.WAITS) == (run.jump is None and run.until < case_end(on))
    return touches


def case_end(on: Market) -> datetime:
    last_close = on.candles.last_close
    assert last_close is not None
    return last_close


@pytest.mark.parametrize("seed", [*range(8), *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(8, 48))])
def test_search_finds_what_the_plain_loop_finds(seed: int) -> None:
    random = np.random.default_rng(seed)
    on = market(random)
    compare(on, cases(random, on, PER_MARKET), break_even=seed % 2 == 0)


def test_random_trades_meet_every_way_to_end_and_not_to_end() -> None:
    random = np.random.default_rng(1)
    on = market(random)
    touches = first_touches(Paths.of(on.candles, on.absent), laid_out(cases(random, on, 1000), break_even=True))
    assert set(touches.found.tolist()) == set(Found)
    assert touches.unseen.max() > 0


@pytest.mark.parametrize("seed", range(3))
def test_search_in_pieces_equals_the_search_in_one_go(seed: int) -> None:
    random = np.random.default_rng(100 + seed)
    on = market(random)
    trades = cases(random, on, PER_MARKET)
    columns = len(on.candles.open_time)
    whole = first_touches(Paths.of(on.candles, on.absent), laid_out(trades, break_even=True))
    for number, case in enumerate(trades):
        position = case.position
        steps: list[Step] = []
        piece = laid_out([case], break_even=True)
        first = int(np.searchsorted(on.candles.open_time, milliseconds(case.since), side="right"))
        for cut in [*sorted(random.integers(first, columns, 3).tolist()), columns]:
            touches = first_touches(Paths.of(on.candles.until(cut), on.absent[:, :cut]), piece)
            settled = touches.settlement(0, position, TERMS, case.leaves)
            position, steps = settled.position, [*steps, *settled.steps]
            if not position.quantity:
                break
            rest = Trades.of([position], [case.row], [case.since], leaves=[case.leaves])
            piece = replace(rest, since=touches.until, last=touches.last)
        expected = whole.settlement(number, case.position, TERMS, case.leaves)
        assert (position, tuple(steps)) == (expected.position, expected.steps)


def test_codes_of_the_compiled_search_are_those_of_its_caller() -> None:
    assert {found.name: int(found) for found in Found} == {name: getattr(search, name) for name in Found.__members__}
    assert search.NEVER == NEVER
