"""What touches add to candles of 12:00, 12:05, ...: the range of the open one, the stop of the first, the time of a fill."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from functions.levels.level import Direction, Touch
from functions.paper.settling.booking import Ending, Settlement, Step
from functions.paper.settling.position import Fill, FillReason, Position
from functions.paper.settling.prices import Bar
from functions.paper.settling.touched import stop_in_first_candle, with_times, with_touches
from tests.unit.paper.settling.tables import START, held
from tests.unit.paper.trades import trade


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def touch(seconds: float, level: str, seen: str = "", way: Direction = Direction.FALLING) -> Touch:
    return Touch("BTCUSDT", Decimal(level), way, at(seconds), Decimal(seen or level))


FORMING = Bar(START, at(60), *map(Decimal, ("100", "101", "99", "100")))


@pytest.mark.parametrize(
    ("seconds", "seen", "low", "high", "closed"),
    [
        (90, "95", "95", "101", 90),
        (90, "106", "99", "106", 90),
        (30, "98", "98", "101", 60),
        (90, "100", "99", "101", 90),
        (0, "95", "99", "101", 60),
        (300, "95", "99", "101", 60),
        (299, "95", "95", "101", 299),
        (0.000001, "95", "95", "101", 60),
        (90, "5", "99", "101", 60),
        (90, "2000", "99", "101", 60),
    ],
    ids=["lower", "higher", "before its end", "inside", "at its open", "at its close", "just before it", "just after its open",
         "a step down", "a step up"],
)  # fmt: skip
def test_touches_since_its_open_widen_the_open_candle(seconds: float, seen: str, low: str, high: str, closed: int) -> None:
    widened = with_touches(FORMING, [touch(seconds, seen)])
    assert widened == Bar(START, at(closed), Decimal(100), Decimal(high), Decimal(low), Decimal(100))


def test_every_touch_widens_it_also_after_one_that_does_not() -> None:
    widened = with_touches(FORMING, [touch(0, "90"), touch(70, "98"), touch(80, "103")])
    assert widened == Bar(START, at(80), Decimal(100), Decimal(103), Decimal(98), Decimal(100))
    assert with_touches(None, [touch(70, "98")]) is None


OPENED = trade(opened_at=at(60), settled_until=at(60))
LEVEL, SHORTED = Decimal(95), trade(position=held("short", "105 /"), opened_at=at(60), settled_until=at(60))


@pytest.mark.parametrize(
    ("seconds", "level", "seen", "way", "stopped"),
    [
        (61, "95", "94", Direction.FALLING, True),
        (299, "95", "95", Direction.FALLING, True),
        (60, "95", "94", Direction.FALLING, False),
        (300, "95", "94", Direction.FALLING, False),
        (61, "96", "94", Direction.FALLING, False),
        (61, "95", "96", Direction.RISING, False),
        (61, "95", "5", Direction.FALLING, False),
    ],
    ids=["at once", "at the end", "before the entry", "next candle", "another level", "from below", "a step"],
)
def test_stop_that_was_touched_in_the_candle_of_the_entry(
    seconds: float, level: str, seen: str, way: Direction, stopped: bool
) -> None:
    ending = stop_in_first_candle(OPENED, [touch(62, "97"), touch(seconds, level, seen, way)])
    assert ending == (Ending(FillReason.STOP, at(seconds), LEVEL) if stopped else None)


def test_stop_of_a_short_is_touched_from_below() -> None:
    assert stop_in_first_candle(SHORTED, [touch(61, "105", way=Direction.RISING)]) == Ending(
        FillReason.STOP, at(61), Decimal(105)
    )
    assert stop_in_first_candle(SHORTED, [touch(61, "105")]) is None


def test_trade_without_a_stop_or_settled_further_or_begun_with_its_candle_is_not_stopped_there() -> None:
    touches = [touch(61, "95")]
    assert stop_in_first_candle(replace(OPENED, position=held(levels="/ 105")), touches) is None
    assert stop_in_first_candle(replace(OPENED, settled_until=at(300)), touches) is None
    assert stop_in_first_candle(trade(), touches) is None


def step(reason: FillReason, seconds: float, position: Position) -> Step:
    fill = Fill(at(seconds), reason, Decimal(95), Decimal(1), Decimal(0), Decimal(0))
    return Step(fill, position)


def times(reason: FillReason, position: Position, *touches: Touch, closed: float = 300, since: float = 0) -> list[float]:
    """Return at which seconds the fill of a settlement is when touches are known."""
    settled = with_times(Settlement(position, (step(reason, closed, position),)), position, at(since), touches)
    assert settled.position is position
    return [(one.at - START).total_seconds() for one in settled.fills]


@pytest.mark.parametrize(
    ("reason", "level", "way"),
    [
        (FillReason.STOP, "95", Direction.FALLING),
        (FillReason.BREAK_EVEN, "100", Direction.FALLING),
        (FillReason.TARGET_1, "105", Direction.RISING),
        (FillReason.TARGET_2, "110", Direction.RISING),
        (FillReason.TARGET_3, "115", Direction.RISING),
    ],
)
def test_fill_has_the_time_of_the_first_touch_of_its_level(reason: FillReason, level: str, way: Direction) -> None:
    other = Direction.RISING if way is Direction.FALLING else Direction.FALLING
    touches = [touch(10, level, way=other), touch(20, "97", way=way), touch(30, level, way=way), touch(40, level, way=way)]
    assert times(reason, held(), *touches) == [30]


@pytest.mark.parametrize(
    ("reason", "level", "way"),
    [(FillReason.STOP, "105", Direction.RISING), (FillReason.TARGET_1, "95", Direction.FALLING)],
)
def test_levels_of_a_short_are_met_the_other_way(reason: FillReason, level: str, way: Direction) -> None:
    assert times(reason, held("short", "105 / 95 90"), touch(30, level, way=way)) == [30]


@pytest.mark.parametrize(
    ("seconds", "since", "found"),
    [(0, 0, False), (1, 0, True), (300, 0, True), (301, 0, False), (60, 60, False), (61, 60, True), (-1, -600, False)],
)
def test_touch_counts_within_the_candle_and_after_the_entry(seconds: float, since: float, found: bool) -> None:
    assert times(FillReason.STOP, held(), touch(seconds, "95"), since=since) == [seconds if found else 300]


def test_fill_at_no_level_keeps_its_time() -> None:
    assert times(FillReason.TIME, held(), touch(30, "95"), touch(40, "100")) == [300]


def test_only_the_fills_that_were_touched_move() -> None:
    position = held()
    settlement = Settlement(position, (step(FillReason.TARGET_1, 300, position), step(FillReason.STOP, 600, position)))
    settled = with_times(settlement, position, START, [touch(350, "95")])
    assert [fill.at for fill in settled.fills] == [at(300), at(350)]
