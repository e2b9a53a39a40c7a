"""Take a desk off this machine: its unit, its processes, n8n; the data only when asked for."""

import shutil
from pathlib import Path

from functions.operations.checks import preflight
from functions.operations.supervise import Supervisor
from functions.operations.upkeep import service
from functions.settings import Settings, env_file
from n8n.install import locate


def uninstall(settings: Settings, *, data: bool) -> list[str]:
    """Remove what was installed and return what it was; with `data` also the data folder, backups in it, and the settings' file.

    Raises:
        Conflict: the desk runs.
        OSError: something cannot be removed.
    """
    gone = ["the unit"] if service.remove() else []
    if settings.data_dir.exists():
        with preflight.hold_desk(settings.data_dir):
            Supervisor(settings.data_dir).end_leftovers()
    folders = [locate().folder, *([settings.data_dir.resolve()] if data else [])]
    for folder in filter(Path.exists, folders):
        shutil.rmtree(folder)
        gone.append(str(folder))
    if data and env_file().exists():
        env_file().unlink()
        gone.append(str(env_file()))
    return gone
