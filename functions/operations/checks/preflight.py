"""Checks before a start, so that a start that cannot work fails at once, in one line, with nothing half-started."""

import fcntl
import os
import shutil
import socket
from pathlib import Path
from typing import IO

from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from db import embedded
from db.away import AWAY, reason_of
from functions.errors import Conflict, InputRejected, RetryLater
from functions.logs.database import database_words
from functions.outgoing.proxies import check as check_proxies
from functions.settings import Settings
from functions.shown import command
from n8n.environment import BROKER_OFFSET, broker_port

NEEDED_BYTES = 500_000_000  # a fresh cluster takes 40 MB, n8n's tables 20 MB; a day of 50 symbols about 10 MB


def check(settings: Settings) -> None:
    """Check the proxies, the folder, the disk, the ports, and a database that is not ours to start.

    Raises:
        InputRejected: a proxy cannot be used, the data folder cannot be written, or two parts are given one port.
        RetryLater: the disk is nearly full, or the database does not answer.
        Conflict: a port is taken.
    """
    check_proxies((settings.bybit_rest_url, settings.bybit_ws_url, settings.telegram_api_url))
    writable(settings.data_dir)
    enough_disk(settings.data_dir)
    ports = {
        "FUNCTIONS_PORT": settings.functions_port,
        "COLLECTOR_PORT": settings.collector_port,
        "N8N_PORT": settings.n8n_port,
        f"N8N_PORT (its task broker is {BROKER_OFFSET} away)": broker_port(settings.n8n_port),
    }
    for name, port in ports.items():
        same = [other for other, number in ports.items() if number == port]
        if len(same) > 1:
            raise InputRejected("wrong_setting", f"{' and '.join(same)} are both {port}; give each part a port of its own")
        free_port(name, port)
    if settings.embedded:
        own_cluster(settings.postgres_dir)
    else:
        database_answers(settings)


def own_cluster(folder: Path) -> None:
    """Make sure that the folder of the embedded Postgres holds nothing else.

    Raises:
        InputRejected: it does; nothing in it is touched.
    """
    try:
        embedded.refuse_strange_files(folder)
    except embedded.StrangeFolder as error:
        raise InputRejected("data_dir", str(error)) from error


def writable(folder: Path) -> None:
    """Make sure that `folder` is there and can be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise InputRejected("data_dir", f"DATA_DIR {folder} cannot be written: {error.strerror}") from error


def enough_disk(folder: Path, needed: int = NEEDED_BYTES) -> None:
    """Make sure that there is room for a start."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise RetryLater("disk_full", f"{folder} has {free // 1_000_000} MB free, {needed // 1_000_000} MB are needed")


def free_port(name: str, port: int) -> None:
    """Make sure that nobody listens on `port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Conflict("port_taken", f"port {port} is taken; end what listens there or set {name} in .env") from error


def database_answers(settings: Settings) -> None:
    """Make sure that the database's server lets the owner in.

    Raises:
        RetryLater: it does not; its own words are in the detail.
    """
    server = make_url(settings.owner_url).set(drivername="postgresql+psycopg", database="postgres")
    try:
        create_engine(server, poolclass=NullPool, connect_args={"connect_timeout": 5}).connect().close()
    except OperationalError as error:
        raise database_away(error) from error


def database_away(error: DBAPIError) -> RetryLater:
    """Return the error of a database that refuses or does not answer, in one line."""
    reason = reason_of(error) or AWAY
    if reason.code == AWAY.code:
        return RetryLater(AWAY.code, f"the database does not answer: {' '.join(str(error.orig).split())}")
    return RetryLater(reason.code, database_words(error))


def hold_desk(data_dir: Path) -> IO[str]:
    """Take the data folder for this process; it is free again when the process ends, however it ends.

    Raises:
        Conflict: another start holds it.
    """
    (data_dir / "run").mkdir(parents=True, exist_ok=True)
    lock = (data_dir / "run" / "up.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        with lock:
            lock.seek(0)
            holder = lock.read().strip()
        raise Conflict("already_running", f"Quorum already runs here (pid {holder}); see {command('status')}") from error
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock
