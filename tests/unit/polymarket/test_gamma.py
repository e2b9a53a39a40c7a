"""What gamma answers, as recorded and as it should not be."""

from typing import Any

import pytest

from functions.errors import Broken
from functions.polymarket.gamma import market_of, page_of

MARKET: dict[str, Any] = {
    "id": "540817",
    "question": "Will BTC be above $64,000 on March 11?",
    "outcomes": '["Yes", "No"]',
    "outcomePrices": '["0.51", "0.49"]',
    "clobTokenIds": '["982", "538"]',
    "volume": "832995.12",
    "volume24hr": 1200.5,
    "liquidity": "5000",
    "endDate": "2026-03-11T16:00:00Z",
    "closed": False,
    "bestBid": 0.5,
    "bestAsk": 0.52,
    "lastTradePrice": 0.505,
    "oneDayPriceChange": -0.02,
}
EVENT: dict[str, Any] = {
    "id": "9", "slug": "btc", "title": "Bitcoin <b>March</b>", "negRisk": False, "tags": [{"slug": "crypto"}], "markets": [MARKET]
}  # fmt: skip


def test_recorded_market_is_read_with_lists_in_texts_and_numbers_as_texts() -> None:
    found = market_of(MARKET, "9")
    assert (found.outcome, found.token, found.price) == ("Yes", "982", 0.51)
    assert (found.bid, found.ask, found.last_trade, found.day_change) == (0.5, 0.52, 0.505, -0.02)
    assert (found.volume, found.volume_24h, found.liquidity) == (832995.12, 1200.5, 5000)


def test_outcomes_in_the_order_no_yes_are_seen_from_yes() -> None:
    found = market_of({**MARKET, "outcomes": '["No", "Yes"]', "outcomePrices": '["0.51", "0.49"]'}, "9")
    assert (found.outcome, found.token, found.price) == ("Yes", "538", 0.49)
    assert (found.bid, found.ask, found.last_trade, found.day_change) == pytest.approx((0.48, 0.5, 0.495, 0.02))


def test_outcomes_that_are_not_yes_and_no_follow_up_or_the_first() -> None:
    assert market_of({**MARKET, "outcomes": '["Down", "Up"]'}, "9").outcome == "Up"
    assert market_of({**MARKET, "outcomes": '["Bitcoin", "Gold"]'}, "9").outcome == "Bitcoin"


@pytest.mark.parametrize("prices", [None, "", "[]", '["", ""]', '["0.3", "0.25"]', '["0.5"]', '["2", "-1"]', "no list", 7])
def test_prices_that_are_missing_or_not_one_together_are_none(prices: object) -> None:
    assert market_of({**MARKET, "outcomePrices": prices}, "9").price is None


@pytest.mark.parametrize(("field", "value"), [("bestBid", "x"), ("bestBid", 1.5), ("bestBid", float("nan")), ("bestBid", None)])
def test_quote_that_cannot_be_is_none(field: str, value: object) -> None:
    assert market_of({**MARKET, field: value}, "9").bid is None


def test_zero_as_last_trade_is_no_trade() -> None:
    assert market_of({**MARKET, "lastTradePrice": 0}, "9").last_trade is None


@pytest.mark.parametrize(
    ("prices", "statuses", "winner"),
    [
        ('["1", "0"]', "[]", "Yes"),
        ('["0", "1"]', "[]", "No"),
        ('["0.5", "0.5"]', '["proposed", "resolved"]', "neither"),
        ('["0.5", "0.5"]', '["proposed"]', ""),
        ("", "[]", ""),
    ],
)
def test_closed_market_has_the_winner_that_its_prices_tell(prices: str, statuses: str, winner: str) -> None:
    row = {**MARKET, "closed": True, "outcomePrices": prices, "umaResolutionStatuses": statuses}
    assert market_of(row, "9").winner == winner
    assert market_of({**row, "closed": False}, "9").winner == ""


def test_page_keeps_what_can_be_read_and_counts_what_cannot() -> None:
    page = page_of({"events": [EVENT, {"id": 3}, {**EVENT, "id": "10", "markets": [MARKET, {"id": "x"}]}], "next_cursor": "n"})
    assert [(event.id, len(event.markets), event.crypto) for event in page.events] == [("9", 1, True), ("10", 1, True)]
    assert (page.next_cursor, page.unreadable) == ("n", 2)
    assert page.events[0].title == "Bitcoin March"


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"data": []},
        {"events": {}},
        {"events": [{"name": "new"}]},
        {"events": [{**EVENT, "markets": [{"ident": 1}]}]},
    ],
)
def test_answer_of_another_shape_is_refused(answer: object) -> None:
    with pytest.raises(Broken, match="expected"):
        page_of(answer)


def test_empty_page_is_no_fault() -> None:
    assert page_of({"events": []}).events == ()


def test_market_of_another_shape_is_refused() -> None:
    with pytest.raises(Broken, match="expected a market"):
        market_of({"error": "not found"}, "9")
