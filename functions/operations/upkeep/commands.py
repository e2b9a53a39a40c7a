"""`quorum upgrade`, `quorum uninstall` and `quorum service`."""

from typing import Annotated

import typer
from rich.console import Console

from functions.errors import InputRejected

console = Console()
service_app = typer.Typer(no_args_is_help=True, help="Start the desk of this folder with the machine.")


@service_app.command("install")
def install_service() -> None:
    """Start the desk of this folder now and at each boot, as a systemd unit of yours."""
    from functions.operations.upkeep import service
    from functions.settings import Settings

    Settings.load()  # a unit that cannot start would be of no use
    file = service.install()
    console.print(f"wrote {file}: the desk runs now and after each boot; `journalctl --user -u {service.NAME} -f` shows it")


@service_app.command("remove")
def remove_service() -> None:
    """Stop the desk's unit and forget it."""
    from functions.operations.upkeep import service

    console.print("removed" if service.remove() else "there was no unit")


def upgrade() -> None:
    """Bring a stopped desk to this version: backup, tables, workflows, a check of all; a failure takes the database back."""
    from functions.operations.upkeep.upgrade import upgrade as run_upgrade
    from functions.settings import Settings

    run_upgrade(Settings.load(), console)


def uninstall(
    *,
    data: Annotated[bool, typer.Option("--data", help="also the data, the backups in it, and .env")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="do it")] = False,
) -> None:
    """Take the desk off this machine: its unit and n8n; the data stays unless you say --data."""
    from functions.operations.upkeep.uninstall import uninstall as run_uninstall
    from functions.settings import Settings

    if not yes:
        raise InputRejected("not_confirmed", "say --yes to remove the unit and n8n, and --data for everything the desk has kept")
    gone = run_uninstall(Settings.load(), data=data)
    console.print("removed " + ", ".join(gone) if gone else "there was nothing to remove")
    console.print("What is left is this folder; delete it to be rid of all.")
