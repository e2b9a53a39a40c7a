"""Which candles are missing, and how they are asked for."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from functions.market.candles import Timeframe
from functions.market.gaps import LEAST_CANDLES, Missing, missing_runs, pages, wanted_window

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
H1 = Timeframe.H1


def at(hours: int) -> datetime:
    return NOON + timedelta(hours=hours)


def stored(*hours: int) -> np.ndarray:
    return np.array([int(at(hour).timestamp() * 1000) for hour in hours], dtype=np.int64)


@pytest.mark.parametrize(
    ("there", "missing"),
    [
        ((), [(0, 5)]),
        ((0, 1, 2, 3, 4, 5), []),
        ((5, 3, 1), [(0, 0), (2, 2), (4, 4)]),
        ((0, 5), [(1, 4)]),
        ((-3, 9, 2), [(0, 1), (3, 5)]),
    ],
)
def test_missing_runs(there: tuple[int, ...], missing: list[tuple[int, int]]) -> None:
    found = missing_runs("A", H1, at(0), at(5), stored(*there))
    assert found == [Missing("A", H1, at(first), at(last)) for first, last in missing]


def test_what_the_exchange_does_not_have_is_not_missing() -> None:
    absent = [Missing("A", H1, at(-5), at(1)), Missing("B", H1, at(0), at(5)), Missing("A", Timeframe.M5, at(0), at(5))]
    assert missing_runs("A", H1, at(0), at(5), stored(4), absent) == [
        Missing("A", H1, at(2), at(3)),
        Missing("A", H1, at(5), at(5)),
    ]


def test_nothing_is_wanted_from_a_window_that_ends_before_it_begins() -> None:
    assert missing_runs("A", H1, at(1), at(0), stored()) == []


def test_pages_are_a_thousand_newest_first() -> None:
    run = Missing("A", Timeframe.M5, NOON, NOON + timedelta(minutes=5 * 2499))
    cut = list(pages(run))
    assert [page.count for page in cut] == [1000, 1000, 500]
    assert cut[0].last == run.last
    assert cut[-1].first == run.first
    assert sum(page.count for page in cut) == run.count


@pytest.mark.parametrize(("timeframe", "days", "candles"), [(Timeframe.D1, 90, LEAST_CANDLES), (Timeframe.M15, 90, 90 * 96)])
def test_the_wanted_window_is_the_days_or_a_thousand_candles(timeframe: Timeframe, days: int, candles: int) -> None:
    first, last = wanted_window(timeframe, NOON + timedelta(minutes=7), days)
    assert Missing("A", timeframe, first, last).count == candles
    assert last + timeframe.span <= NOON + timedelta(minutes=7)
