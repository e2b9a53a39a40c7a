"""Market data over HTTP, from the simulated exchange."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.market import store
from functions.market.candles import Timeframe
from functions.market.errands import BULK_LOCK
from functions.settings import Settings
from tests.integration.market.series import exchange_series, stored_series
from tests.sim import BybitSim


def test_universe_is_taken_ranked_and_filtered(client: TestClient) -> None:
    taken = client.post("/market/universe/refresh").json()
    assert taken["tradable"] == 8
    assert taken["pairs"] > 8
    assert taken["delisted"] == []
    top = client.get("/market/universe", params={"top": 3}).json()
    assert len(top) == 3
    assert all(pair["tradable"] for pair in top)
    turnovers = [pair["turnover_24h"] for pair in client.get("/market/universe").json()]
    assert turnovers == sorted(turnovers, reverse=True)


def test_backfill_stores_exactly_the_exchange_series_and_no_open_candle(
    client: TestClient, engine: Engine, exchange: BybitSim
) -> None:
    done = client.post("/market/backfill", json={"symbols": ["BTCUSDT"], "days": 2}).json()
    assert done["gaps_failed"] == 0, done
    with engine.connect() as connection:
        for timeframe in Timeframe:
            stored = stored_series(connection, "BTCUSDT", timeframe)
            assert len(stored) == 1000
            assert stored == exchange_series(exchange, "BTCUSDT", timeframe, min(stored), max(stored))
            assert max(stored) + timeframe.milliseconds <= exchange.clock.now_ms()


def test_backfill_again_asks_for_nothing(client: TestClient, exchange: BybitSim) -> None:
    client.post("/market/backfill", json={"symbols": ["BTCUSDT"], "days": 2})
    exchange.journal.clear()
    done = client.post("/market/backfill", json={"symbols": ["BTCUSDT"], "days": 2}).json()
    assert done["candles_added"] == 0
    assert not [entry for entry in exchange.journal.entries("rest") if entry["path"] == "/v5/market/kline"]


def test_candles_are_read_as_a_grid_without_the_later_ones(client: TestClient, settings: Settings, engine: Engine) -> None:
    client.post("/market/backfill", json={"symbols": ["BTCUSDT", "ETHUSDT"], "days": 2, "timeframes": ["15m"]})
    as_of = settings.clock.now()
    grid = store.read_candles(settings.database("functions"), Timeframe.M15, ["ETHUSDT", "NONEUSDT", "BTCUSDT"], as_of, 100)
    assert grid.close.shape == (3, 100)
    assert grid.last_close == Timeframe.M15.floor(as_of)
    with engine.connect() as connection:
        stored = stored_series(connection, "BTCUSDT", Timeframe.M15)
    assert grid.close[2].tolist() == [stored[int(at)][3] for at in grid.open_time]
    assert (grid.close[1] != grid.close[1]).all()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"symbols": ["NOPEUSDT"]}, 422, "unknown_symbol"),
        ({"symbols": ["BTCUSDT"], "days": 0}, 422, "invalid_request"),
        ({"symbols": ["BTCUSDT"], "days": 100_000}, 422, "invalid_request"),
        ({"symbols": ["BTCUSDT"], "timeframes": ["7m"]}, 422, "invalid_request"),
        ({"symbols": ["btc'; --"]}, 422, "invalid_request"),
    ],
)
def test_backfill_rejects_what_it_cannot_do(client: TestClient, body: dict[str, object], status: int, code: str) -> None:
    answer = client.post("/market/backfill", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_one_history_errand_at_a_time(client: TestClient, engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": BULK_LOCK})
        answer = client.post("/market/backfill", json={"symbols": ["BTCUSDT"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "history_busy")
