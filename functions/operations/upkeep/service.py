"""Start a desk with the machine: a systemd unit of the user who runs it."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from functions.errors import Conflict, RetryLater
from functions.settings import ENV_FILE

NAME = "quorum.service"


def unit(folder: Path, variables: dict[str, str]) -> str:
    """Return the unit of a desk.

    Args:
        folder: where `quorum up` is called.
        variables: of the environment, that it is called with.
    """
    command = shlex.join((sys.executable, "-m", "functions.cli", "up"))
    lines = [f'Environment="{name}={value}"' for name, value in sorted(variables.items())]
    return "\n".join([
        "[Unit]",
        "Description=Quorum, a crypto recommendation desk",
        "",
        "[Service]",
        f"WorkingDirectory={_escaped(str(folder))}",
        *map(_escaped, lines),
        f"ExecStart={_escaped(command)}",
        "# The signal reaches the starter alone: it stops the parts in order.",
        "KillMode=mixed",
        "TimeoutStopSec=180",
        "Restart=on-failure",
        "RestartSec=10",
        "",
        "[Install]",
        "WantedBy=default.target",
        "",
    ])  # fmt: skip


def install() -> Path:
    """Write the unit of the desk in this folder, start it now and at each boot; returns the unit's file.

    Raises:
        Conflict: this machine has no systemd.
        RetryLater: systemd refuses; its words are in the sentence.
    """
    file = _unit_file()
    own = os.environ.get(ENV_FILE)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(unit(Path.cwd(), {ENV_FILE: str(Path(own).absolute())} if own else {}))
    _call("loginctl", "enable-linger")  # else it would start at the first login, and end with the last
    _call("systemctl", "--user", "daemon-reload")
    _call("systemctl", "--user", "enable", "--now", NAME)
    return file


def remove() -> bool:
    """Stop the desk's unit and forget it; returns whether there was one.

    Raises:
        RetryLater: systemd refuses; its words are in the sentence.
    """
    file = _unit_file()
    if not file.exists():
        return False
    _call("systemctl", "--user", "disable", "--now", NAME)
    file.unlink()
    _call("systemctl", "--user", "daemon-reload")
    return True


def _unit_file() -> Path:
    config = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(config) / "systemd" / "user" / NAME


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


def _call(*words: str) -> None:
    if not shutil.which(words[0]):
        raise Conflict("no_systemd", f"this machine has no {words[0]}: let its own start-up call `quorum up` in this folder")
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RetryLater("systemd", f"{shlex.join(words)}: {done.stderr.strip() or f'exit code {done.returncode}'}")
