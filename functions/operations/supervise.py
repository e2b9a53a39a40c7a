"""A client of the process manager: supervisor restarts processes that die and stops all in order."""

import hashlib
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

import psutil
from supervisor.xmlrpc import SupervisorTransport

from functions.errors import Broken

MARK = "QUORUM_DESK"  # each of our processes carries it with its data folder, so that leftovers are known as ours
# glibc gives each thread a heap of its own and keeps what they free: of forty threads that is tens of MB a process.
LEAN = {"MALLOC_ARENA_MAX": "2"}
_SOCKET_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Program:
    """One process: its command, when it starts and stops, and how it is asked to stop.

    Args:
        name: also the name of its log file.
        command: run from the current folder with the environment of the process manager.
        order: lower starts earlier and stops later.
        stop_signal: asks it to end; after `stop_seconds` it is killed.
    """

    name: str
    command: tuple[str, ...]
    order: int
    stop_signal: str = "TERM"
    stop_seconds: int = 20


class Supervisor:
    """The process manager of one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.resolve()
        self.run_dir = self.data_dir / "run"
        self.log_dir = self.data_dir / "logs"
        self.socket = self._socket()

    def start(self, programs: Iterable[Program], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Start the process manager with every program known and none running.

        Raises:
            Broken: it does not answer within 10 s; its log says why.
        """
        for folder in (self.run_dir, self.log_dir, self.socket.parent):
            folder.mkdir(parents=True, exist_ok=True)
        configuration = self.run_dir / "supervisor.conf"
        configuration.write_text(self.configuration(programs))
        process = None
        try:
            process = self._launch(configuration, environment)
            self._wait_for_answer(process)
        except BaseException:
            self.end_leftovers()  # by its mark: an interrupt may come before we have been told of the process
            if process:
                process.wait()
            raise
        return process

    def _launch(self, configuration: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        with (self.log_dir / "supervisor.out").open("wb") as output:  # its words before it has a log
            return subprocess.Popen(
                [sys.executable, "-m", "supervisor.supervisord", "--nodaemon", "--silent", "-c", str(configuration)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C reaches us alone: we stop the others in order
                env={**os.environ, **LEAN, **environment, MARK: str(self.data_dir)},
            )

    def _wait_for_answer(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + 10
        while self.states() is None:
            if time.monotonic() > deadline or process.poll() is not None:
                raise Broken("no_process_manager", f"the process manager did not start; see {self.log_dir / 'supervisor.out'}")
            time.sleep(0.05)

    def configuration(self, programs: Iterable[Program]) -> str:
        """Return supervisor's configuration."""
        head = f"""[unix_http_server]
file={self.socket}
chmod=0700
[supervisord]
logfile={self.log_dir / "supervisor.log"}
pidfile={self.run_dir / "supervisor.pid"}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""
        return head.replace("%", "%%") + "".join(self._section(program) for program in programs)

    def _section(self, program: Program) -> str:
        log = str(self.log_dir / f"{program.name}.log").replace("%", "%%")  # supervisor expands this one twice
        text = f"""[program:{program.name}]
command={shlex.join(program.command)}
priority={program.order}
autostart=false
autorestart=true
startsecs=1
startretries=100000
stopsignal={program.stop_signal}
stopwaitsecs={program.stop_seconds}
stopasgroup={"false" if program.stop_signal == "INT" else "true"}
killasgroup=true
redirect_stderr=true
stdout_logfile={log}
stdout_logfile_maxbytes=20MB
stdout_logfile_backups=3
"""
        return text.replace("%", "%%")

    def begin(self, name: str) -> None:
        """Start one program."""
        try:
            with self._proxy as proxy:
                proxy.supervisor.startProcess(name, False)
        except Fault as fault:
            if "ALREADY_STARTED" not in fault.faultString:
                raise Broken("no_start", f"{name} does not start: {fault.faultString}; see {self.log_dir / name}.log") from fault

    def end(self, name: str) -> None:
        """Stop one program and wait for its end; it stays stopped until `begin`. One that does not run is left alone."""
        try:
            with self._proxy as proxy:
                proxy.supervisor.stopProcess(name, True)
        except Fault as fault:
            if "NOT_RUNNING" not in fault.faultString:
                raise

    def states(self) -> dict[str, str] | None:
        """Return each program's state (RUNNING, STARTING, BACKOFF, FATAL, ...); None when there is no process manager."""
        try:
            return {row["name"]: row["statename"] for row in self._programs()}
        except Broken:
            return None

    def pids(self) -> dict[str, int]:
        """Return the process id of each running program."""
        return {row["name"]: row["pid"] for row in self._programs() if row["pid"]}

    def starts(self) -> dict[str, int]:
        """Return when each program was last started, in seconds since the epoch; 0 for one that never was."""
        return {row["name"]: row["start"] for row in self._programs()}

    def _programs(self) -> list[dict[str, Any]]:
        try:
            with self._proxy as proxy:
                process_infos: Any = proxy.supervisor.getAllProcessInfo()
        except (OSError, Fault, HTTPException) as error:
            raise Broken("no_process_manager", f"the process manager does not answer; see {self.log_dir}") from error
        return list(process_infos)

    def stop(self) -> None:
        """Stop every program in reverse order, then the process manager; whatever is left after that is killed."""
        with suppress(OSError, Fault, HTTPException), self._proxy as proxy:
            proxy.supervisor.shutdown()
        self.end_leftovers(grace=60)

    def end_leftovers(self, grace: float = 10) -> int:
        """End every process of this data folder that still runs, by its own pid; returns how many there were."""
        own_processes = [process for process in psutil.process_iter() if self._is_ours(process)]
        managers = [process for process in own_processes if "supervisor.supervisord" in _words(process)]
        for process in managers or own_processes:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
        _, alive = psutil.wait_procs(own_processes, timeout=grace)
        for process in alive:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(alive, timeout=5)
        return len(own_processes)

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.pid != os.getpid() and process.environ().get(MARK) == str(self.data_dir)
        except (psutil.Error, OSError):
            return False

    def _socket(self) -> Path:
        near = self.run_dir / "supervisor.sock"
        if len(str(near)) <= _SOCKET_LIMIT:
            return near
        name = hashlib.sha256(str(self.data_dir).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"quorum-{name}" / "supervisor.sock"

    @property
    def _proxy(self) -> ServerProxy:
        return ServerProxy("http://127.0.0.1", transport=SupervisorTransport(None, None, serverurl=f"unix://{self.socket}"))


def _words(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []
