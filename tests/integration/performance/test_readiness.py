"""How far the desk is, over HTTP: each target with its value, sample, chance and days."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from tests.integration.performance.conftest import DAYS, FIRST, NOW

AT = {"as_of": NOW.isoformat()}


def test_desk_is_measured_by_every_target(client: TestClient, desk: int) -> None:
    answer = client.get("/readiness", params=AT).raise_for_status().json()
    plan = {line["figure"]: line for line in answer["plan"]}
    assert [*plan] == [
        *("win_rate", "profit_factor", "max_drawdown", "sharpe", "uptime", "latency_s", "signals_a_day", "excess_return")
    ]
    assert (answer["days"], answer["trades"], answer["ready"]) == (DAYS, 15, False)
    assert (plan["win_rate"]["written"], plan["win_rate"]["standing"], plan["win_rate"]["sample"]) == ("66.7%", "met", 15)
    assert plan["uptime"]["value"] == pytest.approx(396 / 400)
    assert (plan["uptime"]["standing"], plan["uptime"]["sample"], plan["uptime"]["sample_of"]) == ("minimum", 400, "closes")
    assert (plan["latency_s"]["value"], plan["latency_s"]["standing"]) == (11.0, "met")
    assert plan["signals_a_day"]["value"] == pytest.approx(3 / (400 / 96))
    assert plan["excess_return"]["standing"] == "missed"
    assert 0 < plan["profit_factor"]["chance"] < 1
    assert plan["uptime"]["chance"] is None
    assert 0 < answer["chance_of_plan"] < answer["chance_of_minimum"] < 1


def test_real_money_asks_for_fifty_trades(client: TestClient, desk: int) -> None:
    lines = {line["figure"]: line for line in client.get("/readiness", params=AT).json()["real_money"]}
    assert [*lines] == ["days", "uptime", "profit_factor", "max_drawdown", "trades"]
    assert (lines["trades"]["value"], lines["trades"]["lacking"], lines["trades"]["days_left"]) == (15, 35, 70)
    assert lines["days"]["standing"] == "met"


def test_same_moment_gives_the_same_answer(client: TestClient, desk: int) -> None:
    assert client.get("/readiness", params=AT).json() == client.get("/readiness", params=AT).json()


def test_past_knows_nothing_of_later(client: TestClient, desk: int) -> None:
    past = {"as_of": (FIRST + timedelta(days=9, hours=1)).isoformat()}
    answer = client.get("/readiness", params=past).raise_for_status().json()
    plan = {line["figure"]: line for line in answer["plan"]}
    assert (answer["days"], answer["trades"]) == (9, 4)
    assert (plan["uptime"]["value"], plan["latency_s"]["value"]) == (None, None)


def test_desk_that_has_not_traded_is_not_ready_and_says_what_is_not_known(client: TestClient) -> None:
    answer = client.get("/readiness", params=AT).raise_for_status().json()
    assert {line["standing"] for line in answer["plan"]} == {"unknown"}
    assert {line["written"] for line in answer["plan"]} == {"–"}
    assert (answer["ready"], answer["chance_of_plan"]) == (False, None)
