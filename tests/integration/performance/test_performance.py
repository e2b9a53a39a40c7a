"""Figures of an account over HTTP: by whole days, over any span, as known at any moment."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from functions.performance.metrics.definitions import DEFINITIONS
from tests.integration.performance.conftest import DAY, DAYS, FIRST, NOW, add_trade

AT = {"as_of": NOW.isoformat()}


def figures(client: TestClient, **params: str) -> dict[str, float | None]:
    answer = client.get("/performance", params={**AT, **params}).raise_for_status().json()
    return {one["name"]: one["value"] for one in answer["figures"]}


def test_every_figure_of_the_account_is_there_with_what_it_is(client: TestClient, desk: int) -> None:
    answer = client.get("/performance", params=AT).raise_for_status().json()
    assert (answer["account"], answer["days"], answer["first_day"], answer["start"]) == ("desk", DAYS, "2024-03-01", 1000.0)
    assert {one["name"]: (one["title"], one["formula"]) for one in answer["figures"]} == {
        name: (definition.title, definition.formula) for name, definition in DEFINITIONS.items()
    }
    value = {one["name"]: one["value"] for one in answer["figures"]}
    assert value["trades"] == 15
    assert value["win_rate"] == pytest.approx(10 / 15)
    assert value["profit_factor"] == pytest.approx(78 / 51)
    assert value["total_return"] == pytest.approx(0.027)
    assert value["expectancy_r"] == pytest.approx(0.18)
    assert value["trades_a_day"] == 0.5
    assert value["exposure"] == pytest.approx(7.5 / 30)


def test_curve_has_every_day_and_bitcoin_beside_it(client: TestClient, desk: int) -> None:
    answer = client.get("/performance", params=AT).json()
    curve = answer["curve"]
    assert [point["day"] for point in (curve[0], curve[-1])] == ["2024-03-01", "2024-03-30"]
    assert len(curve) == DAYS
    assert curve[-1]["equity"] == pytest.approx(1027)
    assert curve[-1]["btc"] == pytest.approx(1000 * 1.01**DAYS)
    of_btc = next(one for one in answer["figures"] if one["name"] == "total_return")["btc"]
    assert of_btc == pytest.approx(1.01**DAYS - 1)


def test_span_begins_with_the_equity_of_its_first_midnight(client: TestClient, desk: int) -> None:
    answer = client.get("/performance", params={**AT, "since": (FIRST + 20 * DAY).isoformat()}).json()
    assert (answer["first_day"], answer["days"]) == ("2024-03-21", 10)
    whole = {point["day"]: point["equity"] for point in client.get("/performance", params=AT).json()["curve"]}
    assert answer["start"] == whole["2024-03-20"]
    assert answer["curve"][-1]["equity"] == whole["2024-03-30"]
    assert {one["name"]: one["value"] for one in answer["figures"]}["trades"] == 5


def test_past_shows_what_was_known_then(client: TestClient, desk: int) -> None:
    past = (FIRST + 10 * DAY + timedelta(hours=1)).isoformat()
    answer = client.get("/performance", params={"as_of": past}).json()
    assert (answer["days"], len(answer["curve"])) == (10, 10)
    assert {one["name"]: one["value"] for one in answer["figures"]}["trades"] == 5


def test_far_future_ends_with_the_last_candle(client: TestClient, desk: int) -> None:
    answer = client.get("/performance", params={"as_of": "2030-01-01T00:00:00Z"}).raise_for_status().json()
    assert answer["days"] == 1830
    assert answer["curve"][-1]["equity"] == pytest.approx(1027)


def test_trade_closed_at_a_price_that_a_person_named_is_in_no_rate(client: TestClient, engine: Engine, desk: int) -> None:
    before = figures(client)
    add_trade(engine, desk, 29.5, 50, named=True)
    after = figures(client)
    assert after["win_rate"] == before["win_rate"]
    assert after["total_return"] == pytest.approx(0.027 + 0.0498)


def test_account_before_its_first_trade_has_no_figures(client: TestClient) -> None:
    answer = client.get("/performance", params={"account": "random", **AT}).raise_for_status().json()
    assert (answer["opened_at"], answer["figures"], answer["curve"]) == (None, [], [])


def test_unknown_account_and_an_empty_span_are_refused(client: TestClient, desk: int) -> None:
    assert client.get("/performance", params={"account": "mine", **AT}).json()["code"] == "unknown_account"
    later = {**AT, "since": (NOW + DAY).isoformat()}
    assert client.get("/performance", params=later).json()["code"] == "empty_span"


def test_weekly_report_is_raised_once_a_week_with_a_picture(client: TestClient, engine: Engine, desk: int) -> None:
    sunday = {"as_of": NOW.isoformat(), "day": "2024-03-31"}
    first = client.post("/digest/weekly", json=sunday).raise_for_status().json()
    again = client.post("/digest/weekly", json={**sunday, "day": "2024-03-30"}).raise_for_status().json()
    assert (first["raised"], again["raised"]) == (True, False)
    assert again["report"] == first["report"]
    [account] = first["report"]["report"]["accounts"]
    assert (account["name"], account["closed"]) == ("desk", 3)
    picture = client.get("/charts/equity.png", params={**AT, "days": "7"})
    assert (picture.status_code, picture.content[:4]) == (200, b"\x89PNG")


def test_no_weekly_report_and_no_picture_before_the_first_trade(client: TestClient) -> None:
    assert client.post("/digest/weekly", json=AT).json()["quiet"] == "no account has traded yet"
    assert client.get("/charts/equity.png", params=AT).json()["code"] == "no_equity"
