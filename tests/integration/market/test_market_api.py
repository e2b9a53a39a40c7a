"""Market data over HTTP, from the simulated exchange."""

from datetime import timedelta
from functools import partial

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.market import store
from functions.market.candles.timeframe import Timeframe
from functions.market.run.bulk_lock import LOCK_NUMBER
from functions.settings import Settings
from tests.integration.market.series import exchange_series, stored_series
from tests.sim import BybitSim, InThread


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
    grid = store.read_candles(engine, Timeframe.M15, ["ETHUSDT", "NONEUSDT", "BTCUSDT"], as_of, 100)
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


def test_one_history_job_at_a_time(client: TestClient, engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK_NUMBER})
        answer = client.post("/market/backfill", json={"symbols": ["BTCUSDT"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "history_busy")


def test_a_repair_beside_another_job_says_busy_and_does_nothing(client: TestClient, engine: Engine, exchange: BybitSim) -> None:
    client.post("/market/universe/refresh")
    exchange.journal.clear()
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK_NUMBER})
        answer = client.post("/market/gaps/repair")
        connection.execute(text("SELECT pg_advisory_unlock_all()"))
    assert (answer.status_code, answer.json()["busy"], answer.json()["gaps_filled"]) == (200, True, 0)
    assert exchange.journal.entries("rest") == []
    assert client.post("/market/gaps/repair").json()["busy"] is False


def test_no_more_of_a_timeframe_is_loaded_than_is_kept(client: TestClient, settings: Settings) -> None:
    client.post("/market/backfill", json={"symbols": ["BTCUSDT"], "days": 90, "timeframes": ["5m"]})
    removed = client.post("/market/retention/apply").json()["candles"]
    assert removed["5m"] == 0
    (five, *_) = client.get("/market/state").json()["timeframes"]
    assert five["candles"] >= settings.keep_5m_days * 288


def test_a_load_of_one_timeframe_leaves_the_gaps_of_the_others(client: TestClient, exchange: BybitSim, world: InThread) -> None:
    client.post("/market/universe/refresh")
    world.do(partial(exchange.fault, "maintenance", match="/v5/market/kline"))
    client.post("/market/backfill", json={"symbols": ["BTCUSDT"], "timeframes": ["4h"]})
    world.do(exchange.clear)
    client.post("/market/backfill", json={"symbols": ["BTCUSDT"], "timeframes": ["1h"]})
    assert {gap["timeframe"] for gap in client.get("/market/gaps").json()} == {"4h"}
    assert {gap["timeframe"] for gap in client.get("/market/gaps", params={"state": "closed"}).json()} == {"1h"}


def test_a_request_that_the_exchange_refuses_stops_only_its_gap(client: TestClient, exchange: BybitSim, world: InThread) -> None:
    client.post("/market/universe/refresh")
    world.do(partial(exchange.fault, "rest_ret_code", match="/v5/market/kline", code=10001, count=1))
    done = client.post("/market/backfill", json={"symbols": ["BTCUSDT", "ETHUSDT"], "days": 2}).json()
    assert (done["gaps_filled"], done["gaps_failed"]) == (10, 0)
    assert any(gap["attempts"] == 2 for gap in client.get("/market/gaps", params={"state": "closed"}).json())


def test_a_revision_of_the_exchange_is_corrected_and_the_old_values_kept(
    client: TestClient, engine: Engine, exchange: BybitSim, world: InThread
) -> None:
    client.post("/market/backfill", json={"symbols": ["BTCUSDT"], "timeframes": ["15m"]})
    start = exchange.clock.now_ms() // 900_000 * 900_000 - 2 * 900_000
    with engine.connect() as connection:
        before = stored_series(connection, "BTCUSDT", Timeframe.M15)[start]
    world.do(lambda: exchange.fault("revise", symbol="BTCUSDT", interval="15", start=start, factor=1.001))
    done = client.post("/market/gaps/repair", json={"symbols": ["BTCUSDT"], "verify_hours": 3}).json()
    assert done["candles_revised"] == 1
    (kept,) = client.get("/market/revisions").json()
    assert (kept["close"], kept["source"]) == (before[3], "rest")
    assert kept["close_now"] != before[3]
    series = client.get("/market/candles", params={"symbol": "BTCUSDT", "timeframe": "15m", "limit": 5}).json()
    assert [row["source"] for row in series["candles"]].count("revised") == 1
    again = client.post("/market/gaps/repair", json={"symbols": ["BTCUSDT"], "verify_hours": 3}).json()
    assert again["candles_revised"] == 0


def test_a_pair_listed_lately_has_an_absent_head_that_is_asked_for_only_once(
    client: TestClient, exchange: BybitSim, world: InThread
) -> None:
    world.do(lambda: exchange.fault("list", symbol="FRESHUSDT", price=2.0))
    world.run(exchange.advance(3 * 3600))
    first = client.post("/market/backfill", json={"symbols": ["FRESHUSDT"], "days": 1, "timeframes": ["15m"]}).json()
    assert (first["gaps_denied"], first["gaps_absent"], first["candles_added"]) == (1, 0, 12)
    world.run(exchange.advance(600))
    client.post("/market/backfill", json={"symbols": ["FRESHUSDT"], "days": 1, "timeframes": ["15m"]})
    (gap,) = [one for one in client.get("/market/gaps", params={"state": "all"}).json() if one["resolution"] == "absent"]
    assert gap["symbol"] == "FRESHUSDT"
    exchange.journal.clear()
    again = client.post("/market/backfill", json={"symbols": ["FRESHUSDT"], "days": 1, "timeframes": ["15m"]}).json()
    assert again["candles_added"] == 0
    assert not [entry for entry in exchange.journal.entries("rest") if entry["path"] == "/v5/market/kline"]


