"""Start everything in order, say how it is, keep it running, stop it in order."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType

import httpx
from rich.console import Console
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from db.migrate import migrate
from functions.errors import Broken, RetryLater
from functions.operations import page, preflight
from functions.operations.supervise import Program, Supervisor
from functions.settings import Settings
from n8n.deploy import deploy, wait_ready
from n8n.install import ensure_installed


class Stopped(Exception):
    """A signal asked this process to end."""


def parts(settings: Settings) -> list[Program]:
    """Return the processes of one desk, in the order in which they start."""
    programs = [
        Program("functions", _quorum("run", "functions"), 20),
        Program("n8n", _quorum("run", "n8n"), 30, stop_seconds=30),
        Program("collector", _quorum("run", "collector"), 40),
    ]
    if settings.embedded:
        programs.insert(0, Program("postgres", _quorum("run", "postgres"), 10, stop_signal="INT", stop_seconds=30))
    return programs


def up(
    settings: Settings,
    console: Console,
    *,
    beside: Sequence[Program] = (),
    environment: Mapping[str, str] | None = None,
    watch: Callable[[], None] | None = None,
) -> None:
    """Run the desk until a signal asks it to end.

    Args:
        settings: of this desk.
        console: where the steps and the status page go.
        beside: processes of the surroundings, started first and stopped last (the simulated world of the demo).
        environment: more variables for every process.
        watch: called about once a second while everything runs.

    Raises:
        QuorumError: something needed is missing or does not start; nothing is left running.
    """
    started = time.monotonic()
    preflight.writable(settings.data_dir)
    with preflight.hold_desk(settings.data_dir), _signals_raise():
        supervisor = Supervisor(settings.data_dir)
        if supervisor.end_leftovers():
            console.print("[yellow]ended what an earlier start had left running[/]")
        preflight.check(settings)
        ensure_installed(lambda line: console.print(f"[dim]{line}[/]"))
        programs = [*beside, *parts(settings)]
        manager = supervisor.start(programs, {"LOG_FORMAT": "json", "PYTHONUNBUFFERED": "1", **(environment or {})})
        try:
            start_in_order(settings, supervisor, console, beside)
            console.print(f"[green]Quorum runs[/] after {time.monotonic() - started:.0f} s. Ctrl-C stops it.\n")
            console.print(page.render(settings, supervisor))
            _stay(manager, watch)
        except (KeyboardInterrupt, Stopped):
            console.print("\nstopping …")
        finally:
            supervisor.stop()
            console.print("stopped")


def start_in_order(settings: Settings, supervisor: Supervisor, console: Console, beside: Sequence[Program]) -> None:
    """Start every process of a fresh process manager, each when what it needs answers.

    Raises:
        RetryLater: a process does not stay up; the sentence has the last line of its log.
    """
    for program in beside:
        supervisor.begin(program.name)
    if settings.embedded:
        with _step(console, "Postgres"):
            supervisor.begin("postgres")
            _wait(supervisor, "postgres", lambda: _database_answers(settings), 60)
    with _step(console, "database"):
        migrate(settings.owner_url, settings.passwords)
    supervisor.begin("n8n")  # the slowest to start: the others come up meanwhile
    with _step(console, "functions"):
        supervisor.begin("functions")
        _wait(supervisor, "functions", lambda: _answers(f"{settings.functions_address}/health/ready"), 180)
    with _step(console, "collector"):
        supervisor.begin("collector")
        _wait(supervisor, "collector", lambda: _answers(f"http://127.0.0.1:{settings.collector_port}/health"), 180)
    with _step(console, "n8n"):
        _wait(supervisor, "n8n", lambda: _answers(f"{settings.n8n_address}/healthz/readiness"), 180)
        wait_ready(settings, timeout=60)
    with _step(console, "workflows"):
        deploy(settings)


def _stay(manager: subprocess.Popen[bytes], watch: Callable[[], None] | None) -> None:
    while manager.poll() is None:
        if watch:
            watch()
        time.sleep(0.5)
    raise Broken("no_process_manager", "the process manager ended; start again")


def _wait(supervisor: Supervisor, name: str, ready: Callable[[], bool], seconds: float) -> None:
    """Wait until `ready`; fail at once, with the last line of its log, when the process cannot stay up."""
    deadline = time.monotonic() + seconds
    failures = 0
    while time.monotonic() < deadline:
        if ready():
            return
        failures += (supervisor.states() or {}).get(name) in ("BACKOFF", "FATAL")
        if failures > 20:  # several seconds of dying again and again
            break
        time.sleep(0.1)
    log = supervisor.log_dir / f"{name}.log"
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    raise RetryLater("no_start", f"{name} does not start: {lines[-1] if lines else 'it says nothing'} (all of it: {log})")


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.TransportError:
        return False


def _database_answers(settings: Settings) -> bool:
    url = make_url(settings.owner_url).set(drivername="postgresql+psycopg", database="postgres")
    try:
        with create_engine(url, poolclass=NullPool).connect():
            return True
    except OperationalError:
        return False


@contextmanager
def _step(console: Console, name: str) -> Iterator[None]:
    started = time.monotonic()
    with console.status(f"starting {name} …"):
        yield
    console.print(f"[green]✓[/] {name} [dim]{time.monotonic() - started:.1f} s[/]")


@contextmanager
def _signals_raise() -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Stopped

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _quorum(*words: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "functions.cli", *words)
