"""A half-formed or impossible candle cannot be made into ClosedCandles."""

import numpy as np
import pytest

from functions.market.candles.closed import VALUES, ClosedCandles
from functions.market.candles.timeframe import Timeframe
from functions.market.wire import LARGEST_AMOUNT, LARGEST_PRICE

NOON = 1_709_640_000_000
SPAN = Timeframe.M15.milliseconds
GOOD = (100.0, 102.0, 99.0, 101.0, 5.0, 500.0)


def test_a_closed_candle_is_one() -> None:
    candles = ClosedCandles.from_rows(Timeframe.M15, NOON + SPAN, ["BTCUSDT"], [NOON], [GOOD])
    assert (len(candles), candles.close.tolist(), candles.turnover.tolist()) == (1, [101.0], [500.0])


def test_a_candle_that_ends_after_it_was_said_is_half_formed() -> None:
    with pytest.raises(ValueError, match="to be closed, got BTCUSDT"):
        ClosedCandles.from_rows(Timeframe.M15, NOON + SPAN - 1, ["BTCUSDT"], [NOON], [GOOD])


AROUND = "with high and low around open and close"
ABOVE = "with prices above zero"
TRADED = "with volume and turnover of zero or more"


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ((100.0, LARGEST_PRICE, 99.0, 101.0, 5.0, 500.0), ABOVE),
        ((100.0, 102.0, 99.0, 101.0, LARGEST_AMOUNT, 500.0), TRADED),
        ((100.0, 102.0, 99.0, 103.0, 5.0, 500.0), AROUND),
        ((100.0, 102.0, 100.5, 101.0, 5.0, 500.0), AROUND),
        ((0.0, 102.0, 0.0, 101.0, 5.0, 500.0), ABOVE),
        ((100.0, np.inf, 99.0, 101.0, 5.0, 500.0), ABOVE),
        ((100.0, 102.0, 99.0, np.nan, 5.0, 500.0), ABOVE),
        ((100.0, 1e13, 99.0, 101.0, 5.0, 500.0), ABOVE),
        ((100.0, 102.0, 99.0, 101.0, -1.0, 500.0), TRADED),
        ((100.0, 102.0, 99.0, 101.0, 1e20, 500.0), TRADED),
        ((100.0, 102.0, 99.0, 101.0, 5.0, np.nan), TRADED),
    ],
)
def test_impossible_values_are_refused(row: tuple[float, ...], rule: str) -> None:
    with pytest.raises(ValueError, match=f"^expected 15m candles {rule}, got BUSDT at {NOON}$"):
        ClosedCandles.from_rows(Timeframe.M15, NOON + SPAN, ["AUSDT", "BUSDT"], [NOON - SPAN, NOON], [GOOD, row])


@pytest.mark.parametrize("traded", [0.0, 0.5])
def test_a_candle_may_have_traded_nothing_or_a_part_of_a_coin(traded: float) -> None:
    row = (100.0, 102.0, 99.0, 101.0, traded, traded)
    candles = ClosedCandles.from_rows(Timeframe.M15, NOON + SPAN, ["BTCUSDT"], [NOON], [row])
    assert (candles.volume.tolist(), candles.turnover.tolist()) == ([traded], [traded])


def test_no_candles_have_no_rule_to_break() -> None:
    assert len(ClosedCandles.from_rows(Timeframe.M15, 0, [], [], [])) == 0


def test_columns_have_their_type_whatever_they_are_made_of() -> None:
    whole = ClosedCandles.from_rows(Timeframe.M15, NOON + SPAN, ["A"], [NOON], [(100, 102, 99, 101, 5, 500)])
    for candles in (whole, ClosedCandles.from_rows(Timeframe.M15, NOON, [], [], []), ClosedCandles.empty(Timeframe.M15, NOON)):
        assert candles.open_time.dtype == np.int64
        assert {getattr(candles, name).dtype for name in VALUES} == {np.dtype(np.float64)}


@pytest.mark.parametrize("opened", [NOON + 60_000, 0, -SPAN])
def test_an_open_time_off_the_grid_or_before_time_began_is_refused(opened: int) -> None:
    with pytest.raises(ValueError, match=f"^expected 15m candles to open on the 15m grid, got BTCUSDT at {opened}$"):
        ClosedCandles.from_rows(Timeframe.M15, NOON + 2 * SPAN, ["BTCUSDT"], [opened], [GOOD])


def test_columns_of_different_length_are_refused() -> None:
    two = np.ones(2)
    with pytest.raises(ValueError, match="shape"):
        ClosedCandles(Timeframe.M15, NOON + SPAN, ("A",), np.array([NOON]), two, two, two, two, two, two)


def rows(first: int, *symbols: str, known_at: int = NOON + 9 * SPAN) -> ClosedCandles:
    """One candle a symbol, one after another, each with values of its own."""
    values = [tuple(value + number / 100 for value in GOOD) for number in range(len(symbols))]
    times = [NOON + (first + number) * SPAN for number in range(len(symbols))]
    return ClosedCandles.from_rows(Timeframe.M15, known_at, symbols, times, values)


def shown(candles: ClosedCandles) -> list[tuple[str, int, tuple[float, ...]]]:
    columns = [getattr(candles, name).tolist() for name in ("open", "high", "low", "close", "volume", "turnover")]
    return list(zip(candles.symbols, candles.open_time.tolist(), zip(*columns, strict=True), strict=True))


def test_candles_between_two_times_are_those_that_open_at_them_too() -> None:
    whole = rows(0, "A", "B", "C", "D")
    part = whole.within(NOON + SPAN, NOON + 2 * SPAN)
    assert shown(part) == shown(whole)[1:3]
    assert (part.timeframe, part.known_at, part.impossible) == (whole.timeframe, whole.known_at, whole.impossible)
    assert len(whole.within(NOON + 5 * SPAN, NOON + 9 * SPAN)) == 0


def test_what_was_impossible_stays_known_in_a_part() -> None:
    one = ClosedCandles.empty(Timeframe.M15, NOON)
    spoilt = ClosedCandles(
        Timeframe.M15, NOON, (), *(getattr(one, name) for name in ("open_time", *VALUES)), impossible=(NOON - SPAN,)
    )
    assert spoilt.within(0, NOON).impossible == (NOON - SPAN,)


def test_joined_candles_are_known_when_the_last_were() -> None:
    early, late = rows(0, "A", known_at=NOON + 3 * SPAN), rows(1, "B", "C", known_at=NOON + 8 * SPAN)
    joined = ClosedCandles.join([late, early])
    assert shown(joined) == [*shown(late), *shown(early)]
    assert (joined.known_at, joined.timeframe) == (NOON + 8 * SPAN, Timeframe.M15)
    assert shown(ClosedCandles.join([late])) == shown(late)
