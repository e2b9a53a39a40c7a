"""Postgres servers for tests, and where they may lie."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from db.embedded import BINARIES, Server, run_as

MEMORY = Path("/dev/shm")
MEMORY_BYTES = 4 * 1024**3


@contextmanager
def passable_folder(*, in_memory: bool = False) -> Iterator[Path]:
    """A folder for a Postgres: not under pytest's, which every other run of pytest closes to the account Postgres runs as.

    In memory where there is room: to make and drop a database a test is four times as fast there, and never waits for a disk.
    """
    roomy = in_memory and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > MEMORY_BYTES
    folder = Path(tempfile.mkdtemp(prefix="quorum-test-", dir=MEMORY if roomy else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def running_server(server: Server) -> Iterator[str]:
    """Run it; yields the owner's address of a database that is not there yet."""
    log = server.folder.parent / "postgres.log"
    with log.open("w") as output:
        process = subprocess.Popen(server.command(durable=False), cwd="/", stderr=output, **run_as(server.system_user))
    try:
        deadline = time.monotonic() + 30
        ready = [str(BINARIES / "pg_isready"), "--quiet", "--host", str(server.sockets)]
        while subprocess.run(ready, check=False).returncode:
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError(f"Postgres did not start: {log.read_text()[-2000:]}")
            time.sleep(0.05)
        yield server.url
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def owner_engine(url: str) -> Engine:
    """The owner's connections to the server itself, outside of any transaction."""
    owner = make_url(url).set(drivername="postgresql+psycopg", database="postgres")
    return create_engine(owner, poolclass=NullPool, isolation_level="AUTOCOMMIT")


def refuse_a_desk(url: str) -> None:
    """Raise when a desk runs on the server: tests set the passwords of its roles, which all databases of a server share."""
    with owner_engine(url).connect() as connection:
        busy = connection.scalars(
            text("""SELECT DISTINCT datname FROM pg_stat_activity
                    WHERE usename IN ('functions', 'collector', 'dashboard', 'n8n') AND datname !~ '^(test|template)_'""")
        ).all()
    if busy:
        raise RuntimeError(f"expected a server for tests alone, and a desk runs on its database {busy[0]}")


def copy_database(connection: Connection, template: str, name: str) -> None:
    """Make a database like another one, which TimescaleDB's scheduler may have been connected to."""
    deadline = time.monotonic() + 30
    while True:
        try:
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"), {"name": template}
            )
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"))
        except OperationalError:
            if time.monotonic() > deadline:
                raise
        else:
            return


def drop(url: str, name: str) -> None:
    """Drop a database, whoever is connected to it."""
    with owner_engine(url).connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
