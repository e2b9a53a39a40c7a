"""Become one part: compose and a person start each through here, the process manager those that need more than a command."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Literal, NoReturn

from functions.errors import InputRejected
from functions.logs import configure_logs, get_logger
from functions.settings import Settings

PartName = Literal["postgres", "functions", "collector", "n8n", "watchdog"]
COLLECTOR = (sys.executable, "-m", "functions.collector")


def run(part: PartName, settings: Settings) -> NoReturn:
    """Become the part. All but the watchdog replace this process, so that signals and exit codes are the part's own."""
    _PARTS[part](settings)
    raise AssertionError("exec does not return")


def _postgres(settings: Settings) -> None:
    from db import embedded

    if not settings.embedded:
        raise InputRejected("not_embedded", "DATABASE_URL is set: that server is run by somebody else")
    try:
        server = embedded.prepare(settings.postgres_dir)
    except embedded.StrangeFolder as error:
        raise InputRejected("data_dir", str(error)) from error
    command = server.command(durable=settings.postgres_durable)
    if server.system_user:
        embedded.drop_privileges(server.system_user)
    os.chdir("/")
    os.execv(command[0], command)


def functions_command(settings: Settings) -> tuple[str, ...]:
    """Return the command of the HTTP functions."""
    arguments = ("-m", "uvicorn", "functions.app:create_app", "--factory", "--no-access-log", "--log-level", "warning")
    address = ("--host", settings.functions_host, "--port", str(settings.functions_port), "--timeout-graceful-shutdown", "10")
    return (sys.executable, *arguments, *address)


def _functions(settings: Settings) -> None:
    # In a container nothing compiled is kept; a process that ends does it, for one that compiles holds 40 MB more until its end.
    subprocess.run([sys.executable, "-m", "functions.warm"], check=False)
    command = functions_command(settings)
    os.execv(command[0], command)


def _collector(_settings: Settings) -> None:
    os.execv(COLLECTOR[0], COLLECTOR)


def _n8n(settings: Settings) -> None:
    from n8n.environment import environment
    from n8n.install import ensure_installed

    command = ensure_installed(get_logger("n8n").info).command("start")
    variables = environment(settings)
    own = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    variables |= {name: ",".join(filter(None, (variables[name], own))) for name in ("NO_PROXY", "no_proxy")}
    os.execve(command[0], command, {**os.environ, **variables})


def _watchdog(settings: Settings) -> None:
    from functions.watchdog.run.watch import Watchdog

    configure_logs(settings.log_format, settings.log_level, settings.secrets)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_of_signal: stop.set())
    Watchdog(settings).run(stop)
    sys.exit(0)


_PARTS: dict[PartName, Callable[[Settings], None]] = {
    "postgres": _postgres,
    "functions": _functions,
    "collector": _collector,
    "n8n": _n8n,
    "watchdog": _watchdog,
}
