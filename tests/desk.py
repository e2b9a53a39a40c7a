"""A whole desk for tests: every process real, the outside simulated, each part killed and started at will."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from sqlalchemy import Engine, text

from db.connect import engine_for
from functions.operations.demo import file_of, world, world_command
from functions.operations.supervise import Program, Supervisor
from functions.operations.up import parts, start_in_order
from functions.settings import CHECKOUT, ENV_FILE, Settings, use_only
from n8n.install import ensure_installed


class Desk:
    """A running desk."""

    def __init__(self, settings: Settings, supervisor: Supervisor, engine: Engine) -> None:
        self.settings = settings
        self.supervisor = supervisor
        self.engine = engine
        self.bybit = settings.bybit_rest_url
        self.telegram = settings.telegram_api_url

    def kill(self, part: str) -> None:
        """End a part by SIGKILL; the process manager brings it back."""
        before = self.supervisor.pids()[part]
        os.kill(before, signal.SIGKILL)
        until(lambda: self.supervisor.pids().get(part, before) != before, f"{part} is started again", 30)

    def messages(self) -> list[dict[str, Any]]:
        """What Telegram has received."""
        return list(httpx.get(f"{self.telegram}/_sim/messages", timeout=5).raise_for_status().json())

    def fault(self, where: str, kind: str, **fault: Any) -> None:
        """Make the exchange (`desk.bybit`) or Telegram (`desk.telegram`) misbehave; see tests/sim/README.md."""
        httpx.post(f"{where}/_sim/fault", json={"kind": kind, **fault}, timeout=5).raise_for_status()

    def clear(self) -> None:
        """End every fault."""
        for where in (self.bybit, self.telegram):
            httpx.post(f"{where}/_sim/clear", json={}, timeout=5).raise_for_status()

    def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        """Ask the database."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement), values)]

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Call an HTTP function."""
        headers = {"Authorization": f"Bearer {self.settings.functions_token.get_secret_value()}"}
        return httpx.request(method, f"{self.settings.functions_address}{path}", headers=headers, timeout=30, **options)

    def functions_answer(self) -> bool:
        """Whether the functions and their database answer."""
        try:
            return self.call("GET", "/health/ready").is_success
        except httpx.TransportError:
            return False

    def say(self, text: str) -> None:
        """Write to the bot, as the trader."""
        body = {"chat_id": self.settings.telegram_chat_ids[0], "text": text}
        httpx.post(f"{self.telegram}/_sim/say", json=body, timeout=5).raise_for_status()

    def closes(self) -> httpx.Response:
        """Fire the webhook that the collector fires."""
        headers = {"X-Quorum-Token": self.settings.n8n_webhook_token.get_secret_value()}
        return httpx.post(f"{self.settings.n8n_address}/webhook/candles-closed", json={}, headers=headers, timeout=30)


@contextmanager
def running_desk(folder: Path, *, data: str = "none", **world_options: Any) -> Iterator[Desk]:
    """Start a desk in `folder` and stop it in order.

    Args:
        folder: is there and open to the account that runs Postgres, as `passable_folder` makes it.
        data: where the exchange's candles come from, see `world_command`.
        world_options: of `world`.
    """
    settings = world(folder, **world_options)
    supervisor = Supervisor(settings.data_dir)
    beside = [Program("world", world_command(settings, data), 5)]
    ensure_installed(print)
    use_only(Path(os.devnull))  # what this process was started with
    own = {ENV_FILE: str(file_of(folder)), "LOG_FORMAT": "json", "PYTHONPATH": str(CHECKOUT)}
    manager = supervisor.start([*beside, *parts(settings)], own)
    engine = engine_for(settings.owner_url, application="test")
    try:
        start_in_order(settings, supervisor, Console(quiet=True), beside)
        yield Desk(settings, supervisor, engine)
    finally:
        engine.dispose()
        supervisor.stop()
        wait_for_end(manager)


def until(condition: Callable[[], object], what: str, seconds: float) -> None:
    """Wait for a condition; fail with its words when it does not come."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} s in vain until {what}")
        time.sleep(0.05)


def wait_for_end(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process that was asked to end."""
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)
