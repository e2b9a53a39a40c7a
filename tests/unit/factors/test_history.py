"""What was known at each moment, on statements written by hand."""

import numpy as np
import pytest

from functions.factors.history import FactorSource, ReadingColumns, as_of_join
from functions.factors.reading import Factor

NEWS = FactorSource(Factor.SENTIMENT, "news")


def said(*statements: tuple[int, int, int, float], rows: list[int] | None = None, source: FactorSource = NEWS) -> ReadingColumns:
    """Statements from (as_of, seen_at, stale_at, value), in the order in which they count; of the first symbol without `rows`."""
    as_of, seen_at, stale_at = (np.array([one[place] for one in statements], dtype=np.int64) for place in range(3))
    return ReadingColumns(
        source=source,
        row=np.array(rows or [0] * len(statements)),
        as_of=as_of,
        seen_at=seen_at,
        stale_at=stale_at,
        value=np.array([one[3] for one in statements]),
        confidence=np.full(len(statements), 0.5),
        publishers=np.full(len(statements), 2, dtype=np.int64),
    )


@pytest.mark.parametrize(
    ("rows", "values"),
    [
        pytest.param([(2, 2, 9, 0.1)], [None, 0.1, 0.1, 0.1], id="known from the moment on that it is about"),
        pytest.param([(2, 3, 9, 0.1)], [None, None, 0.1, 0.1], id="not known before it was seen"),
        pytest.param([(3, 2, 9, 0.1)], [None, None, 0.1, 0.1], id="not known before the moment it is about"),
        pytest.param([(1, 1, 9, 0.1), (3, 3, 9, 0.2)], [0.1, 0.1, 0.2, 0.2], id="newer one counts"),
        pytest.param([(1, 1, 9, 0.1), (1, 3, 9, 0.2)], [0.1, 0.1, 0.2, 0.2], id="restatement counts once seen"),
        pytest.param([(1, 4, 9, 0.1), (2, 2, 9, 0.2)], [None, 0.2, 0.2, 0.2], id="late word on an earlier moment never counts"),
        pytest.param([(1, 1, 2, 0.1)], [0.1, 0.1, 0.1, 0.1], id="stale one is still the newest"),
    ],
)
def test_newest_reading_known_at_each_moment(rows: list[tuple[int, int, int, float]], values: list[float | None]) -> None:
    grid = as_of_join([said(*rows)], 1, np.array([1, 2, 3, 4]))[NEWS]
    expected = np.array([np.nan if value is None else value for value in values])
    np.testing.assert_array_equal(grid.value[0], expected)
    np.testing.assert_array_equal(np.isnan(grid.confidence[0]), np.isnan(expected))
    np.testing.assert_array_equal(grid.publishers[0], np.where(np.isnan(expected), 0, 2))


def test_reading_is_fresh_until_the_moment_it_is_stale_at() -> None:
    grid = as_of_join([said((2, 2, 4, 0.1))], 2, np.array([1, 2, 3, 4]))[NEWS]
    assert grid.fresh.tolist() == [[False, True, True, False], [False] * 4]


def test_each_source_of_each_factor_has_a_grid_and_each_symbol_a_row() -> None:
    whales = FactorSource(Factor.ONCHAIN, "whales")
    everything = [said((1, 1, 9, 0.1), (1, 1, 9, -0.3), rows=[1, 2]), said((1, 1, 9, 0.2), source=whales)]
    grids = as_of_join(everything, 3, np.array([5]))
    assert set(grids) == {NEWS, whales}
    np.testing.assert_array_equal(grids[NEWS].value[:, 0], [np.nan, 0.1, -0.3])
    np.testing.assert_array_equal(grids[whales].value[:, 0], [0.2, np.nan, np.nan])
