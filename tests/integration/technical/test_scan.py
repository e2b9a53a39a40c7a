"""`POST /technical/scan` on a real database: what is due is done once, together with its alerts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.market.candles import Candles, Timeframe
from tests.unit.technical.making import END, store_candles, store_symbols, walk

SYMBOLS = ("BTCUSDT", "AAAUSDT", "BBBUSDT", "CCCUSDT", "DDDUSDT", "EEEUSDT")
BARS = {Timeframe.D1: 260, Timeframe.H4: 300, Timeframe.H1: 300, Timeframe.M15: 300, Timeframe.M5: 150}
DRIFT = {Timeframe.D1: 0.01, Timeframe.H4: 0.003, Timeframe.H1: 0.001, Timeframe.M15: 0.0005, Timeframe.M5: 0.0}
NOISE = {Timeframe.D1: 0.03, Timeframe.H4: 0.012, Timeframe.H1: 0.006, Timeframe.M15: 0.004, Timeframe.M5: 0.002}


def rising(timeframe: Timeframe, symbols: tuple[str, ...] = SYMBOLS) -> Candles:
    return walk(timeframe, symbols, BARS[timeframe], drift=DRIFT[timeframe], noise=NOISE[timeframe])


@pytest.fixture
def world(engine: Engine) -> Engine:
    """A rising market: everything up to END, on every timeframe."""
    with engine.begin() as connection:
        store_symbols(connection, SYMBOLS)
        for timeframe in Timeframe:
            store_candles(connection, rising(timeframe))
    return engine


def scan(client: TestClient, as_of: datetime = END, **more: object) -> dict[str, Any]:
    answer = client.post("/technical/scan", json={"as_of": as_of.isoformat(), **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def count(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0


def replay(client: TestClient, closes: int) -> list[dict[str, Any]]:
    """Scan the last closes of 15m and 1h one by one and return all signals."""
    found = []
    for back in range(closes, -1, -1):
        found += scan(client, END - back * timedelta(minutes=15))["signals"]
    return found


def test_first_scan_takes_only_the_newest_close_of_each_timeframe(client: TestClient, world: Engine) -> None:
    answer = scan(client)
    assert answer["closes"] == {"1d": 1, "4h": 1, "1h": 1, "15m": 1, "5m": 1}
    assert answer["states"] == 5 * len(SYMBOLS)
    assert count(world, "technical_state") == 5 * len(SYMBOLS)
    assert count(world, "processed_close") == 5
    assert answer["failed"] == answer["waiting"] == answer["late"] == []


def test_second_scan_finds_nothing_to_do(client: TestClient, world: Engine) -> None:
    scan(client)
    answer = scan(client)
    assert answer["states"] == 0
    assert set(answer["closes"].values()) == {0}


def test_rising_market_gives_long_signals_each_with_its_alert(client: TestClient, world: Engine) -> None:
    found = replay(client, 40)
    assert found
    assert {signal["direction"] for signal in found} == {"LONG"}
    with world.connect() as connection:
        rows = connection.execute(text("SELECT key, payload, created_at, expires_at FROM alert ORDER BY id")).all()
        assert count(world, "signal") == len(found) == len(rows)
    first = rows[0]
    close = datetime.fromisoformat(first.payload["close_time"])
    assert first.key == f"signal:{first.payload['symbol']}:{first.payload['timeframe']}:{close.isoformat()}:technical:v1"
    life = {"15m": timedelta(hours=1), "1h": timedelta(hours=4)}[first.payload["timeframe"]]
    assert first.expires_at - first.created_at == life
    assert abs(first.created_at - datetime.now(UTC)) < timedelta(minutes=5)
    assert len(first.payload["targets"]) == 3
    assert [reason["code"] for reason in first.payload["reasons"]][:2] == ["gate_open", "daily_trend"]


def test_three_scans_at_once_write_everything_once(client: TestClient, world: Engine) -> None:
    for back in range(40, 0, -1):
        scan(client, END - back * timedelta(minutes=15))
    before = count(world, "signal")
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: scan(client), range(3)))
    assert sorted(answer["states"] for answer in answers) == [0, 0, 5 * len(SYMBOLS) + 2 * len(SYMBOLS)]
    assert count(world, "signal") == count(world, "alert") == before + sum(len(answer["signals"]) for answer in answers)
