"""The weekly allocation over HTTP: set on Sundays and when the gate turns, once, traded and told."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, delete, insert, select

from db.tables import candle, paper_fill, paper_trade
from tests.integration.core.conftest import COINS, SUNDAY
from tests.integration.days import day_of
from tests.integration.paper.market import alerts, book, quote

SET = SUNDAY + timedelta(minutes=10, seconds=40)
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def _prices(engine: Engine, _market: None) -> None:
    quote(engine, 100, SET, *COINS)


def set_shares(client: TestClient, at: datetime = SET) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/core/set", json={"as_of": at.isoformat()}).raise_for_status().json()
    return answer


def days_after(engine: Engine, closes: list[float], coins: float | None = None) -> None:
    """Write the daily candles after Sunday: of Bitcoin, and of the coins the same unless they have a price of their own."""
    rows = [
        day_of(name, SUNDAY + timedelta(days=number), close if name == "BTCUSDT" or coins is None else coins)
        for number, close in enumerate(closes)
        for name in COINS
    ]
    with engine.begin() as connection:
        connection.execute(insert(candle), rows)


def held(engine: Engine) -> dict[str, float]:
    table = paper_trade.c
    quantities: dict[str, float] = {}
    with engine.connect() as connection:
        for row in connection.execute(select(table.symbol, table.open_quantity).where(table.state == "open")):
            quantities[row.symbol] = quantities.get(row.symbol, 0.0) + float(row.open_quantity)
    return quantities


def test_first_setting_buys_the_shares_and_is_told_once(client: TestClient, engine: Engine) -> None:
    first = set_shares(client)
    week = first["week"]
    assert (first["set"], week["code"], week["gate"], week["coins"]) == (True, "start", True, ["ADAUSDT", "DOTUSDT"])
    # The coins did better over every look, so all that is invested is in them.
    assert (week["target"]["btc"], 0 < week["target"]["basket"] <= 1) == (0, True)
    each = 10_000 * week["target"]["basket"] / 2 / 100
    assert held(engine) == pytest.approx({"ADAUSDT": each, "DOTUSDT": each}, abs=0.01)
    assert float(week["costs"]) == pytest.approx(float(week["traded"]) * 0.001)
    assert float(week["equity"]) == pytest.approx(10_000 - float(week["costs"]))
    again = set_shares(client, SET + timedelta(minutes=10))
    assert (again["set"], again["week"]) == (False, None)
    assert [(kind, payload["code"]) for kind, payload in alerts(engine)] == [("core_week", "start")]
    assert book(engine).start == 10_000  # the ledger balances, or this raises


def test_nothing_is_due_between_two_sundays_and_a_missed_sunday_is_made_up_for(client: TestClient, engine: Engine) -> None:
    set_shares(client)
    days_after(engine, [100.0, 101.0] * 4)
    for number in range(1, 7):
        assert not set_shares(client, SET + timedelta(days=number))["set"]
    monday = SET + WEEK + timedelta(days=1, hours=9)
    quote(engine, 100, monday, *COINS)
    week = set_shares(client, monday)["week"]
    assert (week["code"], week["day"][:10]) == ("week", "2024-03-11")


def test_more_of_a_coin_is_a_purchase_of_its_own_and_less_sells_the_oldest(client: TestClient, engine: Engine) -> None:
    set_shares(client)
    before = held(engine)
    days_after(engine, [100.0, 101.0] * 3 + [100.0])
    quote(engine, 50, SET + WEEK, "ADAUSDT")
    quote(engine, 200, SET + WEEK, "DOTUSDT", "BTCUSDT")
    week = set_shares(client, SET + WEEK)["week"]
    after, table = held(engine), paper_fill.c
    assert after["ADAUSDT"] > before["ADAUSDT"]
    assert after["DOTUSDT"] < before["DOTUSDT"]
    assert after["ADAUSDT"] * 50 == pytest.approx(after["DOTUSDT"] * 200, rel=0.01)
    with engine.connect() as connection:
        reasons = connection.execute(select(table.reason).order_by(table.id)).scalars().all()
    assert reasons == ["entry", "entry", "rebalance", "entry"]
    assert week["before"]["basket"] > 0
    assert book(engine).start == 10_000


def test_gate_that_closes_sells_all_within_the_week_and_says_so(client: TestClient, engine: Engine) -> None:
    set_shares(client)
    days_after(engine, [100.0, 20.0], coins=100.0)
    at = SET + timedelta(days=2)
    quote(engine, 90, at, *COINS)
    week = set_shares(client, at)["week"]
    assert (week["code"], week["gate"], week["target"], week["coins"]) == ("gate_closed", False, {"btc": 0, "basket": 0}, [])
    assert held(engine) == {}
    shown = client.get("/core", params={"as_of": at.isoformat()}).raise_for_status().json()
    assert shown["held"] == {"btc": 0, "basket": 0}
    lost = 1 - float(shown["week"]["equity"]) / 10_000
    assert (shown["week"]["drawdown"], shown["week"]["under"]) == pytest.approx((lost, lost), abs=1e-6)


def test_setting_waits_for_the_candles_and_for_the_price_of_bitcoin(client: TestClient, engine: Engine) -> None:
    newest = candle.c.open_time == SUNDAY - timedelta(days=1)
    with engine.begin() as connection:
        connection.execute(delete(candle).where(candle.c.symbol == "DOTUSDT", newest))
    early = SUNDAY + timedelta(minutes=5)
    quote(engine, 100, early, *COINS)
    assert set_shares(client, early)["waiting"] == "daily candles of DOTUSDT"
    late = SET + timedelta(minutes=10)
    assert "BTCUSDT" in set_shares(client, late)["waiting"]
    assert alerts(engine) == []


def test_coin_without_a_price_that_can_be_traded_is_left_and_named(client: TestClient, engine: Engine) -> None:
    quote(engine, 100, SET - timedelta(hours=1), "DOTUSDT")
    week = set_shares(client)["week"]
    assert (week["left"], set(held(engine))) == (["DOTUSDT"], {"ADAUSDT"})


def test_before_the_first_setting_there_is_nothing_to_show(client: TestClient) -> None:
    assert client.get("/core").raise_for_status().json()["week"] is None
