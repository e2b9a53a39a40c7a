"""What an installation compiles is what a desk then runs."""

from functions.market.candles.timeframe import Timeframe
from functions.technical.engine.analysis import analyse
from functions.warm import run_compiled_loops
from tests.unit.paper.settling.fills import TABLE
from tests.unit.paper.settling.tables import held
from tests.unit.paper.settling.test_fills import search as settle
from tests.unit.technical.making import walk as market


def test_loops_run_on_nothing_are_those_that_run_on_a_market() -> None:
    run_compiled_loops()
    from functions.paper.settling.search import search
    from functions.technical.engine.walk import average, walk

    compiled = [list(loop.signatures) for loop in (search, walk, average)]
    analyse(market(Timeframe.H1, ["AAAUSDT"], 300, seed=8))
    _, side, levels, run, _ = TABLE[0]
    settle(held(side, levels), run, None)
    assert [list(loop.signatures) for loop in (search, walk, average)] == compiled
