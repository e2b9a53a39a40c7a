"""kill -9 at any moment: no closed candle is lost, neither by the collector nor by Postgres."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from db import embedded
from db.connect import engine_for
from db.migrate import migrate
from functions.settings import CHECKOUT, Settings
from tests.conftest import PASSWORD, TOKEN
from tests.integration.collector.conftest import collecting, query, until
from tests.integration.collector.test_collector import FROM_STREAM, OPEN_GAPS, whole
from tests.server import passable_folder
from tests.sim import BybitSim


class Process:
    """The collector as its own process."""

    def __init__(self, settings: Settings) -> None:
        names = ("database_url", "bybit_rest_url", "bybit_ws_url", "market_clock", "n8n_url", "collector_port", "top_symbols")
        others = ("history_days", "data_dir", "collector_shard")
        values = {name.upper(): str(getattr(settings, name)) for name in (*names, *others)}
        roles = {f"DB_{role}_PASSWORD": PASSWORD for role in ("FUNCTIONS", "COLLECTOR", "DASHBOARD", "N8N")}
        tokens = dict.fromkeys(("FUNCTIONS_TOKEN", "N8N_ENCRYPTION_KEY", "N8N_WEBHOOK_TOKEN", "N8N_OWNER_PASSWORD"), TOKEN)
        self._environment = {**os.environ, **values, **roles, **tokens}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, **environment: str) -> None:
        command = [sys.executable, "-m", "functions.collector"]
        given = self._environment | environment
        self._process = subprocess.Popen(command, cwd=CHECKOUT, env=given, stderr=subprocess.DEVNULL)

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def end(self, number: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(30)


async def test_a_collector_killed_again_and_again_loses_no_candle(settings: Settings, engine: Engine, exchange: BybitSim) -> None:
    process, chance = Process(settings), random.Random(7)
    for _ in range(3):
        process.start()
        seen = query(engine, "SELECT count(*) FROM candle")
        await until(lambda seen=seen: query(engine, "SELECT count(*) FROM candle") > seen, "it writes")  # type: ignore[misc]
        wanted = query(engine, "SELECT count(*) FROM candle") + chance.randint(1, 5000)
        deadline = time.monotonic() + chance.uniform(0.0, 4.0)
        await until(
            lambda wanted=wanted, deadline=deadline: (  # type: ignore[misc]
                query(engine, "SELECT count(*) FROM candle") >= wanted or time.monotonic() > deadline
            ),
            "a random moment",
        )
        assert process.end(signal.SIGKILL) == -signal.SIGKILL
    process.start()
    before = query(engine, FROM_STREAM)
    await until(lambda: query(engine, FROM_STREAM) > before and not query(engine, OPEN_GAPS), "it streams again")
    await until(lambda: whole(engine, exchange), "whole series")
    assert process.end(signal.SIGTERM) == 0


class Server:
    """A Postgres that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._server = embedded.prepare(folder / "cluster")
        self._process: subprocess.Popen[bytes] | None = None
        self.url = self._server.url

    def start(self) -> None:
        """Start; what a killed server left behind may hold it up for a moment."""
        deadline = time.monotonic() + 30
        admin = create_engine(make_url(self.url).set(drivername="postgresql+psycopg", database="postgres"), poolclass=NullPool)
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                who = embedded.run_as(self._server.system_user)
                self._process = subprocess.Popen(self._server.command(), cwd="/", stderr=subprocess.DEVNULL, **who)
            try:
                admin.connect().close()
            except OperationalError:
                time.sleep(0.1)
            else:
                return
        raise TimeoutError("Postgres did not start")

    def end(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        self._process.wait(30)

    def signal_all(self, number: signal.Signals) -> None:
        """Send a signal to the server and each of its backends."""
        assert self._process is not None
        first = psutil.Process(self._process.pid)
        for process in [first, *first.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)


@pytest.fixture
def own_server() -> Iterator[Server]:
    with passable_folder() as folder:
        server = Server(folder)
        server.start()
        yield server
        server.end(signal.SIGINT)


async def test_postgres_killed_again_and_again_loses_no_candle(
    settings: Settings, own_server: Server, exchange: BybitSim
) -> None:
    settings = settings.model_copy(update={"database_url": own_server.url})
    migrate(settings.owner_url, settings.passwords)
    engine = engine_for(settings.database("functions"), application="test")
    async with collecting(settings):
        for _ in range(2):
            before = query(engine, FROM_STREAM)
            await until(lambda before=before: query(engine, FROM_STREAM) > before, "it streams")  # type: ignore[misc]
            own_server.end(signal.SIGKILL)
            now = exchange.clock.now_ms()
            await until(lambda now=now: exchange.clock.now_ms() > now + 420_000, "a close without a database")  # type: ignore[misc]
            own_server.start()
        before = query(engine, FROM_STREAM)
        await until(lambda: query(engine, FROM_STREAM) > before and not query(engine, OPEN_GAPS), "it streams again")
        await until(lambda: whole(engine, exchange), "whole series")
    engine.dispose()
