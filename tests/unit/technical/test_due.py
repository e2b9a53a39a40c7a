"""Which closes wait for a scan, which symbols stand on a hole, and which are missed, on hand-written closes."""

from datetime import datetime, timedelta

import pytest

from functions.market.candles.timeframe import Timeframe
from functions.technical.closes.due import (
    Due,
    Examined,
    Hole,
    Mark,
    absent_symbols,
    advance_mark,
    blocked_symbols,
    due_closes,
    incomplete_symbols,
    late_symbols,
)
from functions.technical.engine.span import candles_under
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
SHUFFLED = {close: THERE[close] for close in (at(0), at(2), at(1))}


BOTH = names("A", "B")
ALL_DUE = [Due(at(2), BOTH), Due(at(1), BOTH), Due(at(0), BOTH)]


@pytest.mark.parametrize(
    ("mark", "since", "scanned", "blocked", "expected"),
    [
        pytest.param(Mark(), None, {}, {}, [Due(at(0), BOTH)], id="first start takes the newest close alone"),
        pytest.param(Mark(at(0)), at(0), {at(0): BOTH}, {}, [], id="everything is done"),
        pytest.param(Mark(at(3)), None, {}, {}, ALL_DUE, id="missed closes, oldest first"),
        pytest.param(Mark(at(2)), None, {at(0): BOTH}, {}, [Due(at(1), BOTH)], id="the newest was taken before those missed"),
        pytest.param(Mark(at(0)), at(0), {at(0): names("A")}, {}, [Due(at(0), names("B"))], id="a symbol that came late"),
        pytest.param(Mark(at(0)), at(0), {at(0): names("A")}, {at(0): names("B")}, [], id="a symbol on a hole waits"),
        pytest.param(Mark(at(0)), None, {}, {}, [], id="candles from before the first close that was scanned"),
        pytest.param(
            Mark(at(0), {"B": at(2)}),
            None,
            {},
            {},
            [Due(at(1), names("B")), Due(at(0), names("B"))],
            id="a symbol that is behind, from its own close on",
        ),
        pytest.param(
            Mark(at(0), {"B": at(2)}),
            None,
            {at(1): BOTH},
            {},
            [Due(at(0), names("B"))],
            id="a symbol that is behind, but for what is scanned of it",
        ),
        pytest.param(Mark(at(-12)), None, {}, {}, [], id="a clock that was set back by three hours"),
    ],
)
def test_due(
    mark: Mark,
    since: datetime | None,
    scanned: dict[datetime, frozenset[str]],
    blocked: dict[datetime, frozenset[str]],
    expected: list[Due],
) -> None:
    assert due_closes(SHUFFLED, scanned, blocked, mark, since) == expected


def test_nothing_is_due_where_nothing_arrived() -> None:
    assert due_closes({}, {}, {}, Mark(), None) == []


DONE = dict(THERE)
ONLY_A = {close: names("A") for close in THERE}
NEWEST = Examined(at(0), at(0), at(0))