def test_a_pair_delisted_in_the_middle_of_a_backfill_ends_its_gaps(
    client: TestClient, engine: Engine, exchange: BybitSim, world: InThread
) -> None:
    client.post("/market/universe/refresh")
    world.do(lambda: exchange.fault("delist", symbol="ETHUSDT"))
    done = client.post("/market/backfill", json={"symbols": ["ETHUSDT"], "timeframes": ["1h"]}).json()
    assert (done["gaps_denied"], done["gaps_absent"], done["gaps_failed"]) == (1, 0, 0)  # as far as is known it trades
    taken = client.post("/market/universe/refresh").json()
    assert taken["delisted"] == ["ETHUSDT"]
    for _ in range(2):
        world.run(exchange.advance(600))
        client.post("/market/gaps/repair")
    assert client.get("/market/gaps").json() == []
    refused = client.post("/market/backfill", json={"symbols": ["ETHUSDT"]})
    assert refused.json()["code"] == "unknown_symbol"


def test_an_exchange_that_stumbles_is_asked_again(
    client: TestClient, engine: Engine, exchange: BybitSim, world: InThread
) -> None:
    client.post("/market/universe/refresh")
    for kind in ("rest_half", "rest_garbage", "rest_disconnect"):
        world.do(partial(exchange.fault, kind, match="/v5/market/kline", count=2))
    world.do(lambda: exchange.fault("rest_status", match="/v5/market/kline", status=502, count=2))
    done = client.post("/market/backfill", json={"symbols": ["BTCUSDT"], "days": 5}).json()
    assert done["gaps_failed"] == 0
    with engine.connect() as connection:
        stored = stored_series(connection, "BTCUSDT", Timeframe.M5)
    assert stored == exchange_series(exchange, "BTCUSDT", Timeframe.M5, min(stored), max(stored))


def test_an_exchange_in_maintenance_is_said_and_what_came_is_kept(
    client: TestClient, exchange: BybitSim, world: InThread
) -> None:
    client.post("/market/backfill", json={"symbols": ["BTCUSDT"], "timeframes": ["1h"]})
    world.do(lambda: exchange.fault("maintenance"))
    answer = client.post("/market/backfill", json={"symbols": ["BTCUSDT"]})
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 1
    assert (
        len(client.get("/market/candles", params={"symbol": "BTCUSDT", "timeframe": "1h", "limit": 1000}).json()["candles"])
        == 1000
    )


def test_half_a_list_of_pairs_is_no_mass_delisting(client: TestClient, exchange: BybitSim, world: InThread) -> None:
    client.post("/market/universe/refresh")
    for symbol in [one for one in exchange.market.symbols if one.endswith("USDT")][:12]:
        world.do(partial(exchange.market.delist, symbol))
    assert client.post("/market/universe/refresh").status_code == 503


def test_state_names_what_is_stale(client: TestClient, settings: Settings) -> None:
    client.post("/market/backfill", json={"days": 1})
    now = settings.clock.now()
    fresh = client.get("/market/state", params={"as_of": now.isoformat()}).json()
    assert [one["stale"] for one in fresh["timeframes"]] == [[]] * 5
    assert (fresh["watched"], fresh["gaps"]["open"]) == (3, 0)
    later = client.get("/market/state", params={"as_of": (now + timedelta(minutes=46)).isoformat()}).json()
    by_timeframe = {one["timeframe"]: one["stale"] for one in later["timeframes"]}
    assert "BTCUSDT 15m is 3 candles late" in by_timeframe["15m"]
    assert by_timeframe["1d"] == []


def test_retention_ends_5m_and_15m_only_and_running_it_twice_changes_nothing(client: TestClient, settings: Settings) -> None:
    client.post("/market/backfill", json={"symbols": ["BTCUSDT"], "days": 5})
    later = (settings.clock.now() + timedelta(days=40)).isoformat()
    first = client.post("/market/retention/apply", params={"as_of": later}).json()
    assert first["candles"] == {"5m": 1440, "15m": 0}
    assert client.post("/market/retention/apply", params={"as_of": later}).json()["candles"] == {"5m": 0, "15m": 0}
    state = {one["timeframe"]: one["candles"] for one in client.get("/market/state").json()["timeframes"]}
    assert state == {"5m": 0, "15m": 1000, "1h": 1000, "4h": 1000, "1d": 1000}


def test_tickers_say_whether_they_are_fresh(client: TestClient, settings: Settings) -> None:
    client.post("/market/universe/refresh")
    (one,) = client.get("/market/tickers", params={"symbols": "BTCUSDT"}).json()
    assert one["bid"] < one["ask"]
    assert one["freshness"]["fresh"]
    later = (settings.clock.now() + timedelta(seconds=90)).isoformat()
    (old,) = client.get("/market/tickers", params={"symbols": "BTCUSDT", "as_of": later}).json()
    assert old["freshness"]["reason"] == "BTCUSDT price is 90 s old"


def test_a_day_keeps_its_first_ranking_and_is_not_known_before(client: TestClient, settings: Settings) -> None:
    client.post("/market/universe/refresh")
    first = client.get("/market/universe").json()
    client.post("/market/universe/refresh")
    assert client.get("/market/universe").json() == first
    earlier = (settings.clock.now() - timedelta(hours=1)).isoformat()
    assert client.get("/market/universe", params={"as_of": earlier}).status_code == 404


def test_a_schedule_needs_no_body(client: TestClient) -> None:
    for path in ("/market/universe/refresh", "/market/backfill", "/market/gaps/repair", "/market/retention/apply"):
        answer = client.post(path)
        assert answer.status_code == 200, answer.text
