"""What the sources of the mood answer, as documented and as it should not be."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
import respx

from functions.errors import Broken, RetryLater
from functions.factors.reading import MARKET, Factor
from functions.outgoing import Source, get_json
from functions.sentiment.sources import dominance, fear_greed

FNG = {
    "name": "Fear and Greed Index",
    "data": [
        {"value": "20", "value_classification": "Extreme Fear", "timestamp": "1762560000", "time_until_update": "30392"},
        {"value": "90", "value_classification": "Extreme Greed", "timestamp": "1762473600"},
    ],
    "metadata": {"error": None},
}
GLOBAL = {
    "data": {
        "market_cap_percentage": {"btc": 60.5, "eth": 7.1},
        "market_cap_change_percentage_24h_usd": -9.9,
        "updated_at": 1744025333,
    }
}
SOURCE = Source("somewhere", "https://source.example/api/", {"x-key": "k"})


def test_fear_and_greed_is_between_minus_one_and_one_and_holds_for_a_day_and_a_half() -> None:
    found = fear_greed.reading_of(FNG)
    day = datetime(2025, 11, 8, tzinfo=UTC)
    assert (found.symbol, found.factor, found.value) == (MARKET, Factor.CONTEXT, -0.6)
    assert (found.as_of, found.stale_at) == (day, day + timedelta(hours=36))
    assert found.evidence == {"value": 20, "label": "Extreme Fear", "by": "alternative.me"}


def test_dominance_is_context_without_a_direction() -> None:
    found = dominance.reading_of(GLOBAL)
    assert (found.value, found.confidence) == (0.0, 0.0)
    assert found.evidence == {"value": 60.5, "market_change_24h_percent": -9.9, "by": "CoinGecko"}
    assert found.as_of == datetime(2025, 4, 7, 11, 28, 53, tzinfo=UTC)


@pytest.mark.parametrize(
    "answer",
    [None, [], {}, {"data": []}, {"data": [{"value": "high", "timestamp": "1"}]}, {"data": [{"value": "101", "timestamp": "1"}]}],
)
def test_fear_and_greed_without_a_number_is_refused(answer: object) -> None:
    with pytest.raises(Broken, match="Fear & Greed"):
        fear_greed.reading_of(answer)


@pytest.mark.parametrize("share", [None, "x", 0, 100.1, float("nan"), float("inf")])
def test_dominance_without_a_share_is_refused(share: object) -> None:
    with pytest.raises(Broken, match="expected a"):
        dominance.reading_of({"data": {"market_cap_percentage": {"btc": share}, "updated_at": 1744025333}})


@respx.mock
def test_source_is_asked_with_its_headers_at_its_address() -> None:
    route = respx.get("https://source.example/api/thing", params={"n": "1"}).respond(json={"ok": True})
    assert get_json(SOURCE, "/thing", {"n": 1}) == {"ok": True}
    assert route.calls.last.request.headers["x-key"] == "k"


@respx.mock
def test_what_passes_by_itself_is_tried_again() -> None:
    route = respx.get("https://source.example/api/thing")
    route.side_effect = [httpx.ConnectError("gone"), httpx.Response(503), httpx.Response(200, json=1)]
    assert get_json(SOURCE, "/thing") == 1
    assert route.call_count == 3


@respx.mock
@pytest.mark.parametrize(
    ("answer", "error", "tries"),
    [
        (httpx.Response(500), RetryLater, 3),
        (httpx.Response(429, headers={"Retry-After": "600"}), RetryLater, 1),
        (httpx.Response(401), Broken, 1),
        (httpx.Response(200, text="<html>Just a moment..."), Broken, 1),
        (httpx.ReadTimeout("slow"), RetryLater, 3),
    ],
)
def test_failure_becomes_one_error(answer: httpx.Response | Exception, error: type[Exception], tries: int) -> None:
    route = respx.get("https://source.example/api/thing").mock(side_effect=[answer] * 3)
    with pytest.raises(error, match="somewhere"):
        get_json(SOURCE, "/thing")
    assert route.call_count == tries


@respx.mock
def test_wait_that_a_source_asks_for_is_handed_on() -> None:
    respx.get("https://source.example/api/thing").respond(429, headers={"Retry-After": "600"})
    with pytest.raises(RetryLater) as caught:
        get_json(SOURCE, "/thing")
    assert caught.value.retry_after == 600
