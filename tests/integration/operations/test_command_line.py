"""The real command line with wrong input: one line, an exit code, nothing left behind."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from functions.operations.checks.preflight import hold_desk
from functions.operations.init import write_env
from functions.settings import CHECKOUT
from n8n.environment import broker_port


class Desk:
    """A folder as a person has it, with a `.env`; every command runs there in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.ports = dict(zip(("FUNCTIONS_PORT", "COLLECTOR_PORT", "N8N_PORT"), free_ports(3), strict=True))
        write_env(folder / ".env")
        self.set(**{name: str(port) for name, port in self.ports.items()})

    def set(self, **changes: str) -> None:
        with (self.folder / ".env").open("a") as file:
            file.writelines(f"{name}={value}\n" for name, value in changes.items())

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
        return subprocess.run(
            [sys.executable, "-m", "functions.cli", *words],
            cwd=self.folder,
            env={**kept, "PYTHONPATH": str(CHECKOUT), "COLUMNS": "200", **variables},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def refuses(self, *words: str, code: str, exit_code: int) -> str:
        """Run a command that must be refused; returns its one line."""
        done = self.run(*words)
        lines = done.stderr.splitlines()
        assert (done.returncode, len(lines)) == (exit_code, 1), done.stdout + done.stderr
        assert lines[0].startswith("quorum: ")
        assert lines[0].endswith(f"[{code}]")
        assert self.processes() == []
        return lines[0]

    def processes(self) -> list[int]:
        """What still runs in this folder."""
        here = str(self.folder)
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("QUORUM_DESK", "").startswith(here):
                    found.append(process.pid)
            except (psutil.Error, OSError):
                continue
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def small_disk(desk: Desk) -> Iterator[Path]:
    """A disk of 20 MB."""
    if os.geteuid() != 0:
        pytest.skip("only root mounts a disk")
    place = desk.folder / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", str(place)], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount a disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@pytest.mark.parametrize("command", ["up", "doctor"])
def test_nothing_starts_with_a_wrong_setting(desk: Desk, command: str) -> None:
    desk.set(TOP_SYMBOLS="many")
    assert "TOP_SYMBOLS is wrong" in desk.refuses(command, code="wrong_setting", exit_code=2)
    assert not desk.data.exists()


def test_a_missing_secret_is_named(desk: Desk) -> None:
    lines = (desk.folder / ".env").read_text().splitlines()
    (desk.folder / ".env").write_text("\n".join(line for line in lines if not line.startswith("FUNCTIONS_TOKEN=")))
    assert "FUNCTIONS_TOKEN is not set" in desk.refuses("status", code="wrong_setting", exit_code=2)


def test_a_wrong_secret_is_not_shown(desk: Desk) -> None:
    desk.set(FUNCTIONS_TOKEN="hunter2")
    done = desk.run("status")
    assert "hunter2" not in done.stdout + done.stderr


@pytest.mark.parametrize("name", ["FUNCTIONS_PORT", "COLLECTOR_PORT", "N8N_PORT"])
def test_up_on_a_taken_port_names_the_setting(desk: Desk, name: str) -> None:
    with socket.create_server(("127.0.0.1", desk.ports[name])):
        line = desk.refuses("up", code="port_taken", exit_code=5)
    assert name in line
    assert str(desk.ports[name]) in line
    assert not (desk.data / "postgres").exists()


def test_up_on_a_taken_port_of_n8ns_task_broker_says_whose_it_is(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", broker_port(desk.ports["N8N_PORT"]))):
        line = desk.refuses("up", code="port_taken", exit_code=5)
    assert "N8N_PORT (its task broker" in line


def test_up_with_two_parts_on_one_port_names_both(desk: Desk) -> None:
    desk.set(COLLECTOR_PORT=str(desk.ports["FUNCTIONS_PORT"]))
    line = desk.refuses("up", code="wrong_setting", exit_code=2)
    assert "FUNCTIONS_PORT" in line
    assert "COLLECTOR_PORT" in line


def test_up_where_a_file_is_in_the_way_of_the_data_folder(desk: Desk) -> None:
    desk.data.write_text("")
    assert "DATA_DIR" in desk.refuses("up", code="data_dir", exit_code=2)


def test_up_on_a_folder_of_somebody_elses_data_leaves_it(desk: Desk) -> None:
    note = desk.data / "postgres" / "note.txt"
    note.parent.mkdir(parents=True)
    note.write_text("mine")
    assert "postgres holds note.txt but no database" in desk.refuses("up", code="data_dir", exit_code=2)
    assert note.read_text() == "mine"


@pytest.mark.parametrize("command", ["status", "doctor", "logs"])
def test_socks_proxy_is_no_traceback(desk: Desk, command: str) -> None:
    done = desk.run(command, ALL_PROXY="socks5://127.0.0.1:9")
    assert "Traceback" not in done.stdout + done.stderr
    if command == "doctor":
        assert "ALL_PROXY is a socks5 proxy" in done.stdout


def test_up_behind_a_socks_proxy_is_refused_in_one_line(desk: Desk) -> None:
    done = desk.run("up", ALL_PROXY="socks5://127.0.0.1:9")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("quorum: ALL_PROXY is a socks5 proxy, which Quorum does not speak")


def test_up_in_a_folder_it_may_not_write(desk: Desk) -> None:
    if os.geteuid() == 0:
        desk.set(DATA_DIR="/proc/quorum")  # root may write everywhere else
    else:
        desk.data.mkdir(mode=0o500)
    assert "cannot be written" in desk.refuses("up", code="data_dir", exit_code=2)


def test_up_on_a_disk_that_is_nearly_full_says_how_much_is_needed(desk: Desk, small_disk: Path) -> None:
    desk.set(DATA_DIR=str(small_disk))
    line = desk.refuses("up", code="disk_full", exit_code=75)
    assert "500 MB are needed" in line
    assert not (small_disk / "postgres").exists()


def test_a_second_up_is_a_conflict_that_names_the_first(desk: Desk) -> None:
    with hold_desk(desk.data):
        line = desk.refuses("up", code="already_running", exit_code=5)
    assert f"pid {os.getpid()}" in line


def test_init_writes_every_secret_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    file = desk.folder / ".env"
    file.unlink()
    assert "FUNCTIONS_TOKEN" in desk.run("init").stdout
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_text()
    assert "nothing changed" in desk.run("init").stdout
    assert file.read_text() == before


def test_init_where_it_cannot_write_is_one_line(desk: Desk) -> None:
    assert "cannot be written" in desk.refuses("init", "none/at/all/.env", code="env_file", exit_code=2)


def test_status_of_a_desk_that_does_not_run_says_so(desk: Desk) -> None:
    done = desk.run("status")
    assert done.returncode == 0
    assert "do not answer" in done.stdout


def test_status_as_json_of_a_desk_that_does_not_run_is_json(desk: Desk) -> None:
    assert json.loads(desk.run("status", "--json").stdout) == {"processes": {}, "status": None}


def test_doctor_of_a_desk_that_does_not_run_fails_with_findings_as_json(desk: Desk) -> None:
    desk.set(BYBIT_REST_URL="http://127.0.0.1:9")
    done = desk.run("doctor", "--json")
    assert done.returncode == 1
    found = {row["check"]: row["verdict"] for row in json.loads(done.stdout)}
    assert {name: found[name] for name in ("database", "exchange", "n8n", "functions")} == dict.fromkeys(
        ("database", "exchange", "n8n", "functions"), "fail"
    )
    assert found["telegram"] == "warn"


def test_logs_before_any_start_say_that_there_are_none(desk: Desk) -> None:
    done = desk.run("logs")
    assert done.returncode == 0
    assert "no logs" in done.stdout


def test_logs_of_an_unknown_level_are_refused(desk: Desk) -> None:
    assert "loud" in desk.refuses("logs", "--level", "loud", code="unknown_level", exit_code=2)


def test_run_postgres_of_another_server_is_refused(desk: Desk) -> None:
    desk.set(DATABASE_URL="postgresql://owner:secret@127.0.0.1:1/quorum")
    assert "DATABASE_URL is set" in desk.refuses("run", "postgres", code="not_embedded", exit_code=2)


@pytest.mark.parametrize("words", [("up",), ("migrate",), ("collector", "backfill"), ("collector", "status")], ids=" ".join)
def test_without_its_database_a_command_says_so_and_may_work_later(desk: Desk, words: tuple[str, ...]) -> None:
    desk.set(DATABASE_URL="postgresql://owner:hunter2@127.0.0.1:1/quorum")
    line = desk.refuses(*words, code="database_away", exit_code=75)
    assert "the database does not answer" in line
    assert "hunter2" not in line


def test_a_second_demo_leaves_the_first_and_its_data_alone(desk: Desk) -> None:
    place = desk.data / "demo"
    (place / "desk").mkdir(parents=True)
    (place / "desk" / "cluster").write_text("of the first one")
    with hold_desk(place):
        line = desk.refuses("demo", code="already_running", exit_code=5)
    assert f"pid {os.getpid()}" in line
    assert (place / "desk" / "cluster").read_text() == "of the first one"


def test_a_demo_where_it_cannot_write_is_one_line(desk: Desk) -> None:
    desk.data.write_text("")
    assert "cannot be written" in desk.refuses("demo", code="data_dir", exit_code=2)


@pytest.mark.parametrize("words", [("backup",), ("restore", "x.dump")])
def test_database_commands_without_a_database_are_one_line_without_the_password(desk: Desk, words: tuple[str, ...]) -> None:
    (desk.folder / "x.dump").write_bytes(b"")
    desk.set(DATABASE_URL="postgresql://owner:hunter2@127.0.0.1:1/quorum")
    done = desk.run(*words)
    assert done.returncode != 0
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "hunter2" not in done.stderr
