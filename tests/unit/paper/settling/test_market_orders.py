"""What a market order fills at: the price seen with slippage, or the book when that is worse."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from functions.costs import Costs
from functions.errors import RetryLater
from functions.paper.settling.market_orders import fill_price, fresh_quote
from functions.paper.settling.position import Terms
from functions.paper.settling.prices import Quote
from tests.unit.paper.settling.tables import START

TERMS = Terms(Decimal("0.1"), Decimal("0.001"), Costs(slippage=Decimal("0.001")))
MINUTE = timedelta(minutes=1)


def quote(bid: str | None, ask: str | None, quoted_at: datetime | None = START) -> Quote:
    return Quote(
        symbol="BTCUSDT",
        price=Decimal(100),
        low_24h=Decimal(90),
        high_24h=Decimal(110),
        at=START,
        bid=Decimal(bid) if bid else None,
        ask=Decimal(ask) if ask else None,
        quoted_at=quoted_at,
    )


@pytest.mark.parametrize(
    ("bid", "ask", "bought", "sold"),
    [
        ("99.9", "100", "100.1", "99.9"),
        ("99", "101", "101", "99"),
        ("98.95", "100.95", "101", "98.9"),
        ("99.95", "103", "103", "99.9"),
        (None, "101", "101", "99.9"),
        ("99", None, "100.1", "99"),
        (None, None, "100.1", "99.9"),
        ("103", "97", "100.1", "99.9"),
    ],
    ids=["better book", "worse book", "on the tick", "one side", "no bid", "no ask", "no book", "crossed"],
)
def test_worse_of_price_and_book(bid: str | None, ask: str | None, bought: str, sold: str) -> None:
    assert fill_price(quote(bid, ask), TERMS, START, buys=True) == Decimal(bought)
    assert fill_price(quote(bid, ask), TERMS, START, buys=False) == Decimal(sold)


@pytest.mark.parametrize("quoted_at", [START - MINUTE - timedelta(seconds=1), START + MINUTE + timedelta(seconds=1), None])
def test_book_that_is_not_of_now_does_not_count(quoted_at: datetime | None) -> None:
    assert fill_price(quote("50", "150", quoted_at), TERMS, START, buys=True) == Decimal("100.1")


@pytest.mark.parametrize("quoted_at", [START - MINUTE, START + MINUTE])
def test_book_of_the_last_minute_counts(quoted_at: datetime) -> None:
    assert fill_price(quote("99", "101", quoted_at), TERMS, START, buys=True) == Decimal(101)


@pytest.mark.parametrize(
    ("bid", "ask", "buys"), [("80", "120", True), ("80", "120", False), ("97", "102.1", True), ("105", "106", True)]
)
def test_prices_too_far_apart_fill_nothing(bid: str, ask: str, buys: bool) -> None:
    with pytest.raises(RetryLater, match=f"the bid is {bid}, the ask {ask} and the last price 100, too far apart") as caught:
        fill_price(quote(bid, ask), TERMS, START, buys=buys)
    assert (caught.value.code, caught.value.retry_after) == ("spread_too_wide", 60)


def test_bid_alone_is_measured_by_how_far_it_lies_under_the_last_price() -> None:
    assert fill_price(quote("97", None), TERMS, START, buys=False) == Decimal(97)
    with pytest.raises(RetryLater, match="too far apart"):
        fill_price(quote("94", None), TERMS, START, buys=False)


def test_side_that_is_not_there_is_shown_as_none() -> None:
    with pytest.raises(RetryLater) as caught:
        fill_price(quote(None, "120"), TERMS, START, buys=True)
    assert caught.value.detail == (
        "no trade in BTCUSDT: the bid is –, the ask 120 and the last price 100, too far apart to fill at any of them"
    )
    assert caught.value.figures == {"symbol": "BTCUSDT", "bid": "–", "ask": "120", "price": "100"}


def test_order_without_a_book_fills_however_low_the_price() -> None:
    assert fill_price(replace(quote(None, None), price=Decimal(1)), TERMS, START, buys=True) == Decimal("1.1")


def test_nothing_is_sold_for_less_than_a_tick() -> None:
    coarse = replace(TERMS, tick=Decimal(100))
    assert fill_price(quote("99", "100"), coarse, START, buys=False) == Decimal(100)


def test_five_percent_apart_is_not_too_far() -> None:
    assert fill_price(quote("97.5", "102.5"), TERMS, START, buys=True) == Decimal("102.5")


def test_only_a_fresh_price_is_used() -> None:
    assert fresh_quote(quote(None, None), "BTCUSDT", START + MINUTE).price == 100
    for moment in (START + MINUTE + timedelta(seconds=1), START - timedelta(hours=3)):
        with pytest.raises(RetryLater, match="no trade because BTCUSDT price is"):
            fresh_quote(quote(None, None), "BTCUSDT", moment)
    with pytest.raises(RetryLater, match=r"^no trade because BTCUSDT has no price; a price holds for 60 s$") as caught:
        fresh_quote(None, "BTCUSDT", START)
    assert (caught.value.code, caught.value.retry_after, caught.value.figures) == ("stale_price", 10, {"symbol": "BTCUSDT"})


def test_book_whose_sides_meet_counts_and_one_that_crosses_does_not() -> None:
    assert fill_price(quote("101", "101"), TERMS, START, buys=True) == Decimal(101)
    assert fill_price(quote("101.1", "101"), TERMS, START, buys=True) == Decimal("100.1")
