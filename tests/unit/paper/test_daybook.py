"""An account walked through time by its sums: each midnight, what stands at its cost, and what stands at its last price."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from functions.paper.daybook import Change, DayBook, midnight_after, midnights, walk
from functions.paper.marks import EquityMark

DAY = timedelta(days=1)
FIRST = datetime(2024, 3, 6, tzinfo=UTC)
LONG = Change(FIRST, 1, "BTCUSDT", Decimal(3), Decimal(40))
SHORT = Change(FIRST + DAY, 2, "ETHUSDT", Decimal(-2), Decimal(50))
CLOSED = Change(FIRST + 2 * DAY, 1, "BTCUSDT", Decimal(-3), Decimal(40))
BOOK = DayBook({FIRST: Decimal("-0.1"), FIRST + 2 * DAY: Decimal(5)}, [CLOSED, SHORT, LONG])
CLOSES = {"BTCUSDT": Decimal(44), "ETHUSDT": Decimal(45)}


def equities(book: DayBook, moments: list[datetime]) -> list[EquityMark]:
    return [standing.mark(CLOSES, moment) for moment, standing in walk(Decimal(1000), book, moments).items()]


def test_each_midnight_has_its_mark_also_one_without_a_fill() -> None:
    moments = midnights(FIRST - DAY, FIRST + 4 * DAY)
    assert moments == [FIRST + number * DAY for number in range(5)]
    assert [mark.equity for mark in equities(BOOK, moments)] == [
        Decimal("1011.9"), Decimal("1021.9"), Decimal("1014.9"), Decimal("1014.9"), Decimal("1014.9"),
    ]  # fmt: skip


def test_what_came_before_the_first_moment_counts_at_it() -> None:
    assert equities(BOOK, [FIRST + 3 * DAY]) == [EquityMark(Decimal("1014.9"), ())]
    assert equities(BOOK, [FIRST - DAY]) == [EquityMark(Decimal(1000), ())]


def test_pair_without_a_close_stands_at_its_cost_and_is_named() -> None:
    unknown = Change(FIRST, 3, "NEWUSDT", Decimal(7), Decimal(10))
    assert equities(DayBook({}, [unknown]), [FIRST]) == [EquityMark(Decimal(1000), ("NEWUSDT",))]


def test_held_trade_stands_at_its_last_price_from_then_on() -> None:
    held = Change(FIRST, 4, "BTCUSDT", Decimal(3), Decimal(40), held_at=FIRST + DAY, last_price=Decimal(41))
    assert [mark.equity for mark in equities(DayBook({}, [held]), [FIRST, FIRST + DAY])] == [Decimal(1012), Decimal(1003)]


def test_a_midnight_is_followed_by_the_next_one() -> None:
    assert midnight_after(FIRST) == FIRST + DAY
    assert midnight_after(FIRST - timedelta(microseconds=1)) == FIRST
    assert midnights(FIRST, FIRST + DAY - timedelta(seconds=1)) == []
