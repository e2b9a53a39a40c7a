"""Create the database if it is missing, migrate it and apply the roles. Running it twice changes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from db.roles import RolePasswords, apply_roles
from db.timescale import apply_timescale, reshape

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x51554F52  # any constant


def migrate(owner_url: str, passwords: RolePasswords) -> str:
    """Migrate the database at `owner_url` to the newest revision and apply the roles.

    Returns:
        What a person may want to know of the server; mostly nothing.

    Raises:
        NotLoaded: the database needs TimescaleDB and the server does not load it; nothing is changed.
    """
    with no_other_migration(owner_url):
        create_database(owner_url)
        engine = create_engine(make_url(owner_url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            reshape(connection)
        with engine.begin() as connection:
            config = alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            offer = apply_timescale(connection)
            apply_roles(connection, passwords)
    return offer.remark


@contextmanager
def no_other_migration(owner_url: str, *, shared: bool = False) -> Iterator[None]:
    """Wait until no other migration runs on the server, and hold new ones back, whichever database they are for.

    The roles belong to all databases of a server, and Postgres refuses the second of two changes of one role at once.

    Args:
        owner_url: the owner's address; the lock is held by a connection to the server's own database `postgres`.
        shared: for a reader; any number of them run at once.
    """
    lock = "pg_advisory_lock_shared" if shared else "pg_advisory_lock"
    with _server(owner_url).connect() as connection:  # the lock ends with it
        connection.execute(text(f"SELECT {lock}(:lock)"), {"lock": LOCK})
        yield


def create_database(owner_url: str) -> None:
    """Create the database that `owner_url` names unless it is there, and open one that a killed restore left closed."""
    url = make_url(owner_url)
    with _server(owner_url).connect() as connection:
        is_open = connection.scalar(text("SELECT datallowconn FROM pg_database WHERE datname = :name"), {"name": url.database})
        name = connection.dialect.identifier_preparer.quote(url.database or "")
        if is_open is None:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        elif not is_open:
            connection.exec_driver_sql(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")


def current_and_head(owner_url: str) -> tuple[str | None, str | None]:
    """Return the revision the database is at and the newest one there is."""
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    engine = create_engine(make_url(owner_url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current, ScriptDirectory.from_config(alembic_config()).get_current_head()


def alembic_config() -> Config:
    """Return Alembic's configuration; there is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def _server(owner_url: str) -> Engine:
    """Return connections to the server that belong to no transaction and to no database of ours."""
    url = make_url(owner_url).set(drivername="postgresql+psycopg", database="postgres")
    return create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
