"""When a price alert fires, over hand-written candles and touches: `low high close` of one 5m candle after another from noon."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from functions.levels.level import Direction, Touch
from functions.market.candles.timeframe import Timeframe
from functions.paper.settling.prices import Bar, PairCandles
from functions.price_alerts.alert import Check, PriceAlert, check, direction_of, price_away

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
SET_AT = NOON + timedelta(minutes=2)
SPAN = timedelta(minutes=5)
FALLING, RISING = Direction.FALLING, Direction.RISING


def alert(price: str = "95", direction: Direction = FALLING, *, set_at: datetime = SET_AT) -> PriceAlert:
    return PriceAlert(
        id=1,
        chat_id=1,
        symbol="BTCUSDT",
        price=Decimal(price),
        direction=direction,
        set_at=set_at,
        set_price=Decimal(100),
        checked_until=set_at,
        last_price=Decimal(100),
    )


def bars(text: str, *, first: datetime = NOON) -> list[Bar]:
    """Read candles; `-` is one that is missing."""
    found = []
    for number, row in enumerate(text.split("|")):
        if row.strip() != "-":
            low, high, close = map(Decimal, row.split())
            at = first + number * SPAN
            found.append(Bar(opened_at=at, closed_at=at + SPAN, open=close, high=high, low=low, close=close))
    return found


def seen(minutes: float, price: str = "94.9", level: str = "95", direction: Direction = FALLING) -> Touch:
    return Touch("BTCUSDT", Decimal(level), direction, NOON + timedelta(minutes=minutes), Decimal(price))


def checked(one: PriceAlert, text: str, *touches: Touch, forming: str = "", now: float = 60) -> Check:
    """Check an alert by closed candles, and by one that is open and was told of 30 s before its end."""
    found = bars(text) if text else []
    open_bar = None
    if forming:
        whole = bars(forming, first=NOON + (text.count("|") + 1 if text else 0) * SPAN)[0]
        open_bar = replace(whole, closed_at=whole.closed_at - timedelta(seconds=30))
    candles = PairCandles(found, (), Timeframe.M5.floor(one.checked_until), SPAN)
    return check(one, candles, open_bar, touches, NOON + timedelta(minutes=now))


def fired(found: Check) -> float | None:
    """Return when it fired, in minutes after noon."""
    return None if found.fired_at is None else (found.fired_at - NOON).total_seconds() / 60


QUIET = "99 101 100"


@pytest.mark.parametrize(
    ("text", "forming", "expected"),
    [
        (f"{QUIET}|{QUIET}", "", None),
        (f"{QUIET}|95 101 100", "", 10.0),  # exactly at the price, at the close of its candle
        (f"{QUIET}|90 101 100|80 101 100", "", 10.0),  # the first of two
        ("90 101 100", "", None),  # it was low before the alert was set: of that candle only the close counts
        ("90 101 94", "", 5.0),
        (QUIET, "94 101 100", 9.5),  # the candle that is still open, when that was said
        (f"{QUIET}|-|90 101 100", "", None),  # a candle that is missing is waited for
        (f"{QUIET}|4 101 100", "", None),  # no market makes this step
        (QUIET, "4 101 100", None),
    ],
)
def test_it_fires_at_the_first_candle_that_reaches_its_price(text: str, forming: str, expected: float | None) -> None:
    assert fired(checked(alert(), text, forming=forming)) == expected


def test_rising_looks_at_the_high() -> None:
    assert fired(checked(alert("105", RISING), f"{QUIET}|90 104.9 100|99 105 100")) == 15.0


@pytest.mark.parametrize(
    ("text", "touch", "now", "expected"),
    [
        ("", seen(3), 4, 3.0),  # in the candle in which it was set
        (QUIET, seen(3), 6, 3.0),
        (f"{QUIET}|90 101 100", seen(7), 60, 7.0),  # the candle says that, the touch says when
        (f"{QUIET}|90 101 100", seen(12), 60, 10.0),  # a touch of another candle says nothing of this one
        (QUIET, seen(7), 8, 7.0),
        ("", seen(7), 8, 7.0),  # the candle before it is not stored yet
        ("", seen(17), 18, None),  # candles are missing that may hold an earlier touch
        ("", seen(17), 20, 17.0),  # they do not come
        (QUIET, seen(7, price="4"), 60, None),  # no market makes this step
        (QUIET, seen(7, level="94"), 60, None),
        (QUIET, seen(7, direction=RISING), 60, None),
    ],
)
def test_a_touch_that_was_kept_says_when(text: str, touch: Touch, now: float, expected: float | None) -> None:
    assert fired(checked(alert(), text, touch, now=now)) == expected


def test_a_check_goes_on_where_the_last_one_ended() -> None:
    first = checked(alert(), QUIET)
    again = replace(alert(), checked_until=first.until, last_price=first.last)
    assert first.until == NOON + SPAN
    assert fired(checked(again, f"90 101 100|{QUIET}|90 101 100")) == 15.0


def test_a_step_that_no_market_makes_is_named() -> None:
    found = checked(alert(), f"{QUIET}|4 101 5|90 101 100")
    assert found.doubted is not None
    assert (found.until, found.doubted.last, found.doubted.price) == (NOON + SPAN, Decimal(100), Decimal(5))


@pytest.mark.parametrize(("price", "expected"), [("101", RISING), ("99", FALLING), ("100", None)])
def test_direction_is_from_the_latest_price_to_the_level(price: str, expected: Direction | None) -> None:
    assert direction_of(Decimal(price), Decimal(100)) == expected


@pytest.mark.parametrize(
    ("percent", "expected"), [("-5", "63650.05"), ("5", "70350.05"), ("-99.9999999", "0.01"), ("0.0001", "67000.12")]
)
def test_price_away_lies_on_a_tick(percent: str, expected: str) -> None:
    assert price_away(Decimal("67000.05"), Decimal(percent), Decimal("0.01")) == Decimal(expected)
