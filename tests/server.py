"""Postgres servers for tests, and where they may lie."""

import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from db.embedded import BINARIES, Server, run_as


@contextmanager
def passable_folder() -> Iterator[Path]:
    """A folder for a Postgres: not under pytest's, which every other run of pytest closes to the account Postgres runs as."""
    folder = Path(tempfile.mkdtemp(prefix="quorum-test-"))
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
