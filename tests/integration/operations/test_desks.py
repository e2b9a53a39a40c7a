"""Which desk a question is about: one's own, or the demo that runs beside it."""

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from functions.errors import InputRejected
from functions.operations.desks import asked_about, demo_place, file_of
from functions.operations.init import write_env
from functions.operations.supervise import Program, Supervisor
from functions.settings import ENV_FILE


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout without a desk."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(ENV_FILE, "")
    return tmp_path


@pytest.fixture
def demo(folder: Path) -> Iterator[Path]:
    """A demo that runs in that checkout; yields its folder."""
    place = demo_place() / "desk"
    place.mkdir(parents=True)
    write_env(file_of(place))
    with file_of(place).open("a") as file:
        file.write(f"DATA_DIR={place}\n")
    supervisor = Supervisor(place)
    manager = supervisor.start([Program("world", (sys.executable, "-c", "pass"), 1)], {})
    yield place
    supervisor.stop()
    manager.wait()


def ask() -> tuple[Path, str]:
    notices = Console(file=io.StringIO(), width=200)
    settings = asked_about(notices)
    assert isinstance(notices.file, io.StringIO)
    return settings.data_dir, notices.file.getvalue()


def test_nothing_set_up_says_how_to_start(folder: Path) -> None:
    with pytest.raises(InputRejected, match=r"^nothing is set up here yet: `make up` .* `make demo`"):
        ask()


def test_demo_is_spoken_of_where_there_is_no_other_desk(demo: Path) -> None:
    data, notice = ask()
    assert data == demo
    assert "This is the demo" in notice
    assert os.environ[ENV_FILE] == str(file_of(demo))


def test_demo_is_spoken_of_while_the_own_desk_does_not_run(folder: Path, demo: Path) -> None:
    write_env(folder / ".env")
    assert ask()[0] == demo


def test_own_desk_is_spoken_of_without_a_demo(folder: Path) -> None:
    write_env(folder / ".env")
    assert ask() == (Path("data"), "")


def test_desk_that_is_named_is_spoken_of_beside_a_demo(folder: Path, demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_env(folder / "second")
    monkeypatch.setenv(ENV_FILE, "second")
    assert ask() == (Path("data"), "")
