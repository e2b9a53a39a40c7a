"""What the benches of market data stand on: a Postgres of their own, and the simulated exchange as a process of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg

from db import embedded
from db.migrate import migrate
from db.roles import RolePasswords
from functions.settings import Settings
from tests.conftest import PASSWORD, make_settings


def say(line: str) -> None:
    """Print progress."""
    print(line, file=sys.stderr, flush=True)


@contextmanager
def postgres() -> Iterator[str]:
    """Run a migrated server with the product's own settings, fsync on; yields the owner's address."""
    folder = Path(tempfile.mkdtemp(prefix="quorum-bench-"))
    server = embedded.prepare(folder / "cluster")
    process = subprocess.Popen(server.command(), cwd="/", stderr=subprocess.DEVNULL, **embedded.run_as(server.system_user))
    try:
        _wait(server.url.replace(f"/{embedded.DATABASE}?", "/postgres?"))
        migrate(server.url, RolePasswords(PASSWORD, PASSWORD, PASSWORD, PASSWORD))
        yield server.url
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        shutil.rmtree(folder)


def _wait(url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


@contextmanager
def exchange(*options: str, core: int | None = None) -> Iterator[dict[str, Any]]:
    """Run the simulated exchange, on one core if it is named; yields its ready line."""
    command = [sys.executable, "-m", "tests.sim", "--data", "none", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    if core is not None:
        os.sched_setaffinity(process.pid, {core})
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


def settings_for(url: str, world: dict[str, Any], **changes: object) -> Settings:
    """Return settings on the bench's server and exchange."""
    places = {"bybit_rest_url": world["bybit_rest_url"], "bybit_ws_url": world["bybit_ws_url"]}
    return make_settings(database_url=url, market_clock=world["market_clock"], **places, **changes)


def order(world: dict[str, Any], path: str, **body: object) -> Any:
    """Ask something of the simulated exchange: a POST with a body, a GET without."""
    address = f"{world['bybit_rest_url']}/_sim/{path}"
    answer = httpx.post(address, json=body, timeout=30) if body else httpx.get(address, timeout=60)
    return answer.raise_for_status().json()


def rss_mb() -> float:
    """Return this process's resident memory."""
    return round(float(psutil.Process().memory_info().rss) / 2**20, 1)


def load() -> float:
    """Return how many processes want the machine's cores: above their number, figures say little."""
    return round(os.getloadavg()[0], 1)
