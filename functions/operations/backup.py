"""Backup and restore: one file with the whole database, n8n's schema in it, in Postgres' own portable format."""

import os
import subprocess
from pathlib import Path

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from db.connect import libpq_environment
from db.embedded import BINARIES
from db.migrate import create_database, migrate
from db.roles import apply_roles
from functions.clock import wall_now
from functions.errors import Broken, Conflict, InputRejected
from functions.settings import Settings

_END_OTHERS = text("""
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
""")


def backup(settings: Settings, target: Path | None) -> Path:
    """Write the database to `target`, readable by the owner alone; a half-written file never has its name.

    n8n's credentials in it are encrypted with N8N_ENCRYPTION_KEY: keep `.env` beside it.
    """
    target = target or settings.data_dir / "backups" / f"quorum-{wall_now():%Y%m%d-%H%M%S}.dump"
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as output:
        _tool(settings, "pg_dump", "--format=custom", "--no-password", output=output.fileno())
    draft.replace(target)
    return target


def restore(settings: Settings, source: Path, *, replace: bool) -> None:
    """Put a backup in place of what the database holds.

    Raises:
        InputRejected: the file is not there or is no backup.
        Conflict: the database holds tables and `replace` was not said.
    """
    if not source.is_file():
        raise InputRejected("no_backup", f"there is no file {source}")
    _tool(settings, "pg_restore", "--list", str(source), output=subprocess.DEVNULL)
    create_database(settings.owner_url)
    engine = create_engine(make_url(settings.owner_url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with engine.begin() as connection:
        tables = connection.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname IN ('public', 'n8n')"))
        if tables and not replace:
            raise Conflict("not_empty", f"the database holds {tables} tables; `--yes` replaces them with the backup")
        connection.execute(_END_OTHERS)
        connection.execute(text("DROP SCHEMA IF EXISTS n8n CASCADE"))
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
        apply_roles(connection, settings.passwords)  # a new server has none of the roles that the backup's grants name
    name = make_url(settings.owner_url).database or ""
    options = ("--no-password", "--clean", "--if-exists", "--exit-on-error", "--single-transaction", "--dbname", name)
    _tool(settings, "pg_restore", *options, str(source), output=subprocess.DEVNULL)
    migrate(settings.owner_url, settings.passwords)


def _tool(settings: Settings, name: str, *arguments: str, output: int) -> None:
    environment = {**os.environ, **libpq_environment(settings.owner_url)}
    done = subprocess.run(
        [str(BINARIES / name), *arguments], env=environment, stdout=output, stderr=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit code {done.returncode}"
        raise Broken("backup_tool", f"{name}: {last}")
