"""A close is computed from a place in time that it alone decides, however much history is at hand."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.technical.engine.analysis import Analysis, analyse
from functions.technical.engine.span import LONGEST, STEP, WARM_UP, begin_of, candles_under, spans
from tests.unit.technical.making import END, walk

SYMBOLS = ("AAAUSDT", "BBBUSDT")
BARS = 2 * LONGEST


@pytest.fixture(scope="module")
def candles() -> Candles:
    return walk(Timeframe.H1, SYMBOLS, BARS, seed=8)


def same(left: Analysis, column: int, right: Analysis, other: int) -> bool:
    pairs = [
        (getattr(getattr(left, group), name)[:, column], getattr(getattr(right, group), name)[:, other])
        for group in ("indicators", "trend", "entries")
        for name in getattr(left, group).__dataclass_fields__
    ]
    pairs.append((left.problem[:, column], right.problem[:, other]))
    return all(np.array_equal(one, two, equal_nan=one.dtype.kind == "f") for one, two in pairs) and (
        left.levels(column) == right.levels(other)
    )


@pytest.mark.parametrize("timeframe", Timeframe)
@pytest.mark.parametrize("place", [0, 1, STEP - 1], ids=["first of its stretch", "second", "last"])
def test_beginning_is_shared_by_a_stretch_of_closes_and_leaves_the_warm_up(timeframe: Timeframe, place: int) -> None:
    stretch = datetime.fromtimestamp(0, UTC) + 100 * STEP * timeframe.span
    opened = stretch + place * timeframe.span
    assert begin_of(timeframe, opened) == stretch - WARM_UP * timeframe.span
    assert candles_under(timeframe, opened) == WARM_UP + place + 1


def test_closes_are_cut_where_their_beginning_changes(candles: Candles) -> None:
    parts = list(spans(candles, 600))
    assert sum(count for _, count in parts) == 600
    assert [window.stop for window, _ in parts][-1] == BARS
    for window, count in parts:
        first, last = (candles.open_time[window.stop - back] for back in (count, 1))
        beginnings = {begin_of(Timeframe.H1, datetime.fromtimestamp(int(opened) / 1000, UTC)) for opened in (first, last)}
        assert beginnings == {datetime.fromtimestamp(int(candles.open_time[window.start]) / 1000, UTC)}


@pytest.mark.parametrize("back", [1, 2, 60, 251, 700])
def test_close_says_the_same_whoever_asks_and_when(candles: Candles, back: int) -> None:
    count = BARS - back + 1
    whole, alone = analyse(candles), analyse(candles.until(count), 1)
    begin = begin_of(Timeframe.H1, END - back * timedelta(hours=1))
    first = (begin - datetime.fromtimestamp(int(candles.open_time[0]) / 1000, UTC)) // timedelta(hours=1)
    shortest = analyse(candles.during(slice(first, count)), 1)
    catch_up = analyse(candles.until(min(count + 24, BARS)), 48)
    assert same(whole, BARS - back, alone, 0)
    assert same(whole, BARS - back, shortest, 0)
    assert same(whole, BARS - back, catch_up, 48 - 1 - (min(count + 24, BARS) - count))


def test_one_candle_less_than_the_beginning_is_another_history(candles: Candles) -> None:
    begin = begin_of(Timeframe.H1, END - timedelta(hours=1))
    first = (begin - datetime.fromtimestamp(int(candles.open_time[0]) / 1000, UTC)) // timedelta(hours=1)
    assert not same(analyse(candles, 1), 0, analyse(candles.during(slice(first + 1, BARS)), 1), 0)


def test_column_beyond_the_analysis_has_no_levels(candles: Candles) -> None:
    with pytest.raises(IndexError, match="expected a column below 3, got 3"):
        analyse(candles, 3).levels(3)


def test_some_closes_of_an_analysis_are_those_that_were_analysed_alone() -> None:
    candles = walk(Timeframe.H1, ["AAAUSDT", "BBBUSDT"], 400)
    some, alone = analyse(candles).during(slice(300, 400)), analyse(candles, 100)
    assert some.close_time.tolist() == alone.close_time.tolist()
    for group, name in (("indicators", "ema200"), ("trend", "direction"), ("entries", "momentum")):
        left, right = (getattr(getattr(one, group), name) for one in (some, alone))
        assert np.array_equal(left, right, equal_nan=True)
    assert np.array_equal(some.problem, alone.problem)