@pytest.mark.parametrize(
    ("mark", "arrived", "scanned", "holes", "examined", "expected"),
    [
        pytest.param(Mark(), THERE, {at(0): BOTH}, [], NEWEST, Mark(at(0)), id="the first scan"),
        pytest.param(Mark(at(3)), THERE, DONE, [], NEWEST, Mark(at(0)), id="all missed closes"),
        pytest.param(
            Mark(at(3)),
            THERE,
            {at(2): BOTH, at(1): names("A"), at(0): names("A")},
            [],
            NEWEST,
            Mark(at(0), {"B": at(2)}),
            id="a symbol that had to wait is behind from there on",
        ),
        pytest.param(
            Mark(at(3)),
            {at(2): BOTH, at(1): BOTH, at(0): names("A")},
            {at(2): BOTH, at(1): BOTH, at(0): names("A")},
            [],
            NEWEST,
            Mark(at(0), {"B": at(1)}),
            id="a symbol without the newest candle",
        ),
        pytest.param(
            Mark(at(3)),
            {close: names("A") for close in THERE},
            {close: names("A") for close in THERE},
            [Hole("B", opened(2), opened(1))],
            NEWEST,
            Mark(at(0), {"B": at(3)}),
            id="a symbol whose candles are looked for",
        ),
        pytest.param(
            Mark(at(0), {"B": at(30)}),
            THERE | {at(29): names("B")},
            DONE | {at(29): names("B")},
            [],
            Examined(at(0), at(10), at(0)),
            Mark(at(0), {"B": at(10)}),
            id="a symbol that is behind comes nearer",
        ),
        pytest.param(Mark(at(0), {"B": at(2)}), THERE, DONE, [], NEWEST, Mark(at(0)), id="a symbol that has caught up"),
        pytest.param(
            Mark(at(3)), {at(2): BOTH}, {at(2): BOTH}, [], Examined(at(2), at(0), at(0)), Mark(at(2)), id="a part of them"
        ),
        pytest.param(Mark(at(-12)), THERE, DONE, [], NEWEST, Mark(at(-12)), id="a clock that was set back by three hours"),
        pytest.param(
            Mark(at(0), {"B": at(2)}),
            THERE,
            DONE | {at(1): names("A")},
            [],
            NEWEST,
            Mark(at(0), {"B": at(2)}),
            id="a symbol that is behind and still has to wait",
        ),
        pytest.param(
            Mark(at(1), {"B": at(3)}),
            THERE,
            DONE,
            [],
            Examined(at(0), at(1), at(0)),
            Mark(at(0)),
            id="a symbol that was behind is examined up to the mark, and after it like the others",
        ),
        pytest.param(Mark(at(3)), ONLY_A, ONLY_A, [], NEWEST, Mark(at(0), {"B": at(3)}), id="a symbol of which nothing came"),
        pytest.param(Mark(at(0)), ONLY_A, ONLY_A, [], NEWEST, Mark(at(0)), id="a symbol of which nothing came by the mark"),
        pytest.param(
            Mark(at(0), {"B": at(9)}), ONLY_A, ONLY_A, [], NEWEST, Mark(at(0), {"B": at(9)}), id="one behind, and nothing came"
        ),
        pytest.param(
            Mark(at(3)),
            {at(2): BOTH, at(1): BOTH},
            {at(2): BOTH, at(1): BOTH},
            [],
            NEWEST,
            Mark(at(0), {"A": at(1), "B": at(1)}),
            id="nobody has a candle at the newest close",
        ),
    ],
)
def test_mark_after_a_scan(
    mark: Mark,
    arrived: dict[datetime, frozenset[str]],
    scanned: dict[datetime, frozenset[str]],
    holes: list[Hole],
    examined: Examined,
    expected: Mark,
) -> None:
    for closes in (arrived, dict(reversed(arrived.items()))):
        assert advance_mark(mark, closes, scanned, holes, ["A", "B"], examined, QUARTER) == expected


@pytest.mark.parametrize(
    ("mark", "hole", "arrived", "scanned", "behind"),
    [
        pytest.param(Mark(at(3)), (1, 1), DONE, DONE, {"B": at(2)}, id="behind from the close before the hole"),
        pytest.param(Mark(at(3)), (9, 1), DONE, DONE, {"B": at(3)}, id="not from before the mark"),
        pytest.param(Mark(at(3)), (9, 8), DONE, DONE, {}, id="a hole that ends before the mark"),
        pytest.param(Mark(at(3)), (-1, -1), DONE, DONE, {}, id="a hole after the examined closes"),
        pytest.param(Mark(at(3)), (1, 1), DONE, DONE | {at(2): names("A")}, {"B": at(3)}, id="one that waits since before it"),
        pytest.param(Mark(at(3)), (1, 1), DONE, DONE | {at(0): names("A")}, {"B": at(2)}, id="one that waits after it too"),
        pytest.param(Mark(at(0), {"B": at(3)}), (9, 1), DONE, DONE, {"B": at(3)}, id="one that is behind already"),
        pytest.param(
            Mark(at(3)),
            (0, 0),
            ONLY_A | {at(2): BOTH},
            ONLY_A | {at(2): BOTH},
            {"B": at(1)},
            id="the newest candle, after one that never was",
        ),
    ],
)
def test_symbol_over_a_hole_is_behind_it(
    mark: Mark,
    hole: tuple[int, int],
    arrived: dict[datetime, frozenset[str]],
    scanned: dict[datetime, frozenset[str]],
    behind: dict[str, datetime],
) -> None:
    first, last = hole
    holes = [Hole("B", opened(first), opened(last)), Hole("OLD", opened(first), opened(last))]
    assert advance_mark(mark, arrived, scanned, holes, ["A", "B"], NEWEST, QUARTER) == Mark(at(0), behind)


