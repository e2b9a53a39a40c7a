"""A start that cannot succeed, or is interrupted, says so at once and leaves nothing behind."""

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from functions.errors import RetryLater
from functions.operations.init import write_env
from functions.operations.supervise import MARK, Program, Supervisor
from functions.operations.up import Patience
from functions.settings import CHECKOUT, ENV_FILE
from n8n.install import locate
from tests.desk import until, wait_for_end


def marked(folder: Path) -> list[int]:
    """What runs under the process manager of a data folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(folder):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


@pytest.fixture
def supervisor(tmp_path: Path) -> Supervisor:
    return Supervisor(tmp_path)


def test_a_process_that_dies_after_a_while_fails_the_start_with_its_last_words(supervisor: Supervisor) -> None:
    dies = Program("dies", ("/bin/sh", "-c", "echo '  | because'; echo '  +-----'; sleep 1.1; exit 1"), 1)
    waits = Program("waits", ("/bin/sleep", "600"), 2)
    manager = supervisor.start([dies, waits], {})
    try:
        supervisor.begin("dies")
        supervisor.begin("waits")
        with pytest.raises(RetryLater, match=r"dies does not start: because \(all of it: .*dies\.log\)"):
            Patience(supervisor).wait("waits", lambda: False, 100)
    finally:
        supervisor.stop()
        wait_for_end(manager)
    assert marked(supervisor.data_dir) == []


def test_a_process_that_only_is_slow_is_waited_for(supervisor: Supervisor) -> None:
    manager = supervisor.start([Program("slow", ("/bin/sleep", "600"), 1)], {})
    try:
        supervisor.begin("slow")
        with pytest.raises(RetryLater, match="slow does not start: it says nothing"):
            Patience(supervisor).wait("slow", lambda: False, 2)
        answers = iter([False, False, True])
        Patience(supervisor).wait("slow", lambda: next(answers), 2)
    finally:
        supervisor.stop()
        wait_for_end(manager)


class Interrupted(BaseException):
    pass


def test_a_start_interrupted_while_it_waits_leaves_no_process_manager(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: Supervisor) -> None:
        until(lambda: marked(self.data_dir), "the process manager is there", 10)
        raise Interrupted

    monkeypatch.setattr(Supervisor, "states", interrupted)
    with pytest.raises(Interrupted):
        supervisor.start([Program("any", ("/bin/sleep", "600"), 1)], {})
    assert marked(supervisor.data_dir) == []


def test_a_start_interrupted_before_it_knows_the_process_leaves_no_process_manager(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []

    class InterruptedPopen(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            started.append(self)
            assert marked(supervisor.data_dir) == [self.pid]
            raise Interrupted

    monkeypatch.setattr(subprocess, "Popen", InterruptedPopen)
    with pytest.raises(Interrupted):
        supervisor.start([Program("any", ("/bin/sleep", "600"), 1)], {})
    assert marked(supervisor.data_dir) == []
    wait_for_end(started[0])


def test_leftovers_that_end_by_themselves_count_too(supervisor: Supervisor) -> None:
    left = subprocess.Popen(["/bin/sleep", "600"], env={MARK: str(supervisor.data_dir)})
    until(lambda: marked(supervisor.data_dir), "it runs", 10)
    assert supervisor.end_leftovers() == 1
    left.wait(5)
    assert marked(supervisor.data_dir) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_while_n8n_is_installed_stops_without_a_trace(tmp_path: Path, number: signal.Signals) -> None:
    write_env(tmp_path / "env")
    cache = tmp_path / "cache"
    cache.mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    own = {ENV_FILE: "env", "QUORUM_CACHE_DIR": str(cache), "PYTHONPATH": str(CHECKOUT), "PYTHONUNBUFFERED": "1"}
    said = tmp_path / "said"
    with (cache / f"{locate().folder.name}.lock").open("w") as lock, said.open("wb") as output:
        fcntl.flock(lock, fcntl.LOCK_EX)  # as another installation does
        process = subprocess.Popen(
            [sys.executable, "-m", "functions.cli", "up"], cwd=tmp_path, env={**kept, **own}, stdout=output, stderr=output
        )
        until(lambda: "waiting for another installation" in said.read_text(), "it installs", 60)
        process.send_signal(number)
        assert process.wait(30) == 0
    assert "Traceback" not in said.read_text()
    assert said.read_text().splitlines()[-1] == "stopped"
    assert marked(tmp_path / "data") == []
