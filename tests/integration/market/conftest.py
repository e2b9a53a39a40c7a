"""A simulated exchange for market data, and settings that point at it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.pool import NullPool

from functions.settings import Settings
from tests.conftest import make_settings
from tests.sim import BybitSim, InThread, ManualClock, make_market

NOON = "2024-03-05T12:00:10Z"
STANDING_CLOCK = f"{NOON}@2026-01-01T00:00:00Zx0.000000001"


@pytest.fixture
def exchange() -> BybitSim:
    """Eight pairs shortly after noon, one of which does not trade for hours; time stands until the test moves it."""
    return BybitSim(market=make_market(symbols=8, quiet=frozenset({"ADAUSDT"})), clock=ManualClock(NOON))


@pytest.fixture
def world(exchange: BybitSim) -> Iterator[InThread]:
    """The exchange, running."""
    with InThread(exchange) as world:
        yield world


@pytest.fixture
def settings(database: str, tmp_path: Path, exchange: BybitSim, world: InThread) -> Settings:
    """Settings on the fresh database and the simulated exchange, at its time."""
    return make_settings(
        database_url=database,
        data_dir=tmp_path / "data",
        bybit_rest_url=exchange.rest_url,
        bybit_ws_url=exchange.ws_url,
        market_clock=STANDING_CLOCK,
        top_symbols=3,
    )


@pytest.fixture
def owner(postgres: str) -> Iterator[Engine]:
    """The owner's connection to the server, outside of the test's database."""
    url = make_url(postgres).set(drivername="postgresql+psycopg", database="postgres")
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()
