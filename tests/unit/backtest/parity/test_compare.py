"""Which trades of desk and backtest are the same, and in what the others differ."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from functions.backtest.parity.again import earned_before, marks_of, window_since
from functions.backtest.parity.compare import Aspect, compare
from functions.backtest.parity.trades import ComparedTrade, held_at
from tests.unit.backtest.parity.making import CANDLE, CLOSE, SECOND, trade

STOPPED = ("stop", 3.0, "89.9", "3")
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("paper", "again", "aspect"),
    [
        (trade(STOPPED), trade(STOPPED), None),
        (trade(STOPPED, after=2 * SECOND, price="100.1"), trade(STOPPED), None),
        (trade(("stop", 2.4, "89.9", "3")), trade(STOPPED), None),  # live a stop is booked when it is seen
        (None, trade(STOPPED), Aspect.MISSING),
        (trade(STOPPED), None, Aspect.EXTRA),
        (trade(STOPPED, stop="91"), trade(STOPPED), Aspect.LEVELS),
        (trade(STOPPED, price="100.3"), trade(STOPPED), Aspect.ENTRY),
        (trade(STOPPED, after=6 * CANDLE), trade(STOPPED), Aspect.ENTRY),
        (trade(STOPPED, quantity="3.1"), trade(STOPPED), Aspect.SIZE),
        (trade(), trade(STOPPED), Aspect.EXIT),
        (trade(("time", 3.0, "89.9", "3")), trade(STOPPED), Aspect.EXIT),
        (trade(("stop", 5.0, "89.9", "3")), trade(STOPPED), Aspect.EXIT),
        (trade(("stop", 3.0, "89.0", "3")), trade(STOPPED), Aspect.EXIT),
    ],
)
def test_two_sides_of_a_trade(paper: ComparedTrade | None, again: ComparedTrade | None, aspect: Aspect | None) -> None:
    comparison = compare([paper] if paper else [], [again] if again else [])
    assert [difference.aspect for difference in comparison.differences] == ([aspect] if aspect else [])
    assert comparison.share == (0.0 if aspect else 1.0)


def test_share_counts_the_trades_of_either_side_once() -> None:
    paper = [trade(), trade(symbol="ETHUSDT"), trade(symbol="SOLUSDT")]
    comparison = compare(paper, [trade(), trade(symbol="XRPUSDT")])
    assert (comparison.trades, comparison.share) == (4, 0.25)
    assert [one.key.symbol for one in comparison.differences] == ["ETHUSDT", "SOLUSDT", "XRPUSDT"]


def test_no_trade_has_no_share() -> None:
    assert (compare([], []).share, compare([], []).entry_gap) == (None, None)


def test_entry_gap_is_the_mean_distance_of_the_entries_both_have() -> None:
    paper = [trade(price="100.1"), trade(symbol="ETHUSDT", price="99.7"), trade(symbol="SOLUSDT", price="1")]
    assert compare(paper, [trade(), trade(symbol="ETHUSDT")]).entry_gap == pytest.approx(0.002)


def test_trade_is_held_from_its_entry_until_its_last_part_is_sold() -> None:
    halves = trade(("target_1", 1.0, "107", "1"), ("stop", 4.0, "90", "2"))
    assert halves.closed_at == CLOSE + 4 * CANDLE
    assert held_at([halves], CLOSE) == frozenset()
    assert held_at([halves], CLOSE + 3 * CANDLE) == {"BTCUSDT"}
    assert held_at([halves], CLOSE + 4 * CANDLE) == frozenset()
    assert trade(("target_1", 1.0, "107", "1")).closed_at is None


def test_window_begins_with_the_account_or_when_it_held_nothing() -> None:
    bound = CLOSE + CANDLE
    assert window_since(CLOSE + SECOND, CLOSE - DAY, []) == CLOSE
    assert window_since(CLOSE + 3 * CANDLE, CLOSE - DAY, [trade(after=3 * CANDLE)]) == CLOSE  # its first signal was taken late
    assert window_since(CLOSE - DAY, CLOSE, []) == CLOSE
    assert window_since(CLOSE - DAY, bound, [trade(STOPPED)]) == CLOSE + 3 * CANDLE
    assert window_since(CLOSE - DAY, bound, [trade()]) == bound  # it holds that for ever
    later = trade(STOPPED, symbol="ETHUSDT", close=CLOSE + 2 * CANDLE)
    assert window_since(CLOSE - DAY, bound, [trade(STOPPED), later]) == CLOSE + 6 * CANDLE


def test_marks_are_the_ends_and_the_midnights_between() -> None:
    midnight = CLOSE + timedelta(hours=12)
    assert marks_of(CLOSE, CLOSE + 2 * DAY) == (CLOSE, midnight, midnight + DAY, CLOSE + 2 * DAY)
    assert marks_of(midnight, midnight + DAY) == (midnight, midnight + DAY)


def test_what_was_earned_before_a_moment_is_what_was_booked_by_then() -> None:
    sold = trade(STOPPED)
    lost = replace(sold, exits=(replace(sold.exits[0], profit=Decimal(-30), fee=Decimal("0.5")),))
    assert earned_before(Decimal(1000), [lost], CLOSE + 2 * CANDLE) == 1000
    assert earned_before(Decimal(1000), [lost], CLOSE + 3 * CANDLE) == Decimal("969.5")
