"""The search for the first touch is the plain loop: in every fill, in what it waits for, and in any pieces."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from functions.market.candles.timeframe import Timeframe
from functions.paper.settling import search
from functions.paper.settling.booking import Step
from functions.paper.settling.position import Side
from functions.paper.settling.prices import Bar
from functions.paper.settling.settlement import settle
from functions.paper.settling.touch import NEVER, Found, Paths, Touches, Trades, first_touches, milliseconds
from tests.property.paper.paths import TERMS, TICK, Case, Market, cases, market, run_of
from tests.unit.paper.settling.tables import SPAN

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


def as_filled(random: np.random.Generator, on: Market, case: Case) -> tuple[Case, datetime, Bar]:
    """Return a trade as a resting order in its candle opened it: its limit, its candle as it counts, and when that was filled."""
    candle = next(bar for bar in on.rows[case.row] if bar is not None and bar.opened_at == Timeframe.M5.floor(case.since))
    limit = candle.low + TICK * int(random.integers(0, max(int((candle.high - candle.low) / TICK), 0) + 1))
    distance = TICK * int(random.integers(1, 400))
    position = replace(
        case.position,
        side=Side.LONG,
        entry=limit,
        stop=max(limit - distance, TICK),
        targets=tuple(limit + distance * step for step in (1, 2, 4)),
    )
    since = candle.opened_at
    leaves = case.leaves and replace(case.leaves, at=case.leaves.at + SPAN)
    return replace(case, position=position, since=since, leaves=leaves), candle.closed_at, candle.after_limit(limit)


@pytest.mark.parametrize("seed", range(6))
def test_search_finds_what_the_plain_loop_finds_from_the_candle_that_filled_a_resting_order(seed: int) -> None:
    random = np.random.default_rng(200 + seed)
    on = market(random)
    filled = [as_filled(random, on, case) for case in cases(random, on, PER_MARKET)]
    trades = [case for case, _, _ in filled]
    laid = Trades.of(
        [case.position for case in trades],
        [case.row for case in trades],
        [case.since for case in trades],
        leaves=[case.leaves for case in trades],
        filled=[at for _, at, _ in filled],
    )
    touches, stopped = first_touches(Paths.of(on.candles, on.absent), laid), 0
    for number, (case, _, first) in enumerate(filled):
        bars = run_of(on, case).bars
        # The plain rule of the candle of the fill: it may stop the trade, at the stop, and takes no profit.
        plain = settle(case.position, (first, *bars[1:]), TERMS, leaves=case.leaves)
        assert touches.settlement(number, case.position, TERMS, case.leaves) == plain
        stopped += bool(plain.steps) and plain.steps[0].fill.at == first.closed_at
    assert stopped  # some are stopped within it


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
