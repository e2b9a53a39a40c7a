"""Frozen parts, a clock that jumps, a disk that is full: each is over one day, and then no closed candle lacks."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from db.connect import engine_for
from db.migrate import migrate
from functions.settings import Settings
from tests.debian import library
from tests.integration.collector.conftest import collecting, query, until
from tests.integration.collector.test_collector import FROM_STREAM, OPEN_GAPS, whole
from tests.integration.collector.test_killed import Process, Server
from tests.server import passable_folder
from tests.sim import BybitSim

SIZE_MB = 320


async def stream_on(engine: Engine) -> None:
    """Wait for one more close over the stream."""
    before = query(engine, FROM_STREAM)
    await until(lambda: query(engine, FROM_STREAM) > before, "it streams")


async def pass_closes(exchange: BybitSim) -> None:
    """Let seven minutes of market pass, one close of 5m at least."""
    now = exchange.clock.now_ms()
    await until(lambda: exchange.clock.now_ms() > now + 420_000, "a close")


@pytest.mark.soak
async def test_a_frozen_collector_and_a_clock_that_jumps_lose_no_candle(
    settings: Settings, engine: Engine, exchange: BybitSim, tmp_path: Path
) -> None:
    process, offset = Process(settings), tmp_path / "offset"
    offset.write_text("+0\n")
    faked = {
        "LD_PRELOAD": str(library("libfaketime", "libfaketime.so.1")),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    process.start(**faked)
    try:
        await stream_on(engine)
        process.send(signal.SIGSTOP)
        await pass_closes(exchange)
        process.send(signal.SIGCONT)
        for jump in (3600, -3600, 86_400, 0):  # seconds of this machine's clock: an hour is a week of market time
            offset.write_text(f"{jump:+d}\n")
            await until(lambda jump=jump: abs(clock_of_collector(engine) - jump) < 60, "its clock has jumped")  # type: ignore[misc]
            await stream_on(engine)
        await until(lambda: not query(engine, OPEN_GAPS) and whole(engine, exchange), "whole series")
    finally:
        process.send(signal.SIGCONT)
        assert process.end(signal.SIGTERM) == 0


def clock_of_collector(engine: Engine) -> int:
    """By how many seconds the clock that the collector's heartbeat is written with is ahead of this one."""
    return query(engine, "SELECT extract(epoch FROM at - now())::int FROM heartbeat WHERE part = 'collector'")


@pytest.fixture
def small_disk() -> Iterator[tuple[Server, Path]]:
    """A Postgres on a disk of its own, and a file beside it that can fill it."""
    with passable_folder() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=755", "tmpfs", str(folder)]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            pytest.skip("this account may mount no disk")
        try:
            server = Server(folder)
            server.start()
            yield server, folder / "ballast"
            server.end(signal.SIGINT)
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


async def test_a_frozen_postgres_and_a_full_disk_lose_no_candle(
    settings: Settings, small_disk: tuple[Server, Path], exchange: BybitSim
) -> None:
    server, ballast = small_disk
    settings = settings.model_copy(update={"database_url": server.url})
    migrate(settings.owner_url, settings.passwords)
    engine = engine_for(settings.database("functions"), application="test")
    async with collecting(settings):
        await stream_on(engine)
        server.signal_all(signal.SIGSTOP)
        await pass_closes(exchange)
        server.signal_all(signal.SIGCONT)
        fill(ballast)
        await until(lambda: refuses(settings), "the disk is full")
        await pass_closes(exchange)
        ballast.unlink()
        server.start()  # a server that cannot write its log ends; the process manager would start it
        await stream_on(engine)
        await until(lambda: not query(engine, OPEN_GAPS) and whole(engine, exchange), "whole series")
    engine.dispose()


def fill(ballast: Path) -> None:
    """Take all the room there is."""
    with ballast.open("wb") as file:
        try:
            while True:
                file.write(bytes(1_000_000))
                file.flush()
        except OSError:
            return


def refuses(settings: Settings) -> bool:
    """Tell whether the database takes no more rows."""
    owner = create_engine(make_url(settings.owner_url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    try:
        with owner.begin() as connection:
            connection.exec_driver_sql(
                "CREATE TABLE IF NOT EXISTS ballast AS SELECT repeat('x', 100) FROM generate_series(1, 20000)"
            )
            connection.exec_driver_sql("DROP TABLE ballast")
    except OperationalError:
        return True
    return False