def test_symbol_that_is_no_longer_expected_is_not_behind() -> None:
    assert advance_mark(Mark(at(3), {"OLD": at(9)}), THERE, DONE, [], ["A", "B"], NEWEST, QUARTER) == Mark(at(0))


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
    found = blocked_symbols(THERE, [Hole("A", opened(first), opened(last))], Timeframe.M15)
    assert found == {at(back): names("A") for back in closes}


@pytest.mark.parametrize(
    ("scanned", "blocked", "expected"),
    [
        pytest.param({}, {at(0): names("B")}, ["B"], id="blocked at its newest close"),
        pytest.param({at(0): names("B")}, {at(0): names("B")}, [], id="scanned before the hole was found"),
        pytest.param({at(0): names("B")}, {at(2): names("B")}, [], id="blocked at an older close only"),
        pytest.param({}, {at(0): names("B", "A")}, ["A", "B"], id="several, in order"),
    ],
)
def test_incomplete(
    scanned: dict[datetime, frozenset[str]], blocked: dict[datetime, frozenset[str]], expected: list[str]
) -> None:
    found = incomplete_symbols(SHUFFLED, scanned, blocked, Timeframe.M15)
    assert [(one.symbol, one.timeframe, one.close_time) for one in found] == [(name, Timeframe.M15, END) for name in expected]
    assert {one.reason.text for one in found} <= {f"{name} 15m waits until its missing candles are loaded" for name in "AB"}


def test_incomplete_are_in_order_of_their_names() -> None:
    many = {END: names(*"EDCBAHGF")}
    assert [one.symbol for one in incomplete_symbols(many, {}, many, Timeframe.M15)] == list("ABCDEFGH")


def test_absent_are_watched_symbols_without_the_newest_candle() -> None:
    arrived = {at(1): names("A", "B", "OLD"), at(0): names("A", "NEW")}
    assert absent_symbols(arrived, ["C", "A", "F", "E", "D", "B"], Timeframe.M15, END + timedelta(seconds=5)) == list("BCDEF")


def test_absent_without_a_universe_are_those_seen_lately() -> None:
    assert absent_symbols({at(1): names("A", "B"), at(0): names("A")}, [], Timeframe.M15, END) == ["B"]


def test_absent_are_all_the_watched_when_nothing_arrived() -> None:
    assert absent_symbols({}, ["B", "A"], Timeframe.M15, END) == ["A", "B"]


def test_late_says_how_late_and_leaves_out_what_is_on_time() -> None:
    found = late_symbols(["A", "B", "C"], [at(30), at(0), None], Timeframe.M15, END)
    assert [(one.symbol, one.reason.text) for one in found] == [
        ("A", "no signal because A 15m is 30 candles late"),
        ("C", "no signal because C 15m has no candles"),
    ]
    assert {(one.timeframe, one.close_time) for one in found} == {(Timeframe.M15, END)}


def test_late_is_a_symbol_from_the_moment_its_candle_should_have_closed() -> None:
    (found,) = late_symbols(["A"], [at(1)], Timeframe.M15, END + timedelta(seconds=1))
    assert found.reason.text == "no signal because A 15m is 1 candle late"
