"""`POST /listings/check` on a real Postgres and the simulated exchange: each pair that comes or goes is told once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.app import create_app
from functions.listings.answers import ListingAlert
from functions.settings import Settings
from tests.conftest import TOKEN
from tests.sim import BybitSim, InThread

Check = Callable[[], dict[str, Any]]


@pytest.fixture
def check(client: TestClient) -> Check:
    """One look, as n8n takes it each minute."""

    def look() -> dict[str, Any]:
        answer = client.post("/listings/check")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    return look


def alerts(engine: Engine) -> list[tuple[str, dict[str, Any]]]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT kind, symbol, payload FROM alert ORDER BY id")).all()
    assert all(row.symbol == row.payload["symbol"] for row in rows)
    return [(row.kind, row.payload) for row in rows]


def lists(exchange: BybitSim, world: InThread, symbol: str, price: float = 1.5, after: float = 30.0) -> None:
    world.run(exchange.advance(after))
    world.do(lambda: exchange.fault("list", symbol=symbol, price=price))
    world.run(exchange.advance(30))


def test_first_look_at_an_empty_database_tells_nothing(check: Check, engine: Engine) -> None:
    answer = check()
    assert answer["pairs"] > 8
    assert answer["noted"] == answer["waiting"] == []
    assert alerts(engine) == []


def test_pair_listed_between_two_looks_is_told_once_with_price_volume_and_announcement(
    check: Check, engine: Engine, exchange: BybitSim, world: InThread
) -> None:
    first = check()
    lists(exchange, world, "NEWCUSDT", price=1.5)
    second = check()
    told = alerts(engine)
    assert [kind for kind, _ in told] == ["listing"]
    payload = ListingAlert.model_validate(told[0][1])
    assert payload.model_dump(mode="json") == second["noted"][0]
    assert (payload.symbol, payload.base, payload.event, payload.scanned) == ("NEWCUSDT", "NEWC", "listed", True)
    assert payload.at == datetime.fromisoformat(second["as_of"])
    assert payload.seen_after == datetime.fromisoformat(first["as_of"])
    assert payload.at - payload.seen_after == timedelta(minutes=1)
    assert payload.price is not None
    assert float(payload.price) == pytest.approx(1.5, rel=0.05)
    assert payload.price_age_seconds == 0
    assert payload.volume_24h is not None
    assert payload.announcement is not None
    assert "(NEWC)" in payload.announcement.title
    assert check()["noted"] == []
    assert len(alerts(engine)) == 1


def test_looks_at_the_same_time_tell_once(check: Check, engine: Engine, exchange: BybitSim, world: InThread) -> None:
    check()
    lists(exchange, world, "NEWCUSDT")
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: check(), range(3)))
    assert sum(len(answer["noted"]) for answer in answers) == 1
    assert len(alerts(engine)) == 1


def test_pair_that_another_part_saw_first_is_told_all_the_same(
    check: Check, client: TestClient, engine: Engine, exchange: BybitSim, world: InThread
) -> None:
    check()
    lists(exchange, world, "NEWCUSDT")
    assert client.post("/market/universe/refresh").json()["listed"] == ["NEWCUSDT"]
    world.run(exchange.advance(60))
    check()
    assert [payload["symbol"] for _, payload in alerts(engine)] == ["NEWCUSDT"]


def test_restart_tells_what_came_meanwhile_and_nothing_again(
    check: Check, settings: Settings, engine: Engine, exchange: BybitSim, world: InThread
) -> None:
    check()
    lists(exchange, world, "ONEAUSDT")
    check()
    lists(exchange, world, "TWOBUSDT", after=3600)
    with TestClient(create_app(settings), headers={"Authorization": f"Bearer {TOKEN}"}) as restarted:
        noted = restarted.post("/listings/check").json()["noted"]
    assert [one["symbol"] for one in noted] == ["TWOBUSDT"]
    assert datetime.fromisoformat(noted[0]["at"]) - datetime.fromisoformat(noted[0]["seen_after"]) > timedelta(hours=1)
    assert [payload["symbol"] for _, payload in alerts(engine)] == ["ONEAUSDT", "TWOBUSDT"]


def test_announcements_down_stop_nothing(check: Check, engine: Engine, exchange: BybitSim, world: InThread) -> None:
    check()
    world.do(lambda: exchange.fault("rest_status", match="/v5/announcements/*", status=503))
    lists(exchange, world, "NEWCUSDT")
    answer = check()
    assert "announcements" in answer["note"]
    assert [payload["announcement"] for _, payload in alerts(engine)] == [None]


def test_exchange_down_is_a_503_and_the_next_look_tells(
    check: Check, client: TestClient, engine: Engine, exchange: BybitSim, world: InThread
) -> None:
    check()
    lists(exchange, world, "NEWCUSDT")
    world.do(lambda: exchange.fault("rest_status", match="/v5/market/instruments-info", status=503, count=1))
    answer = client.post("/listings/check")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert alerts(engine) == []
    check()
    assert len(alerts(engine)) == 1


def test_delisting_is_told_after_ten_minutes_and_a_return_is_a_listing(
    check: Check, engine: Engine, exchange: BybitSim, world: InThread
) -> None:
    check()
    lists(exchange, world, "NEWCUSDT")
    check()
    world.do(lambda: exchange.fault("delist", symbol="NEWCUSDT"))
    world.run(exchange.advance(60))
    assert check()["noted"] == []
    world.run(exchange.advance(600))
    gone = check()["noted"]
    assert [(one["symbol"], one["event"]) for one in gone] == [("NEWCUSDT", "delisted")]
    assert check()["noted"] == []
    lists(exchange, world, "NEWCUSDT")
    check()
    check()
    assert [kind for kind, _ in alerts(engine)] == ["listing", "delisting", "listing"]


def test_one_answer_without_a_pair_after_hours_away_is_no_delisting(
    check: Check, engine: Engine, exchange: BybitSim, world: InThread
) -> None:
    check()
    lists(exchange, world, "NEWCUSDT")
    check()
    world.do(lambda: exchange.fault("delist", symbol="NEWCUSDT"))
    world.run(exchange.advance(7200))
    assert check()["noted"] == []
    world.run(exchange.advance(599))
    assert check()["noted"] == []
    world.run(exchange.advance(1))
    assert [(one["symbol"], one["event"]) for one in check()["noted"]] == [("NEWCUSDT", "delisted")]


def test_pairs_that_came_during_days_away_are_noted_without_a_message(
    check: Check, client: TestClient, engine: Engine, exchange: BybitSim, world: InThread
) -> None:
    check()
    with engine.begin() as connection:  # the same as having looked last three days ago
        for statement in ("UPDATE symbol SET first_seen_at = :at, last_seen_at = :at", "UPDATE universe_day SET taken_at = :at"):
            connection.execute(text(statement), {"at": datetime(2024, 3, 2, 12, tzinfo=UTC)})
    lists(exchange, world, "NEWCUSDT")
    noted = check()["noted"]
    assert [one["symbol"] for one in noted] == ["NEWCUSDT"]
    assert alerts(engine) == []
    listed = client.get("/listings", params={"as_of": "2024-03-06T00:00:00Z"}).json()
    assert [one["symbol"] for one in listed] == ["NEWCUSDT"]
