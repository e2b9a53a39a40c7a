"""A whole desk for tests: every process real, the outside simulated, each part killed and started at will."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from sqlalchemy import Engine, text

from db.connect import engine_for
from functions.operations.demo import world, world_command
from functions.operations.desks import file_of
from functions.operations.supervise import Program, Supervisor
from functions.operations.up import parts, start_in_order
from functions.settings import CHECKOUT, ENV_FILE, Settings, use_only
from functions.technical.store import LOCK as SCAN_LOCK
from n8n.install import ensure_installed

# One client for all calls: to make one takes 60 ms, and conditions ask twenty times a second.
_http = httpx.Client(limits=httpx.Limits(max_keepalive_connections=0))


class Desk:
    """A running desk."""

    def __init__(self, settings: Settings, supervisor: Supervisor, engine: Engine) -> None:
        self.settings = settings
        self.supervisor = supervisor
        self.engine = engine
        self.bybit = settings.bybit_rest_url
        self.telegram = settings.telegram_api_url
        self.sources = settings.fear_greed_url.removesuffix("/fng")

    def kill(self, part: str) -> None:
        """End a part by SIGKILL; the process manager brings it back."""
        before = self.supervisor.pids()[part]
        os.kill(before, signal.SIGKILL)
        until(lambda: self.supervisor.pids().get(part, before) != before, f"{part} is started again", 30)

    def messages(self) -> list[dict[str, Any]]:
        """What Telegram has received."""
        return messages_at(self.telegram)

    def fault(self, where: str, kind: str, **fault: Any) -> None:
        """Make the exchange (`desk.bybit`), Telegram (`desk.telegram`) or `desk.sources` misbehave; see tests/sim/README.md."""
        _http.post(f"{where}/_sim/fault", json={"kind": kind, **fault}, timeout=5).raise_for_status()

    def clear(self) -> None:
        """End every fault."""
        for where in (self.bybit, self.telegram, self.sources):
            _http.post(f"{where}/_sim/clear", json={}, timeout=5).raise_for_status()

    def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        """Ask the database."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement), values)]

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Call an HTTP function."""
        headers = {"Authorization": f"Bearer {self.settings.functions_token.get_secret_value()}"}
        return _http.request(method, f"{self.settings.functions_address}{path}", headers=headers, timeout=30, **options)

    def functions_answer(self) -> bool:
        """Whether the functions and their database answer."""
        try:
            return self.call("GET", "/health/ready").is_success
        except httpx.TransportError:
            return False

    def say(self, text: str) -> int:
        """Write to the bot, as the trader; returns the number of the update."""
        body = {"chat_id": self.settings.telegram_chat_ids[0], "text": text}
        return int(_http.post(f"{self.telegram}/_sim/say", json=body, timeout=5).raise_for_status().json()["result"])

    def answers(self, update: int) -> list[dict[str, Any]]:
        """What came in answer to an update, once it is confirmed."""
        return self.told("key LIKE :key", key=f"reply:{update}:%")

    def told(self, alerts: str, **values: Any) -> list[dict[str, Any]]:
        """What came of the alerts that a condition names, once it is confirmed."""
        sent = f"SELECT message_id FROM delivery JOIN alert ON alert.id = alert_id WHERE {alerts} AND message_id IS NOT NULL"
        known = {row[0] for row in self.rows(sent, **values)}
        return [message for message in self.messages() if message["message_id"] in known]

    def hold_nothing_back(self) -> None:
        """Turn off the chat's budget and cooldown, as a trader would: every signal is sent."""
        for words in ("/settings cooldown off", "/settings budget 1000"):
            said = self.say(words)
            until(lambda said=said: self.answers(said), f"{words} is answered", 60)  # type: ignore[misc]

    @contextmanager
    def unheard_collector(self) -> Iterator[None]:
        """Let the collector call a webhook where nobody is: only the minute's schedule is left to notice a close."""
        file = file_of(self.settings.data_dir)
        before = file.read_text()
        try:
            file.write_text(f"{before}N8N_URL=http://127.0.0.1:1\n")
            self.restart("collector")
            yield
        finally:
            file.write_text(before)
            self.restart("collector")

    def restart(self, part: str) -> None:
        """Stop a part in order and start it again; it reads its settings anew."""
        self.supervisor.end(part)
        self.supervisor.begin(part)

    @contextmanager
    def held_scans(self) -> Iterator[Callable[[], int]]:
        """Keep each scan inside its transaction; yields what counts those that wait there or for their turn."""
        with self.engine.connect() as connection:
            connection.execute(text("LOCK TABLE processed_close IN SHARE MODE"))
            waiting = """SELECT count(*) FROM pg_locks WHERE NOT granted AND
                         (relation = 'processed_close'::regclass OR (locktype = 'advisory' AND objid = :scan))"""
            yield lambda: int(self.rows(waiting, scan=SCAN_LOCK)[0][0])

    def scans_asked(self) -> int:
        """How many requests for a scan are not answered yet."""
        (asked,) = re.findall(r"^quorum_scans_asked (\S+)$", self.call("GET", "/metrics").text, re.MULTILINE)
        return int(float(asked))

    def closes(self) -> httpx.Response:
        """Fire the webhook that the collector fires."""
        headers = {"X-Quorum-Token": self.settings.n8n_webhook_token.get_secret_value()}
        return _http.post(f"{self.settings.n8n_address}/webhook/candles-closed", json={}, headers=headers, timeout=30)


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


@contextmanager
def outside(settings: Settings) -> Iterator[None]:
    """Run the simulated outside of a desk whose settings `world` made, as a process that is no part of the desk."""
    process = subprocess.Popen(world_command(settings), cwd=CHECKOUT, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        wait_for_end(process)


@contextmanager
def running_command(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """Run `quorum up` as a person does, from the moment it says that it runs; Ctrl-C ends it."""
    use_only(Path(os.devnull))  # what this process was started with
    own = {ENV_FILE: str(file_of(settings.data_dir)), "PYTHONPATH": str(CHECKOUT), "PYTHONUNBUFFERED": "1"}
    said = settings.data_dir / "said"
    with said.open("wb") as output:
        command = [sys.executable, "-m", "functions.cli", "up"]
        process = subprocess.Popen(command, cwd=settings.data_dir, env={**os.environ, **own}, stdout=output, stderr=output)
    try:
        until(lambda: "Quorum runs" in said.read_text() or process.poll() is not None, "it runs", 300)
        if process.poll() is not None:
            raise RuntimeError(said.read_text())
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        wait_for_end(process)


def messages_at(telegram: str) -> list[dict[str, Any]]:
    """What a simulated Telegram has received."""
    return list(_http.get(f"{telegram}/_sim/messages", timeout=30).raise_for_status().json())


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
