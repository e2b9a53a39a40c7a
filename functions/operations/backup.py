"""Backup and restore: one file with the whole database, n8n's schema in it, in Postgres' own portable format."""

import os
import subprocess
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from db.connect import libpq_environment
from db.embedded import BINARIES
from db.migrate import create_database, migrate, no_other_migration
from db.roles import create_roles
from db.timescale import NotLoaded, ask, end_compression, start_workers
from functions.clock import wall_now
from functions.errors import Broken, Conflict, InputRejected
from functions.operations.checks.preflight import database_answers
from functions.settings import Settings

_END_OTHERS = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name AND pid <> pg_backend_pid()")


def backup(settings: Settings, target: Path | None) -> Path:
    """Write the database to `target`, readable by the owner alone; a half-written file never has its name.

    n8n's credentials in it are encrypted with N8N_ENCRYPTION_KEY: keep `.env` beside it.

    Raises:
        InputRejected: the file cannot be written there.
        RetryLater: the server does not answer.
        Broken: pg_dump failed; its last words are in the detail.
    """
    target = target or settings.data_dir / "backups" / f"quorum-{wall_now():%Y%m%d-%H%M%S}.dump"
    draft = target.with_name(f"{target.name}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    except OSError as error:
        raise InputRejected("backup_target", f"{target} cannot be written: {error.strerror}") from error
    try:
        database_answers(settings)
        with no_other_migration(settings.owner_url, shared=True):
            _end_compression(settings.owner_url)
            # By name: into a pipe or an open file it writes its table of contents without the places of the data.
            _tool(settings.owner_url, "pg_dump", "--format=custom", "--no-password", f"--file={draft}")
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return target


def restore(settings: Settings, source: Path, *, replace: bool, migrated: bool = True) -> None:
    """Put a backup in place of what the database holds, all or nothing.

    Args:
        settings: of the desk.
        source: the backup.
        replace: whether what the database holds may go.
        migrated: to today's tables; else they are those of the version that wrote the backup.

    The backup is restored and migrated beside the database and takes its name last: whatever fails before that leaves the
    database as it was. Who is connected is sent away at that moment, and comes back to the restored one.

    Raises:
        InputRejected: the file is not there or is no backup.
        Conflict: the database holds tables and `replace` was not said, or the backup needs TimescaleDB and the server does not
            have or load it.
        RetryLater: the server does not answer.
        Broken: pg_restore failed; its last words are in the detail.
    """
    contents = _contents(settings, source)
    database_answers(settings)
    create_database(settings.owner_url)
    tables = _count_tables(settings.owner_url)
    if tables and not replace:
        raise Conflict("not_empty", f"the database holds {tables} tables; `--yes` replaces them with the backup")
    name = make_url(settings.owner_url).database or ""
    draft, old = f"{name}_restoring", f"{name}_replaced"
    with _server(settings.owner_url).connect() as connection:
        for left in (draft, old):  # by a restore that was killed
            _drop(connection, left)
        try:
            _fill(settings, draft, source, contents)
            if migrated:
                migrate(_beside(settings.owner_url, draft), settings.passwords)
            _take_place(settings, name, draft, old)
        finally:
            _drop(connection, draft)
        _drop(connection, old)
    # Last: who was sent away were TimescaleDB's own workers too, and its launcher does not bring them back by itself.
    with _engine(settings.owner_url).begin() as connection:
        start_workers(connection)


def _end_compression(url: str) -> None:
    with _engine(url, isolation_level="AUTOCOMMIT").connect() as connection, suppress(NotLoaded):  # then nothing compresses
        if ask(connection).columnstore:
            end_compression(connection)


def _contents(settings: Settings, source: Path) -> str:
    if not source.is_file():
        raise InputRejected("no_backup", f"there is no file {source}")
    try:
        return _tool(settings.owner_url, "pg_restore", "--list", str(source))
    except Broken as error:
        raise InputRejected("no_backup", f"{source} is no backup: {error.detail}") from error


def _fill(settings: Settings, name: str, source: Path, contents: str) -> None:
    """Make the database `name` from the backup, with today's roles."""
    url = _beside(settings.owner_url, name)
    create_database(url)
    timescale = " EXTENSION - timescaledb " in contents
    if timescale:
        _needs_timescale(url)
    with no_other_migration(url), _engine(url).begin() as connection:
        create_roles(connection, settings.passwords)  # a new server has none of the roles that the backup's grants name
        if timescale:  # its catalogue is filled row by row: it must not work on it meanwhile
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS timescaledb"))
            connection.execute(text("SELECT timescaledb_pre_restore()"))
    options = ["--no-password", "--exit-on-error", "--dbname", name]
    _tool(url, "pg_restore", *options, str(source))
    if timescale:
        with _engine(url).begin() as connection:
            connection.execute(text("SELECT timescaledb_post_restore()"))


def _take_place(settings: Settings, name: str, draft: str, old: str) -> None:
    """Rename both databases in one transaction; from the moment the others are sent away nobody can come in."""
    url = settings.owner_url
    with _server(url).connect() as connection:
        quote = connection.dialect.identifier_preparer.quote
        try:
            for database in (name, draft):
                connection.exec_driver_sql(f"ALTER DATABASE {quote(database)} WITH ALLOW_CONNECTIONS false")
                connection.execute(_END_OTHERS, {"name": database})
            with _engine(_beside(url)).begin() as both:
                both.exec_driver_sql(f"ALTER DATABASE {quote(name)} RENAME TO {quote(old)}")
                both.exec_driver_sql(f"ALTER DATABASE {quote(draft)} RENAME TO {quote(name)}")
                both.exec_driver_sql(f"ALTER DATABASE {quote(name)} WITH ALLOW_CONNECTIONS true")
        except BaseException:
            connection.exec_driver_sql(f"ALTER DATABASE {quote(name)} WITH ALLOW_CONNECTIONS true")
            raise


def _count_tables(url: str) -> int:
    with _engine(url).connect() as connection:
        return connection.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname IN ('public', 'n8n')")) or 0


def _needs_timescale(url: str) -> None:
    with _engine(url).connect() as connection:
        offer = ask(connection)
    if not offer.available:
        raise Conflict("no_timescaledb", "the backup is of a server with TimescaleDB, and this one has none")
    if not offer.loaded:
        raise Conflict(
            "no_timescaledb",
            "the backup is of a server with TimescaleDB, and this one does not load it: "
            "add timescaledb to shared_preload_libraries and restart Postgres",
        )


def _drop(connection: Connection, name: str) -> None:
    connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {connection.dialect.identifier_preparer.quote(name)} WITH (FORCE)")


def _server(url: str) -> Engine:
    """Return connections to the server that belong to no transaction: databases are made and dropped outside of one."""
    return _engine(_beside(url), isolation_level="AUTOCOMMIT")


def _beside(url: str, name: str = "postgres") -> str:
    """Return the address of another database of the same server."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def _engine(url: str, **options: str) -> Engine:
    return create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool, **options)


def _tool(url: str, name: str, *arguments: str) -> str:
    """Run one of Postgres' own programs and return what it wrote."""
    finished = subprocess.run(
        [str(BINARIES / name), *arguments],
        env={**os.environ, **libpq_environment(url)},
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode:
        last = finished.stderr.strip().splitlines()[-1] if finished.stderr.strip() else f"exit code {finished.returncode}"
        raise Broken("backup_tool", f"{name}: {last}")
    return finished.stdout
