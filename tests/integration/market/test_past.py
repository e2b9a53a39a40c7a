"""What was known at a past moment: nothing of what came after, and all of what has gone since."""

from datetime import timedelta
from functools import partial

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from functions.market import store
from functions.market.run.universe import watched_symbols
from functions.market.universe import Ticker
from functions.settings import Settings
from tests.sim import BybitSim, InThread


def names(client: TestClient, **query: object) -> list[str]:
    answer = client.get("/market/universe", params=query)  # type: ignore[arg-type]
    return [pair["symbol"] for pair in answer.json()]


def test_a_pair_delisted_since_is_in_the_universe_of_its_day(
    client: TestClient, settings: Settings, engine: Engine, exchange: BybitSim, world: InThread
) -> None:
    client.post("/market/universe/refresh")
    then = settings.clock.now()
    before = names(client, as_of=then.isoformat(), top=8)
    with engine.connect() as connection:
        *_, gone = watched = watched_symbols(connection, settings, then)
    world.do(partial(exchange.fault, "delist", symbol=gone))
    for minutes in (1, 11, 24 * 60):  # two looks that lack it, and the ranking of the next day
        world.do(lambda ms=minutes * 60_000: exchange.clock.move_to(exchange.clock.now_ms() + ms))  # type: ignore[attr-defined,misc]
        client.post("/market/universe/refresh")
    assert names(client, as_of=then.isoformat(), top=8) == before
    assert gone in before
    tomorrow = then + timedelta(days=1, minutes=13)
    assert gone not in names(client, as_of=tomorrow.isoformat(), top=8)
    with engine.connect() as connection:
        assert watched_symbols(connection, settings, then) == watched
        assert gone not in watched_symbols(connection, settings, tomorrow)


def test_a_pair_listed_later_that_day_is_not_known_before(
    client: TestClient, settings: Settings, exchange: BybitSim, world: InThread
) -> None:
    client.post("/market/universe/refresh")
    then = settings.clock.now()
    world.do(partial(exchange.fault, "list", symbol="FRESHUSDT", price=2.0))
    world.run(exchange.advance(3600))
    client.post("/market/universe/refresh")
    assert "FRESHUSDT" not in names(client, as_of=then.isoformat())
    assert "FRESHUSDT" in names(client, as_of=(then + timedelta(hours=2)).isoformat())


def test_a_pair_under_special_treatment_since_was_tradable_before(client: TestClient, settings: Settings, engine: Engine) -> None:
    client.post("/market/universe/refresh")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE symbol SET special_treatment = true, kind = 'xstocks' WHERE symbol = 'BTCUSDT'")
    assert "BTCUSDT" in names(client, as_of=settings.clock.now().isoformat(), top=8)


@pytest.mark.parametrize("minutes", [1, 60, 100_000])
def test_a_price_from_after_the_moment_is_absent(client: TestClient, settings: Settings, minutes: int) -> None:
    client.post("/market/universe/refresh")
    earlier = (settings.clock.now() - timedelta(minutes=minutes)).isoformat()
    assert client.get("/market/tickers", params={"symbols": "BTCUSDT", "as_of": earlier}).json() == []
    assert len(client.get("/market/tickers", params={"symbols": "BTCUSDT"}).json()) == 1


def test_a_quote_ends_after_a_minute_although_the_price_is_fresh(client: TestClient, settings: Settings, engine: Engine) -> None:
    client.post("/market/universe/refresh")
    now = settings.clock.now()
    later = now + timedelta(seconds=61)
    with engine.begin() as connection:
        store.write_tickers(connection, [Ticker("BTCUSDT", 1.0, 2.0, 1.0, 1.0, 1.0, 0.0, later)])
    (fresh,) = client.get("/market/tickers", params={"symbols": "BTCUSDT"}).json()
    assert fresh["bid"] < fresh["ask"]
    (old,) = client.get("/market/tickers", params={"symbols": "BTCUSDT", "as_of": later.isoformat()}).json()
    assert (old["price"], old["bid"], old["ask"]) == (1.0, None, None)
    assert old["freshness"]["fresh"]


def test_both_sides_of_a_quote_are_replaced_together(settings: Settings, engine: Engine) -> None:
    now = settings.clock.now()
    whole = Ticker("AUSDT", 1.0, 2.0, 1.0, 1.0, 1.0, 0.0, now, 0.99, 1.01, now)
    later = now + timedelta(seconds=20)
    half = Ticker("AUSDT", 1.5, 2.0, 1.0, 1.0, 1.0, 0.0, later, 1.49, None, later)
    plain = Ticker("AUSDT", 1.6, 2.0, 1.0, 1.0, 1.0, 0.0, later + timedelta(seconds=1))
    with engine.begin() as connection:
        for one in (whole, half, plain, whole):
            store.write_tickers(connection, [one])
        (found,) = store.read_tickers(connection, later, ["AUSDT"])
    assert (found.price, found.bid, found.ask, found.quoted_at) == (1.6, 1.49, None, later)
