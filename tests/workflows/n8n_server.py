"""A real n8n for tests: started, killed and started again at will, on a database of its own."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from functions.settings import Settings
from n8n.environment import environment
from n8n.install import ensure_installed
from n8n.rest import wait_ready

START_SECONDS = 180  # 8 on an idle machine


class N8nServer:
    """One n8n process; its log is a file, so that nothing is lost and nothing blocks."""

    def __init__(self, settings: Settings, folder: Path, changes: Mapping[str, str] | None = None) -> None:
        self.settings = settings
        self._changes = changes or {}
        self.log = folder / "n8n.log"
        self._command = ensure_installed(print).command("start")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start n8n and wait until it is ready."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdout=log,
                stderr=log,
                env={"PATH": os.environ["PATH"], "HOME": str(self.log.parent), **environment(self.settings), **self._changes},
                start_new_session=True,
            )
        wait_ready(self.settings, START_SECONDS)

    @property
    def pid(self) -> int:
        """The process of the running n8n."""
        if self._process is None:
            raise RuntimeError("n8n does not run")
        return self._process.pid

    def kill(self) -> None:
        """End n8n by SIGKILL, as a crash would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask n8n to end and wait for it."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        process.send_signal(number)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


@contextmanager
def start_n8n(settings: Settings, folder: Path) -> Iterator[N8nServer]:
    """Run n8n for the length of a `with` block; `folder` gets its log."""
    server = N8nServer(settings, folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()  # its database goes with it, and waiting for its runs would be for nothing


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
