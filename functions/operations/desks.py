"""Which desk a person asks about: their own, or the demo that runs here while their own does not."""

import os
from pathlib import Path

from rich.console import Console

from functions.errors import InputRejected
from functions.operations import page
from functions.operations.supervise import Supervisor
from functions.settings import ENV_FILE, Settings, env_file, use_only


def demo_place() -> Path:
    """Return the folder of the demo that is started from here."""
    return Path("data", "demo").absolute()


def file_of(folder: Path) -> Path:
    """Return the file with the settings of the simulated desk in `folder`."""
    return folder / "env"


def asked_about(notices: Console) -> Settings:
    """Return the settings of the desk that a question is about.

    Args:
        notices: told when it is the demo.

    Raises:
        InputRejected: a setting is wrong, or there is no desk here at all.
    """
    demo = demo_place() / "desk"
    own = env_file().exists() or any(name.lower() in Settings.model_fields for name in os.environ)
    if os.environ.get(ENV_FILE) or Supervisor(demo).states() is None or (own and _runs(Settings.load())):
        if not own:
            raise InputRejected("no_desk", "nothing is set up here yet: `make up` starts your desk, `make demo` a simulated one")
        return Settings.load()
    notices.print("[dim]This is the demo that runs here; a desk of your own does not run.[/]")
    use_only(file_of(demo))
    return Settings.load()


def _runs(settings: Settings) -> bool:
    return Supervisor(settings.data_dir).states() is not None or page.read_status(settings) is not None
