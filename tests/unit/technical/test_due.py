"""Which closes wait for a scan, which symbols stand on a hole, and which are missed, on hand-written closes."""

from datetime import datetime, timedelta

import pytest

from functions.market.candles import Timeframe
from functions.technical.due import Due, Hole, absent, blocked, due, incomplete, late
from functions.technical.span import candles_under
from tests.unit.technical.making import END

QUARTER = Timeframe.M15.span
UNDER = candles_under(Timeframe.M15, END - Timeframe.M15.span)  # those the newest close stands on


def at(back: int) -> datetime:
    """The close so many quarters before END."""
    return END - back * QUARTER


def opened(back: int) -> datetime:
    """The open time of the candle that closes then."""
    return at(back) - QUARTER


def names(*symbols: str) -> frozenset[str]:
    return frozenset(symbols)


THERE = {at(2): names("A", "B"), at(1): names("A", "B"), at(0): names("A", "B")}


@pytest.mark.parametrize(
    ("done", "held", "expected"),
    [
        pytest.param({}, {}, [Due(at(0), names("A", "B"))], id="first start takes the newest close alone"),
        pytest.param({at(0): names("A", "B")}, {}, [], id="everything is done"),
        pytest.param(
            {at(2): names("A", "B")},
            {},
            [Due(at(1), names("A", "B")), Due(at(0), names("A", "B"))],
            id="missed closes, oldest first",
        ),
        pytest.param({at(0): names("A")}, {}, [Due(at(0), names("B"))], id="a symbol that came late"),
        pytest.param({at(0): names("A")}, {at(0): names("B")}, [], id="a symbol on a hole waits"),
    ],
)
def test_due(done: dict[datetime, frozenset[str]], held: dict[datetime, frozenset[str]], expected: list[Due]) -> None:
    assert due(THERE, done, held) == expected


@pytest.mark.parametrize(
    ("first", "last", "closes"),
    [
        pytest.param(50, 40, [2, 1, 0], id="inside the window of every close"),
        pytest.param(UNDER + 50, UNDER - 1, [2, 1, 0], id="its last candle is the oldest they stand on"),
        pytest.param(UNDER + 50, UNDER, [], id="it ends before the oldest candle they stand on"),
        pytest.param(1, 1, [1, 0], id="a close before the hole does not stand on it"),
    ],
)
def test_blocked_are_the_closes_that_stand_on_the_hole(first: int, last: int, closes: list[int]) -> None:
    found = blocked(THERE, [Hole("A", opened(first), opened(last))], Timeframe.M15)
    assert found == {at(back): names("A") for back in closes}


@pytest.mark.parametrize(
    ("done", "held", "expected"),
    [
        pytest.param({}, {at(0): names("B")}, ["B"], id="blocked at its newest close"),
        pytest.param({at(0): names("B")}, {at(0): names("B")}, [], id="scanned before the hole was found"),
        pytest.param({at(0): names("B")}, {at(2): names("B")}, [], id="blocked at an older close only"),
    ],
)
def test_incomplete(done: dict[datetime, frozenset[str]], held: dict[datetime, frozenset[str]], expected: list[str]) -> None:
    found = incomplete(THERE, done, held, Timeframe.M15)
    assert [one.symbol for one in found] == expected
    assert {one.reason.text for one in found} <= {"B 15m waits until its missing candles are loaded"}


def test_absent_are_watched_symbols_without_the_newest_candle() -> None:
    there = {at(1): names("A", "B", "OLD"), at(0): names("A", "NEW")}
    assert absent(there, ["A", "B", "C"], Timeframe.M15, END + timedelta(seconds=5)) == ["B", "C"]


def test_absent_without_a_universe_are_those_seen_lately() -> None:
    assert absent({at(1): names("A", "B"), at(0): names("A")}, [], Timeframe.M15, END) == ["B"]


def test_late_says_how_late_and_leaves_out_what_is_on_time() -> None:
    found = late(["A", "B", "C"], [at(30), at(0), None], Timeframe.M15, END)
    assert [(one.symbol, one.reason.text) for one in found] == [
        ("A", "no signal because A 15m is 30 candles late"),
        ("C", "no signal because C 15m has no candles"),
    ]
    assert {one.close_time for one in found} == {END}
