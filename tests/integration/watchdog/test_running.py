"""The watchdog as a thread of `quorum up` and as a process of its own: its heartbeat comes, and it ends when it is asked to."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from rich.console import Console
from sqlalchemy import Engine, text

from functions.operations.up import _watchdog
from functions.settings import CHECKOUT, ENV_FILE, Settings
from tests.conftest import PASSWORD, TOKEN
from tests.desk import until


def beats(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.scalars(text("SELECT part FROM heartbeat")))


def test_up_watches_from_its_own_process_until_it_ends(settings: Settings, engine: Engine) -> None:
    nobody = {"functions_url": "http://127.0.0.1:9", "n8n_url": "http://127.0.0.1:9"}
    with _watchdog(settings.model_copy(update=nobody), Console(quiet=True)):
        until(lambda: beats(engine) == {"watchdog", "postgres"}, "it has looked", 60)
    until(lambda: not any(thread.name == "watchdog" for thread in threading.enumerate()), "its thread ends", 30)


def test_process_of_its_own_beats_and_ends_by_a_signal(settings: Settings, engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "env"
    roles = {f"DB_{role}_PASSWORD": PASSWORD for role in ("FUNCTIONS", "COLLECTOR", "DASHBOARD", "N8N")}
    tokens = dict.fromkeys(("FUNCTIONS_TOKEN", "N8N_ENCRYPTION_KEY", "N8N_WEBHOOK_TOKEN", "N8N_OWNER_PASSWORD"), TOKEN)
    values = {**roles, **tokens, "DATABASE_URL": settings.database_url, "FUNCTIONS_PORT": "9", "N8N_PORT": "9"}
    file.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    command = [sys.executable, "-m", "functions.cli", "run", "watchdog"]
    process = subprocess.Popen(command, cwd=tmp_path, env={**os.environ, ENV_FILE: str(file), "PYTHONPATH": str(CHECKOUT)})
    try:
        until(lambda: "watchdog" in beats(engine), "it has looked", 60)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
