"""`quorum demo` as a person runs it: beside a real desk of theirs, asked while it runs, and ended by Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from functions.operations.supervise import MARK, Supervisor
from functions.settings import CHECKOUT, ENV_FILE, Settings
from tests.desk import until
from tests.server import passable_folder

pytestmark = [pytest.mark.n8n, pytest.mark.timeout(900)]
# Nobody is there: whoever took one of these up could not start, or would never say anything.
REAL_DESK = """DATABASE_URL=postgresql://owner:real@127.0.0.1:1/desk
N8N_URL=http://127.0.0.1:1
FUNCTIONS_URL=http://127.0.0.1:1
SYMBOLS=NOTTRADED1USDT
LOG_LEVEL=error
"""


class Demo:
    """A folder with a `.env`, and what `quorum` does in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said = folder / "said"
        self.env_file = folder / "data" / "demo" / "desk" / "env"
        (folder / ".env").write_text(REAL_DESK)

    def start(self, *words: str, **variables: str) -> subprocess.Popen[bytes]:
        """Start a command; what it says is in `said`."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        with self.said.open("wb") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "functions.cli", *words],
                cwd=self.folder,
                env={**kept, "PYTHONPATH": str(CHECKOUT), "COLUMNS": "150", "PYTHONUNBUFFERED": "1", **variables},
                stdout=output,
                stderr=output,
            )

    def run(self, *words: str, **variables: str) -> tuple[int, str]:
        """Run another command to its end; returns its exit code and what it said."""
        other = Demo.__new__(Demo)
        other.folder, other.said = self.folder, self.folder / "other"
        return other.start(*words, **variables).wait(60), other.said.read_text()

    def processes(self) -> list[str]:
        """What still runs of any desk in this folder."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(MARK, "").startswith(str(self.folder)):
                    found.append(" ".join(process.cmdline()))
            except (psutil.Error, OSError):
                continue
        return found

    def stopped(self) -> list[str]:
        """The parts in the order in which they ended."""
        lines = (self.env_file.parent / "logs" / "supervisor.log").read_text().splitlines()
        return [line.split("stopped: ")[1].split()[0] for line in lines if "stopped: " in line]


@pytest.fixture
def demo() -> Iterator[Demo]:
    with passable_folder() as folder:
        yield Demo(folder)


def test_demo_beside_a_real_desk_signals_answers_and_stops_in_order(demo: Demo) -> None:
    process = demo.start("demo", SYMBOLS="NOTTRADED2USDT")
    try:
        until(lambda: "TP3" in demo.said.read_text() or process.poll() is not None, "a signal is shown", 400)
        assert process.poll() is None, demo.said.read_text()

        code, said = demo.run("status", **{ENV_FILE: str(demo.env_file)})
        assert code == 0
        assert "cannot be established" not in said  # nothing is asked of a real site
        for part in ("world", "postgres", "functions", "n8n", "collector"):
            assert f"{part} running" in " ".join(said.split())
        demo_settings = Settings.load(demo.env_file)
        assert demo_settings.n8n_owner_password.get_secret_value() in said
        assert f"{demo_settings.telegram_api_url}/chat" in said

        code, said = demo.run("status", "--json", **{ENV_FILE: str(demo.env_file)})
        seen = {part["part"] for part in json.loads(said)["status"]["parts"] if not part["late"]}
        assert seen == {"collector", "functions", "n8n", "postgres", "watchdog"}

        code, said = demo.run("logs", "--module", "delivery", **{ENV_FILE: str(demo.env_file)})
        assert "alert raised  kind=signal key=" in " ".join(said.split(" "))

        code, said = demo.run("demo")
        assert code == 5
        assert f"already runs here (pid {process.pid})" in said
        assert process.poll() is None

        process.send_signal(signal.SIGINT)
        assert process.wait(90) == 0, demo.said.read_text()
    finally:
        process.kill()
        left = demo.processes()
        Supervisor(demo.env_file.parent).end_leftovers()
    assert demo.said.read_text().rstrip().endswith("stopped")
    assert demo.stopped() == ["collector", "n8n", "functions", "postgres", "world"]
    assert left == []


@pytest.mark.soak
def test_within_three_minutes_a_target_a_stop_and_the_reports_come_and_it_goes_on(demo: Demo) -> None:
    process = demo.start("demo")
    try:
        until(lambda: "Quorum runs" in demo.said.read_text() or process.poll() is not None, "it runs", 300)
        wanted = (": target 1", ": stop", "Good morning", "Paper accounts")
        until(lambda: all(words in demo.said.read_text() for words in wanted), f"{wanted} are shown", 180)
        shown = demo.said.read_text().count("Telegram,")
        until(lambda: demo.said.read_text().count("Telegram,") > shown + 3, "more messages come", 180)
        assert "budget for more" not in demo.said.read_text()
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(90)
        finally:
            process.kill()
            Supervisor(demo.env_file.parent).end_leftovers()
