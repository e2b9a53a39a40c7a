"""The alerts websocket: the collector's task over the real protocol, with everything that goes wrong there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from db.connect import engine_for
from functions.collector import whales
from functions.collector.feed.liveness import Backoff
from functions.collector.whales import run_whales
from functions.settings import Settings
from functions.whales.run.refresh import refresh
from tests.conftest import make_settings
from tests.integration.whales.conftest import NOON
from tests.sim import ManualClock, SourcesSim
from tests.sim.sources.whale_alert import KEY
from tests.sim.wire.websocket import text_frame


@asynccontextmanager
async def listening(database: str, tmp_path: Path, key: str = KEY) -> AsyncIterator[tuple[SourcesSim, Engine, Settings]]:
    """A collector's task beside a simulated source, with the collector's rights alone."""
    sources = SourcesSim(clock=ManualClock(NOON))
    sources.whale_alert.wanders = False
    async with sources:
        settings = make_settings(
            database_url=database,
            data_dir=tmp_path,
            whale_alert_url=sources.base("whale"),
            whale_alert_ws_url=sources.base("whale/ws").replace("http", "ws"),
            whale_alert_key=key,
            market_clock=f"{NOON.isoformat()}@{NOON.isoformat()}x0.000001",
        )
        engine = engine_for(settings.database("collector"), application="test")
        task = asyncio.create_task(run_whales(settings, engine, pause=0.05))
        try:
            yield sources, engine, settings
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            engine.dispose()


async def eventually(engine: Engine, statement: str, expected: Any) -> None:
    """Wait until the database says so."""
    async with asyncio.timeout(20):
        while True:
            with engine.connect() as connection:
                if connection.scalar(text(statement)) == expected:
                    return
            await asyncio.sleep(0.02)


COUNT = "SELECT count(*) FROM whale_transaction"
ERRORS = "SELECT last_error FROM source_status WHERE source = 'whale_alert_stream'"
ANSWERED = "SELECT successes > 0 FROM source_status WHERE source = 'whale_alert_stream'"


async def test_alerts_are_stored_with_the_types_of_their_owners(database: str, tmp_path: Path) -> None:
    async with listening(database, tmp_path) as (sources, engine, settings):
        await eventually(engine, ANSWERED, True)
        sources.whale_alert.add(symbol="ETH", usd=12e6, recipient="binance")
        sources.whale_alert.add(symbol="ETH", usd=900_000)  # below its threshold
        await eventually(engine, COUNT, 1)
        assert sources.whale_alert.subscribed[0]["min_value_usd"] == 500_000
        with engine.connect() as connection:
            row = connection.execute(text("SELECT to_owner, to_type, feed FROM whale_transaction")).one()
        assert tuple(row) == ("binance", "exchange", "whale_alert_stream")
        functions = engine_for(settings.database("functions"), application="test")
        assert await asyncio.to_thread(refresh, settings, functions, NOON + timedelta(minutes=5)) is not None
        with functions.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM alert WHERE kind = 'whale'")) == 1
        functions.dispose()


async def test_connection_that_breaks_is_made_again(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Backoff, "pause", lambda *_: 0.05)
    async with listening(database, tmp_path) as (sources, engine, _):
        await eventually(engine, ANSWERED, True)
        sources.whale_alert.peers[0].abort()
        await eventually(engine, "SELECT errors FROM source_status WHERE source = 'whale_alert_stream'", 1)
        await sources.journal.until(lambda: len(sources.whale_alert.subscribed) == 2)
        sources.whale_alert.add()
        await eventually(engine, COUNT, 1)


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (b"not json", "sent what cannot be read"),
        (b'{"type":"alert","amounts":5}', "sent what cannot be read"),
        (b'{"type":"error","error":"too many alerts"}', "answers: too many alerts"),
    ],
)
async def test_frame_that_cannot_be_read_is_named_and_the_next_is_kept(
    database: str, tmp_path: Path, frame: bytes, words: str
) -> None:
    async with listening(database, tmp_path) as (sources, engine, _):
        await eventually(engine, ANSWERED, True)
        sources.whale_alert.peers[0].send(text_frame(frame))
        sources.whale_alert.add()
        await eventually(engine, COUNT, 1)
        with engine.connect() as connection:
            assert words in connection.scalar(text(ERRORS))


async def test_key_that_is_refused_is_named_without_the_key(database: str, tmp_path: Path) -> None:
    async with listening(database, tmp_path, key="wrong-key-of-mine") as (_, engine, _):
        await eventually(engine, ERRORS, "whale_alert_stream refuses the key (401)")


async def test_source_that_is_busy_is_asked_again(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Backoff, "pause", lambda *_: 0.05)
    async with listening(database, tmp_path) as (sources, engine, _):
        await eventually(engine, ANSWERED, True)
        sources.fault("src_status", match="/whale/ws", status=503, count=2)
        sources.whale_alert.peers[0].close()
        await sources.journal.until(lambda: len(sources.whale_alert.subscribed) == 2)
        with engine.connect() as connection:
            assert connection.scalar(text(ERRORS)) == "whale_alert_stream answered 503"


async def test_what_comes_while_the_database_is_away_is_kept(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whales, "STORE_AGAIN", 0.05)
    async with listening(database, tmp_path) as (sources, engine, _):
        await eventually(engine, ANSWERED, True)
        url = make_url(database).set(drivername="postgresql+psycopg")
        owner, name = create_engine(url.set(database="postgres"), poolclass=NullPool), url.database
        with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'))
            others = text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name AND pid <> pg_backend_pid()"
            )
            connection.execute(others, {"name": name})
            sources.whale_alert.add()
            await asyncio.sleep(0.3)
            connection.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'))
        await eventually(engine, COUNT, 1)
