"""A rising market that is scanned and scored over HTTP, with Fear & Greed beside the candles."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.factors.reading import MARKET, Factor, FactorReading
from functions.factors.store import write_readings
from functions.market.candles.timeframe import Timeframe
from tests.unit.technical.making import END, store_candles, store_symbols, walk

SYMBOLS = ("BTCUSDT", "AAAUSDT", "BBBUSDT", "CCCUSDT", "DDDUSDT", "EEEUSDT")
BARS = {Timeframe.D1: 260, Timeframe.H4: 300, Timeframe.H1: 300, Timeframe.M15: 800}
DRIFT = {Timeframe.D1: 0.01, Timeframe.H4: 0.003, Timeframe.H1: 0.001, Timeframe.M15: 0.0005}
NOISE = {Timeframe.D1: 0.03, Timeframe.H4: 0.012, Timeframe.H1: 0.006, Timeframe.M15: 0.004}
QUARTER = timedelta(minutes=15)
Score = Callable[..., dict[str, Any]]


def greed(value: float = 0.5, as_of: datetime = END - timedelta(hours=30)) -> FactorReading:
    """What Fear & Greed says of the market."""
    life = timedelta(hours=36)
    return FactorReading(MARKET, Factor.CONTEXT, "fear_greed", value, 0.5, as_of, as_of + life, {"value": 75})


def say(engine: Engine, *readings: FactorReading, seen_at: datetime = END - timedelta(hours=20)) -> None:
    """Let sources say something."""
    with engine.begin() as connection:
        assert write_readings(connection, readings, seen_at=seen_at).refused == {}


@pytest.fixture
def candles(engine: Engine) -> Engine:
    """Candles of a rising market up to END."""
    with engine.begin() as connection:
        store_symbols(connection, SYMBOLS)
        for timeframe, bars in BARS.items():
            drift, noise = DRIFT[timeframe], NOISE[timeframe]
            store_candles(connection, walk(timeframe, SYMBOLS, bars, drift=drift, noise=noise))
    return engine


@pytest.fixture
def world(candles: Engine) -> Engine:
    """The same, with Fear & Greed."""
    say(candles, greed())
    return candles


@pytest.fixture
def scan(client: TestClient) -> Callable[[datetime], dict[str, Any]]:
    """Scan what closed by a moment."""

    def call(as_of: datetime) -> dict[str, Any]:
        body = {"as_of": as_of.isoformat(), "timeframes": ["15m", "1h", "4h", "1d"]}
        return answer(client.post("/technical/scan", json=body))

    return call


@pytest.fixture
def score(client: TestClient) -> Score:
    """Score what is scanned at a moment."""

    def call(as_of: datetime) -> dict[str, Any]:
        return answer(client.post("/scoring/run", json={"as_of": as_of.isoformat()}))

    return call


def answer(response: Any) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def rows(engine: Engine, statement: str, **values: object) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement), values)]


def count(engine: Engine, table: str) -> int:
    return int(rows(engine, f"SELECT count(*) FROM {table}")[0][0])
