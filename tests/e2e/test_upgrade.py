"""`quorum upgrade` on a desk that has lived: the real command, real n8n, and a backup that is there afterwards."""

import os
import subprocess
import sys

import pytest

from functions.operations.demo import world
from functions.operations.desks import file_of
from functions.settings import CHECKOUT, ENV_FILE, Settings
from tests.desk import outside, running_command
from tests.server import passable_folder

pytestmark = [pytest.mark.n8n, pytest.mark.soak, pytest.mark.timeout(900)]


def upgrade(settings: Settings) -> subprocess.CompletedProcess[str]:
    own = {ENV_FILE: str(file_of(settings.data_dir)), "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-m", "functions.cli", "upgrade"]
    return subprocess.run(
        command, cwd=settings.data_dir, env={**os.environ, **own}, capture_output=True, text=True, timeout=600, check=False
    )


def test_a_stopped_desk_is_backed_up_brought_up_to_date_and_verified() -> None:
    with passable_folder() as folder:
        settings = world(folder, speed=20, symbols=5)
        with outside(settings):
            empty = upgrade(settings)
            assert "the database is empty" in empty.stderr
            with running_command(settings):
                assert "already runs here" in upgrade(settings).stderr
            done = upgrade(settings)
            assert done.returncode == 0, done.stdout + done.stderr
            for word in ("backup:", "verified: ", "workflows", "upgraded"):
                assert word in done.stdout
            assert len(list((settings.data_dir / "backups").glob("before-upgrade-*.dump"))) == 1
