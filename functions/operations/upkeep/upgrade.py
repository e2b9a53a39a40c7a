"""Bring a desk of one machine to this version: back up, migrate, deploy, verify; whatever fails takes the database back."""

import time
from pathlib import Path

from rich.console import Console

from db.migrate import create_database, current_and_head
from functions.clock import wall_now
from functions.errors import Broken, Conflict, QuorumError
from functions.operations.backup import backup, restore
from functions.operations.checks import preflight
from functions.operations.checks.doctor import examine, of_the_version
from functions.operations.supervise import Supervisor
from functions.operations.up import Patience, database_is_up, parts, start_in_order
from functions.settings import Settings
from functions.shown import command
from n8n.install import ensure_installed


def upgrade(settings: Settings, console: Console) -> None:
    """Upgrade a desk that does not run, and leave it stopped: `quorum up` starts the new version.

    Raises:
        Conflict: the desk runs, or there is nothing to upgrade yet.
        Broken: the new version does not work here; the database is as it was before.
        QuorumError: it cannot begin; nothing was changed.
    """
    preflight.writable(settings.data_dir)
    supervisor = Supervisor(settings.data_dir)
    with preflight.hold_desk(settings.data_dir):
        supervisor.end_leftovers()
        preflight.check(settings)
        ensure_installed(lambda line: console.print(f"[dim]{line}[/]"))
        supervisor.start(parts(settings), {"LOG_FORMAT": "json", "PYTHONUNBUFFERED": "1"})
        try:
            _upgrade(settings, supervisor, console)
        finally:
            supervisor.stop()
    console.print(f"upgraded; {command('up')} starts it")


def _upgrade(settings: Settings, supervisor: Supervisor, console: Console) -> None:
    if settings.embedded:
        supervisor.begin("postgres")
        Patience(supervisor).wait("postgres", lambda: database_is_up(settings), 60)
    create_database(settings.owner_url)
    before, after = current_and_head(settings.owner_url)
    if before is None:
        raise Conflict("nothing_to_upgrade", f"the database is empty; {command('up')} makes it")
    file = backup(settings, settings.data_dir / "backups" / f"before-upgrade-{wall_now():%Y%m%d-%H%M%S}.dump")
    console.print(f"[green]✓[/] backup: {file}")
    try:
        start_in_order(settings, supervisor, console, ())
        verify(settings, console)
    except (QuorumError, KeyboardInterrupt) as error:
        console.print(f"[red]✗[/] {error}")
        for part in ("collector", "n8n", "functions"):
            supervisor.end(part)
        roll_back(settings, file)
        raise Broken(
            "upgrade_failed",
            f"the new version does not work here ({error}); the database is as before: go back to the old version",
        ) from error
    console.print(f"[green]✓[/] tables: {before} → {after}")


def verify(settings: Settings, console: Console, seconds: float = 60) -> None:
    """Examine what must work, until it does or `seconds` are over: a part is heard of some seconds after its start.

    Raises:
        Broken: something of it does not; the sentence is the doctor's.
    """
    deadline = time.monotonic() + seconds
    while True:
        findings = of_the_version(examine(settings))
        failed = next((finding for finding in findings if finding.failed), None)
        if not failed:
            break
        if time.monotonic() > deadline:
            raise Broken("not_verified", f"{failed.check}: {failed.detail}")
        time.sleep(1)
    console.print(f"[green]✓[/] verified: {', '.join(dict.fromkeys(finding.check for finding in findings))}")


def roll_back(settings: Settings, file: Path) -> None:
    """Put back what a backup holds, with the tables of its own version, so that the version that wrote it goes on."""
    restore(settings, file, replace=True, migrated=False)
