"""Start every part in order, show the status page, keep the parts running, stop them in order."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from types import FrameType

import httpx
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from db.migrate import migrate
from functions.errors import Broken, RetryLater
from functions.operations import page
from functions.operations.checks import preflight
from functions.operations.run import COLLECTOR, functions_command
from functions.operations.supervise import Program, Supervisor
from functions.operations.terminal.events import Events
from functions.operations.terminal.live_line import LiveLine
from functions.operations.terminal.waiting import Waiting
from functions.outgoing.proxies import OURS
from functions.settings import Settings
from functions.shown import command
from n8n.deploy import deploy
from n8n.install import ensure_installed

DEATHS = 3  # of one process while a start waits; more is no accident


class Stopped(Exception):
    """A signal asked this process to end."""


def parts(settings: Settings) -> list[Program]:
    """Return the processes of one desk, in the order in which they start."""
    programs = [
        Program("functions", functions_command(settings), 20),
        Program("n8n", _quorum("run", "n8n"), 30, stop_seconds=30),
        Program("collector", COLLECTOR, 40),
    ]
    if settings.embedded:
        programs.insert(0, Program("postgres", _quorum("run", "postgres"), 10, stop_signal="INT", stop_seconds=30))
    return programs


def up(
    settings: Settings,
    console: Console,
    *,
    beside: Sequence[Program] = (),
    watch: Callable[[], None] | None = None,
) -> None:
    """Run the desk until a signal asks it to end.

    Args:
        settings: of this desk.
        console: where the steps and the status page go.
        beside: processes of the surroundings, started first and stopped last (the simulated world of the demo).
        watch: called about once a second while everything runs.

    Raises:
        QuorumError: something needed is missing or does not start; nothing is left running.
    """
    preflight.writable(settings.data_dir)
    supervisor = Supervisor(settings.data_dir)
    with preflight.hold_desk(settings.data_dir), _Signals() as signals:
        try:
            _run(settings, supervisor, console, beside, watch)
        except Stopped:
            console.print("\nstopping …")
        finally:
            signals.ignore()
            supervisor.stop()
        console.print("stopped")


def _run(
    settings: Settings, supervisor: Supervisor, console: Console, beside: Sequence[Program], watch: Callable[[], None] | None
) -> None:
    started = time.monotonic()
    if supervisor.end_leftovers():
        console.print("[yellow]ended what an earlier start had left running[/]")
    preflight.check(settings)
    with Waiting(console) as waiting:
        ensure_installed(waiting.tell)
    manager = supervisor.start([*beside, *parts(settings)], {"LOG_FORMAT": "json", "PYTHONUNBUFFERED": "1"})
    start_in_order(settings, supervisor, console, beside)
    _ask_for_missed_closes(settings)
    console.print(f"[green]Quorum runs[/] after {time.monotonic() - started:.0f} s. Ctrl-C stops it.\n")
    console.print(page.render(settings, supervisor))
    _fill_menu(settings)
    console.print(f"[dim]What happens is told here; everything: {command('logs --follow')}[/]")
    with _watchdog(settings, console):
        _stay(manager, supervisor, console, watch, LiveLine(settings))


@contextmanager
def _watchdog(settings: Settings, console: Console) -> Iterator[None]:
    """Watch the parts from here, which is outside of all of them."""
    from functions.watchdog.run.watch import Watchdog

    def tell(words: str) -> None:
        console.print(f"[dim]{datetime.now():%H:%M:%S}[/] [yellow]watchdog: {escape(words)}[/]")  # noqa: DTZ005 - as in `_stay`

    stop = threading.Event()
    thread = threading.Thread(target=Watchdog(settings, tell).run, args=(stop,), daemon=True, name="watchdog")
    thread.start()
    try:
        yield
    finally:
        stop.set()


def start_in_order(settings: Settings, supervisor: Supervisor, console: Console, beside: Sequence[Program]) -> None:
    """Start every process of a fresh process manager, each when what it needs answers.

    Raises:
        RetryLater: a process does not stay up; the sentence has the last line of its log.
    """
    patience = Patience(supervisor)
    wait, answers = patience.wait, patience.answers
    for program in beside:
        supervisor.begin(program.name)
    if settings.embedded:
        with _step(console, "Postgres"):
            supervisor.begin("postgres")
            wait("postgres", lambda: database_is_up(settings), 60)
    with _step(console, "database"):
        migrate(settings.owner_url, settings.passwords)
    for name in ("n8n", "functions", "collector"):  # the slowest first; each needs the database alone to come up
        supervisor.begin(name)
    with _step(console, "functions"):
        wait("functions", lambda: answers(f"{settings.functions_address}/health/ready"), 180)
    with _step(console, "collector"):
        wait("collector", lambda: answers(f"http://127.0.0.1:{settings.collector_port}/health"), 180)
    with _step(console, "n8n"):
        wait("n8n", lambda: answers(f"{settings.n8n_address}/healthz/readiness"), 180)
    with _step(console, "workflows"):
        deploy(settings)


def _ask_for_missed_closes(settings: Settings) -> None:
    """Let n8n scan now for closes it has missed; without this its schedule does so within a minute."""
    headers = {"X-Quorum-Token": settings.n8n_webhook_token.get_secret_value()}
    with suppress(httpx.HTTPError):
        httpx.post(f"{settings.n8n_address}/webhook/candles-closed", json={}, headers=headers, timeout=5, **OURS)


def _fill_menu(settings: Settings) -> None:
    """Give Telegram the commands when all runs: neither a slow Telegram nor the texts' imports delay a start."""
    from functions.operations.menu import write_menu

    write_menu(settings)


