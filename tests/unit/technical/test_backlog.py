"""What a timeframe has to scan, cut into tasks, and how far it is scanned after them."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from functions.market.candles.grid import CANDLE_FIELDS, Candles
from functions.market.candles.timeframe import Timeframe
from functions.technical.closes.backlog import Backlog, Task
from functions.technical.closes.due import Due, Examined, Hole, Mark
from functions.technical.engine.span import begin_of, candles_under
from tests.unit.technical.making import END

M15 = Timeframe.M15
QUARTER = M15.span
A, B, BOTH = frozenset("A"), frozenset("B"), frozenset("AB")


def at(back: int) -> datetime:
    return END - back * QUARTER


def backlog(*due: Due, **changes: object) -> Backlog:
    """Both symbols arrived at the last three closes, and only the oldest is scanned."""
    there = {at(back): BOTH for back in (2, 1, 0)}
    plain = Backlog(
        timeframe=M15,
        mark=Mark(at(2)),
        horizon=99,
        examined=Examined(newest=at(0), until=at(0), behind_until=at(0)),
        since=at(1),
        arrived=there,
        scanned={at(2): BOTH},
        holes=(),
        expected=BOTH,
        due=due,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


DUE = (Due(at(1), BOTH), Due(at(0), BOTH))


def grid(first: int, prices: list[list[float]], symbols: tuple[str, ...] = ("A", "B")) -> Candles:
    """Candles whose first closes at `at(first)`."""
    times = int((at(first) - QUARTER).timestamp() * 1000) + np.arange(len(prices[0]), dtype=np.int64) * M15.milliseconds
    return Candles(M15, symbols, times, *[np.array(prices, dtype=np.float64)] * len(CANDLE_FIELDS))


def test_task_says_what_it_takes() -> None:
    task = Task(M15, (Due(at(4), B), Due(at(1), A)))
    assert (task.symbols, task.last, task.columns) == (["A", "B"], at(1), 4)
    assert task.bars == candles_under(M15, at(1) - QUARTER)
    assert Task(M15, (Due(at(1), A),)).columns == 1


@pytest.mark.parametrize(
    ("candles", "there"),
    [
        (grid(1, [[1, 2], [3, 4]]), True),
        (grid(2, [[np.nan, 1, 2], [np.nan, 3, 4]]), True),
        (grid(1, [[3, 4], [1, 2]], ("B", "A")), True),
        (grid(1, [[1], [3]]), False),
        (grid(0, [[2], [4]]), False),
        (grid(1, [[1, 2], [np.nan, 4]]), False),
        (grid(1, [[1, 2], [3, np.nan]]), False),
    ],
    ids=["all", "more", "in another order", "not the newest", "not the oldest", "a hole", "a hole at the newest"],
)
def test_task_is_in_a_grid_that_holds_each_candle_of_its_closes(candles: Candles, there: bool) -> None:
    assert Task(M15, DUE).is_in(candles) is there


def test_symbol_that_a_close_does_not_want_may_lack_there() -> None:
    assert Task(M15, (Due(at(1), A), Due(at(0), BOTH))).is_in(grid(1, [[1, 2], [np.nan, 4]]))


def test_tasks_are_cut_where_the_beginning_of_the_history_changes() -> None:
    first = begin_of(M15, END)
    change = END
    while begin_of(M15, change - QUARTER) == first:
        change -= QUARTER
    closes = [Due(change + number * QUARTER, A) for number in (-1, 0, 1, 2)]
    tasks = list(backlog(*closes).tasks)
    assert [len(task.due) for task in tasks] == [2, 2]
    assert [task.last for task in tasks] == [change, change + 2 * QUARTER]
    assert {task.timeframe for task in tasks} == {M15}


def test_recent_closes_are_those_that_late_candles_are_looked_for_at() -> None:
    assert backlog().recent == {at(1): BOTH, at(0): BOTH}


@pytest.mark.parametrize(
    ("due", "written", "mark"),
    [
        (DUE, {at(1): BOTH, at(0): BOTH}, Mark(at(0), {}, 99)),
        (DUE, {at(1): BOTH}, Mark(at(0), {"A": at(1), "B": at(1)}, 0)),
        (DUE, {at(1): BOTH, at(0): A}, Mark(at(0), {"B": at(1)}, 0)),
    ],
    ids=["all is written", "the newest is not", "one symbol is not"],
)
def test_mark_goes_as_far_as_states_were_written(
    due: tuple[Due, ...], written: dict[datetime, frozenset[str]], mark: Mark
) -> None:
    assert backlog(*due).mark_after(written) == mark


def test_mark_that_does_not_move_keeps_its_horizon() -> None:
    done = backlog(mark=Mark(at(0), {}, 5), scanned={at(back): BOTH for back in (2, 1, 0)})
    assert done.mark_after({}) == Mark(at(0), {}, 5)
    again = replace(done, due=(Due(at(0), A),))
    assert again.mark_after({at(0): A}) == Mark(at(0), {}, 99)
    assert again.mark_after({at(0): B}) == Mark(at(0), {}, 5)


def test_mark_goes_over_closes_that_were_scanned_before() -> None:
    assert backlog(*DUE, mark=Mark(at(3))).mark_after({at(1): BOTH, at(0): BOTH}) == Mark(at(0), {}, 99)


def test_symbol_over_a_hole_stays_behind() -> None:
    hole = Hole("B", at(1) - QUARTER, at(1) - QUARTER)
    found = backlog(*DUE, holes=(hole,)).mark_after({at(1): BOTH, at(0): BOTH})
    assert found == Mark(at(0), {"B": at(2)}, 99)


@pytest.mark.parametrize(
    ("until", "behind_until", "written", "more"),
    [
        (0, 0, {at(0): A}, False),
        (1, 0, {}, True),
        (0, 1, {at(0): A}, True),
        (0, 1, {at(0): frozenset()}, False),
        (0, 1, {}, False),
    ],
)
def test_more_is_due_when_not_all_was_examined(
    until: int, behind_until: int, written: dict[datetime, frozenset[str]], more: bool
) -> None:
    examined = Examined(newest=at(0), until=at(until), behind_until=at(behind_until))
    assert backlog(*DUE, examined=examined).leaves_more(written) is more
