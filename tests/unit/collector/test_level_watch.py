"""Which prices touch a level, and which do not."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.collector.feed.intake import Intake
from functions.collector.feed.level_watch import BELIEVED_AFTER_MS, LevelWatch
from functions.levels.level import Direction, Level, LevelKind
from functions.market.candles.gaps import from_ms
from tests.unit.collector import frames
from tests.unit.collector.frames import NOON

FALLING, RISING = Direction.FALLING, Direction.RISING


def level(price: str, direction: Direction, owner: int = 1, symbol: str = "BTCUSDT") -> Level:
    return Level(symbol, Decimal(price), direction, LevelKind.ALERT, owner)


def watching(*levels: Level, price: float = 100.0) -> LevelWatch:
    watch = LevelWatch()
    watch.follow(levels, {"BTCUSDT": price})
    return watch


def touched(watch: LevelWatch, *prices: str, symbol: str = "BTCUSDT") -> list[tuple[str, str]]:
    """Return level and price of each touch of some prices, a second apart."""
    for number, price in enumerate(prices):
        watch.hear(symbol, {"lastPrice": price}, NOON + number * 1000)
    return [(str(touch.level), str(touch.seen)) for touch in watch.touches()[0]]


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        (["95.01", "104.99"], []),
        (["95"], [("95", "95.0")]),
        (["94.9", "94.8", "95.1", "94.9"], [("95", "94.9")]),  # once, however often it is crossed
        (["80"], [("95", "80.0"), ("90", "80.0")]),  # two in one step, nearest first
        (["105", "90"], [("105", "105.0"), ("95", "90.0"), ("90", "90.0")]),
        (["104", "96"], []),
    ],
)
def test_prices_that_reach_a_level_touch_it_once(prices: list[str], expected: list[tuple[str, str]]) -> None:
    watch = watching(level("95", FALLING), level("90", FALLING, 2), level("105", RISING, 3))
    assert touched(watch, *prices) == expected


def test_a_touch_has_the_time_of_its_price_and_wakes_once() -> None:
    woken: list[int] = []
    watch = LevelWatch(lambda: woken.append(1))
    watch.follow([level("95", FALLING)], {})
    watch.hear("BTCUSDT", {"lastPrice": "94"}, NOON + 7)
    [touch] = watch.touches()[0]
    assert (touch.at, touch.direction, woken) == (from_ms(NOON + 7), FALLING, [1])


def test_two_that_wait_at_one_price_are_one_touch() -> None:
    assert touched(watching(level("95", FALLING), level("95", FALLING, 2)), "95") == [("95", "95.0")]


def test_a_level_is_touched_again_only_after_it_was_gone_from_the_list() -> None:
    watch = watching(level("95", FALLING))
    assert touched(watch, "95")
    watch.follow([level("95", FALLING)], {})
    assert watch.unsettled == {"BTCUSDT"}
    assert touched(watch, "96", "94") == []
    watch.follow([], {})
    watch.follow([level("95", FALLING)], {})
    assert touched(watch, "94") == [("95", "94.0")]


def test_other_pairs_and_what_is_no_price_touch_nothing() -> None:
    watch = watching(level("95", FALLING))
    assert touched(watch, "1", symbol="ETHUSDT") == []
    assert touched(watch, "x", "", "nan", "-1", "0", "inf", "-inf") == []
    watch.hear("BTCUSDT", {}, NOON)
    watch.hear("BTCUSDT", [], NOON)  # type: ignore[arg-type]
    assert watch.touches() == ([], [])


@pytest.mark.parametrize("wrong", ["5", "0.001", "2000"])
def test_a_price_that_no_market_makes_touches_nothing_and_is_kept_once(wrong: str) -> None:
    watch = watching(level("95", FALLING), level("105", RISING, 2))
    for number, price in enumerate(["100", wrong, wrong, "101", "94"]):
        watch.hear("BTCUSDT", {"lastPrice": price}, NOON + number * 1000)
    touches, [doubted] = watch.touches()
    assert [(str(touch.level), touch.at) for touch in touches] == [("95", from_ms(NOON + 4000))]
    assert (doubted.last, doubted.price, doubted.at) == (Decimal(100), Decimal(repr(float(wrong))), from_ms(NOON + 1000))


def test_a_wrong_price_between_two_right_ones_that_touches_nothing_does_no_harm() -> None:
    watch = watching(level("105", RISING))
    for price in (100.0, 2.0):
        assert touched(watch, str(price)) == []
        watch.note("BTCUSDT", price)
    assert touched(watch, "106") == [("105", "106.0")]


def test_a_price_that_is_doubted_is_not_noted() -> None:
    watch = watching(level("95", FALLING))
    for _ in range(3):
        assert touched(watch, "1") == []
        watch.note("BTCUSDT", 1.0)


def test_a_pair_of_which_no_price_is_known_is_known_by_the_first_that_is_heard() -> None:
    watch = watching(level("95", FALLING), price=0.0)
    assert touched(watch, "100", "1") == []
    assert touched(watch, "94") == [("95", "94.0")]


def test_prices_that_stay_beyond_a_jump_are_the_market_after_a_minute() -> None:
    watch = watching(level("95", FALLING))
    for passed in (0, 30_000, BELIEVED_AFTER_MS - 1):
        watch.hear("BTCUSDT", {"lastPrice": "1"}, NOON + passed)
        assert watch.touches()[0] == []
    watch.hear("BTCUSDT", {"lastPrice": "1"}, NOON + BELIEVED_AFTER_MS)
    assert len(watch.touches()[0]) == 1


def test_a_second_wrong_price_is_doubted_anew() -> None:
    watch = watching(level("95", FALLING))
    for passed, price in ((0, "1"), (1_000, "100"), (2_000, "100"), (BELIEVED_AFTER_MS + 5_000, "1")):
        watch.hear("BTCUSDT", {"lastPrice": price}, NOON + passed)
    touches, doubted = watch.touches()
    assert (touches, len(doubted)) == ([], 2)


def test_what_could_not_be_stored_comes_again_first() -> None:
    watch = watching(level("95", FALLING), level("90", FALLING, 2))
    watch.hear("BTCUSDT", {"lastPrice": "95"}, NOON)
    first = watch.touches()
    watch.hear("BTCUSDT", {"lastPrice": "90"}, NOON + 1)
    watch.give_back(*first)
    assert [str(touch.level) for touch in watch.touches()[0]] == ["95", "90"]


def test_a_ticker_of_the_stream_touches() -> None:
    watch = watching(level("67000", RISING), price=66_000.0)
    intake = Intake(levels=watch)
    intake.take(frames.ticker(last="67000.5"))
    assert [str(touch.seen) for touch in watch.touches()[0]] == ["67000.5"]


def test_a_ticker_that_is_taken_out_is_noted() -> None:
    watch = watching(level("95", FALLING), price=5_000.0)
    intake = Intake(levels=watch)
    intake.take(frames.ticker(last="100"))
    assert len(intake.tickers()) == 1
    assert touched(watch, "94") == [("95", "94.0")]


@given(
    st.lists(st.tuples(st.integers(50, 150), st.sampled_from(Direction)), max_size=12, unique=True),
    st.lists(st.integers(50, 150), max_size=30),
)
def test_exactly_the_levels_that_a_plain_comparison_finds_are_touched(
    levels: list[tuple[int, Direction]], prices: list[int]
) -> None:
    watch = watching(*(level(str(price), direction, n) for n, (price, direction) in enumerate(levels)))
    found = touched(watch, *map(str, prices))
    expected = set()
    for wanted, direction in levels:
        reached = [price for price in prices if direction.is_reached(Decimal(wanted), Decimal(price))]
        expected |= {(str(wanted), direction, f"{reached[0]}.0")} if reached else set()
    assert sorted(found) == sorted((wanted, seen) for wanted, _, seen in expected)
