"""`make` on a bare machine that lacks something: one line that says what, and what to do."""

import contextlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from functions.settings import CHECKOUT


def program(folder: Path, name: str, script: str) -> None:
    """Put a program on the path of a bare machine."""
    file = folder / "bin" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A checkout's folder with what `make` itself reads, and a path with nothing of ours."""
    for name in ("Makefile", "pyproject.toml", "uv.lock"):
        shutil.copy(CHECKOUT / name, tmp_path)
    (tmp_path / "deploy").mkdir()
    shutil.copy(CHECKOUT / "deploy" / "progress.sh", tmp_path / "deploy")
    for name in ("sh", "mkdir", "touch", "cat", "df"):
        program(tmp_path, name, f'exec {shutil.which(name)} "$@"')
    return tmp_path


def refusal(machine: Path) -> str:
    """Run `make up`, which must fail, and return what it says of its own."""
    make = shutil.which("make")
    assert make
    done = subprocess.run(
        [make, "up"], cwd=machine, env={"PATH": str(machine / "bin"), "HOME": str(machine)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert [line for line in done.stdout.splitlines() if not line.endswith(" ...")] == []  # only what it is at
    said = [line for line in done.stderr.splitlines() if "***" not in line]  # make's own last word
    assert len(said) == 1, done.stderr
    return said[0]


PAGES = "for i in 1 2 3 4 5; do echo a page of words; echo and another >&2; done"


def test_a_python_without_venv_says_what_to_install(machine: Path) -> None:
    program(machine, "python3", f"{PAGES}; exit 1")
    assert "apt install python3-venv" in refusal(machine)
    assert "a page of words" in (machine / ".uv" / "venv.log").read_text()


def test_no_network_to_fetch_uv_is_one_line(machine: Path) -> None:
    pip = f"#!/bin/sh\n{PAGES}\nexit 1"
    program(machine, "python3", f"mkdir -p .uv/bin; cat >.uv/bin/pip <<'E'\n{pip}\nE\n{shutil.which('chmod')} 755 .uv/bin/pip")
    assert "uv cannot be installed: is there a network" in refusal(machine)


def test_no_network_to_fetch_the_packages_is_one_line(machine: Path) -> None:
    program(machine, "uv", f"{PAGES}; exit 2")
    assert "the packages cannot be installed: is there a network" in refusal(machine)
    assert not (machine / ".venv" / "installed").exists()


def test_while_packages_are_installed_time_step_and_size_are_told_on_a_terminal(machine: Path) -> None:
    program(machine, "sleep", f'exec {shutil.which("sleep")} "$@"')
    script = "shift; echo Resolved 3 packages; sleep 2; echo Prepared 3 packages"
    program(machine, "installer", script)
    words = ["sh", "deploy/progress.sh", "installing the packages", "said.log", "installer", "x"]
    shown = seen_on_a_terminal(words, machine)
    assert re.search(r"installing the packages: 1 s, \d+ MB so far  Resolved 3 packages", shown)
    assert shown.rstrip().endswith("installing the packages: done in 3 s") or "done in 2 s" in shown
    assert (machine / "said.log").read_text() == "Resolved 3 packages\nPrepared 3 packages\n"


def seen_on_a_terminal(words: list[str], machine: Path) -> str:
    """Run a command on a terminal of its own and return what is written to it."""
    ours, theirs = os.openpty()
    process = subprocess.Popen(words, cwd=machine, env={"PATH": str(machine / "bin")}, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    said = b""
    with contextlib.suppress(OSError):  # how the end of a terminal is told
        while piece := os.read(ours, 4096):
            said += piece
    os.close(ours)
    assert process.wait(30) == 0, said
    return said.decode()


def test_every_target_says_what_it_does() -> None:
    lines = (CHECKOUT / "Makefile").read_text().splitlines()
    phony = next(line for line in lines if line.startswith(".PHONY:")).split()[1:]
    said = {line.split(":")[0] for line in lines if "##" in line}
    assert set(phony) - said == set()
