"""What is known at a moment: nothing that comes later changes it."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from functions.factors.history import FactorSource, ReadingColumns, newest_known
from functions.factors.reading import Factor

MOMENTS = np.arange(20)
Row = tuple[int, int, float]  # as_of, seen_at, value
ROWS = st.lists(
    st.tuples(st.integers(0, 19), st.integers(0, 19), st.floats(-1, 1)), max_size=12, unique_by=lambda row: (row[0], row[1])
).map(sorted)


def statements(rows: Sequence[Row]) -> ReadingColumns:
    as_of, seen_at = (np.array([row[place] for row in rows], dtype=np.int64) for place in range(2))
    return ReadingColumns(
        source=FactorSource(Factor.CONTEXT, "somebody"),
        row=np.zeros(len(rows), dtype=np.int64),
        as_of=as_of,
        seen_at=seen_at,
        stale_at=as_of + 5,
        value=np.array([row[2] for row in rows]),
        confidence=np.ones(len(rows)),
        publishers=np.ones(len(rows), dtype=np.int64),
    )


def answers(rows: Sequence[Row]) -> list[Row | None]:
    return [rows[number] if number >= 0 else None for number in newest_known(statements(rows), 1, MOMENTS)[0]]


@given(ROWS)
def test_answer_is_the_latest_of_what_was_published_and_seen(rows: list[Row]) -> None:
    for moment, answer in enumerate(answers(rows)):
        known = [row for row in rows if row[0] <= moment and row[1] <= moment]
        assert answer == (max(known) if known else None)


@given(ROWS, st.integers(0, 19))
def test_what_is_seen_or_published_later_never_changes_an_answer(rows: list[Row], moment: int) -> None:
    earlier = [row for row in rows if max(row[0], row[1]) <= moment]
    assert answers(rows)[: moment + 1] == answers(earlier)[: moment + 1]
