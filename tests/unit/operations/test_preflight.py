"""What must hold before a start, and that a check leaves nothing behind."""

import shutil
import socket
from pathlib import Path

import pytest

from functions.errors import Conflict, InputRejected, RetryLater
from functions.operations.checks import preflight
from functions.settings import Settings
from tests.conftest import make_settings


def settings_on(folder: Path, **ports: int) -> Settings:
    return make_settings(data_dir=folder / "data", **ports)


def test_writable_makes_the_folder_and_leaves_no_probe(tmp_path: Path) -> None:
    preflight.writable(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_writable_rejects_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(InputRejected, match=r"DATA_DIR .* cannot be written"):
        preflight.writable(tmp_path / "data")


def test_a_disk_with_less_than_needed_is_said_in_numbers(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    with pytest.raises(RetryLater, match="MB are needed") as refused:
        preflight.enough_disk(tmp_path, needed=free * 2)
    assert refused.value.code == "disk_full"


def test_a_disk_with_enough_is_fine(tmp_path: Path) -> None:
    preflight.enough_disk(tmp_path, needed=1)


def test_a_taken_port_names_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Conflict, match=rf"port {port} is taken.*N8N_PORT"):
            preflight.free_port("N8N_PORT", port)
    preflight.free_port("N8N_PORT", port)


def test_two_parts_on_one_port_are_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(InputRejected, match="COLLECTOR_PORT and N8N_PORT are both 9000"):
        preflight.check(settings_on(tmp_path, functions_port=8999, collector_port=9000, n8n_port=9000))


def test_a_held_desk_is_a_conflict_and_free_again_when_let_go(tmp_path: Path) -> None:
    with preflight.hold_desk(tmp_path), pytest.raises(Conflict, match="already runs"):
        preflight.hold_desk(tmp_path)
    preflight.hold_desk(tmp_path).close()


def test_a_database_that_is_away_is_one_line() -> None:
    with pytest.raises(RetryLater, match="the database does not answer") as refused:
        preflight.database_answers(make_settings(database_url="postgresql://owner:hunter2@127.0.0.1:1/none"))
    assert "\n" not in refused.value.detail
    assert "hunter2" not in refused.value.detail