def _stay(
    manager: subprocess.Popen[bytes],
    supervisor: Supervisor,
    console: Console,
    watch: Callable[[], None] | None,
    live: LiveLine,
) -> None:
    events = Events(supervisor.log_dir)
    with console.status("") as shown:
        while manager.poll() is None:
            if watch:
                watch()
            with suppress(Broken):  # the process manager is ending
                for words in events.news(supervisor.starts()):
                    console.print(f"[dim]{datetime.now():%H:%M:%S}[/] {escape(words)}")  # noqa: DTZ005 - the person's own clock
            if console.is_terminal:
                shown.update(live.text())
            time.sleep(0.5)
    raise Broken("no_process_manager", "the process manager ended; start again")


class Patience:
    """Waits for processes, and sees which of them die again and again meanwhile, however long each life lasts."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._starts: dict[str, set[int]] = {}
        # One for all questions: to make one takes 60 ms of the processor that everything else is starting on.
        self._client = httpx.Client(timeout=2, limits=httpx.Limits(max_keepalive_connections=0), **OURS)

    def answers(self, url: str) -> bool:
        """Tell whether somebody answers there, and well."""
        try:
            return self._client.get(url).is_success
        except httpx.TransportError:
            return False

    def wait(self, name: str, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until `ready`.

        Raises:
            RetryLater: `name` is not after `seconds`, or any process has died three times; with the last line of its log.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            failed = self._restless() or (name if time.monotonic() > deadline else "")
            if failed:
                raise RetryLater("no_start", f"{failed} does not start: {self._last_words(failed)}")
            time.sleep(0.1)

    def _restless(self) -> str:
        """Return a process that was started four times or more, if there is one."""
        for name, start in self._supervisor.starts().items():
            self._starts.setdefault(name, set()).add(start)
        return next((name for name, starts in self._starts.items() if len(starts - {0}) > DEATHS), "")

    def _last_words(self, name: str) -> str:
        log = self._supervisor.log_dir / f"{name}.log"
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        words = [sentence for line in lines if (sentence := line.strip(" |+-"))]  # a group of exceptions is drawn as a tree
        return f"{words[-1] if words else 'it says nothing'} (all of it: {log})"


def database_is_up(settings: Settings) -> bool:
    """Tell whether the database answers."""
    try:
        preflight.database_answers(settings)
    except RetryLater:
        return False
    return True


@contextmanager
def _step(console: Console, name: str) -> Iterator[None]:
    started = time.monotonic()
    columns = (SpinnerColumn(), TextColumn("starting {task.description} …"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        progress.add_task(name)
        yield
    console.print(f"[green]✓[/] {name} [dim]{time.monotonic() - started:.1f} s[/]")


class _Signals:
    """Raises Stopped at the first signal that asks to end; those after it change nothing any more."""

    def __enter__(self) -> "_Signals":
        self._before = {number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        return self

    def __exit__(self, *_error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def ignore(self) -> None:
        """Let no signal interrupt what follows."""
        for number in self._before:
            signal.signal(number, signal.SIG_IGN)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.ignore()
        raise Stopped


def _quorum(*words: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "functions.cli", *words)
