"""n8n's configuration as a file for an n8n in a container of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from functions.errors import InputRejected
from functions.operations.n8n_commands import write_environment
from n8n.environment import environment
from tests.conftest import make_settings

SETTINGS = make_settings(
    database_url="postgresql://owner:pass@db:5432/quorum",
    db_n8n_password='it\'s $HOME; `date` "and" #more',
    n8n_host="0.0.0.0",
)


def test_a_shell_reads_back_every_variable_as_it_was(tmp_path: Path) -> None:
    file = write_environment(SETTINGS, tmp_path / "environment")
    program = "import json, os; print(json.dumps(dict(os.environ)))"
    done = subprocess.run(
        ["/bin/sh", "-c", 'set -a && . "$0" && exec "$1" -c "$2"', str(file), sys.executable, program],
        env={},
        capture_output=True,
        text=True,
        check=True,
    )
    read = json.loads(done.stdout)
    expected = environment(SETTINGS)
    assert {name: read.get(name) for name in expected} == expected


def test_the_file_is_for_its_owner_alone_and_replaced_as_a_whole(tmp_path: Path) -> None:
    target = tmp_path / "environment"
    target.write_text("old")
    target.chmod(0o644)
    write_environment(SETTINGS, target)
    assert target.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["environment"]


def test_a_place_that_cannot_be_written_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(InputRejected, match="cannot be written"):
        write_environment(SETTINGS, tmp_path / "none" / "environment")
