"""Connections: one pooled engine a process, one address a role."""

from collections.abc import Mapping

from sqlalchemy import URL, Engine, create_engine, event, make_url

from db.arrays import ColumnDumper
from db.away import DATABASE_AWAY, name_reasons

__all__ = ["DATABASE_AWAY", "engine_for", "libpq_environment", "role_url"]
ARRAY = "numpy.ndarray"  # by its name: 12 MB that a process which sends none does without
KEPT = 5  # each takes 4 MB of the server; a start and its history want more than all that follows
POOL_SECONDS = 10.0  # a caller that waits longer for a connection has given up by then


def engine_for(url: str | URL, *, application: str, pool_size: int = 10) -> Engine:
    """Return a pooled synchronous engine; every statement ends after 30 s at the latest.

    Whatever the database does not do just now is a `DatabaseAway` with its reason, and no free connection within ten seconds
    SQLAlchemy's own `TimeoutError`: both are `DATABASE_AWAY`.

    Args:
        url: a plain `postgresql://` address, with or without a unix socket in `?host=`.
        application: shown in `pg_stat_activity`, so that a person sees who holds what.
        pool_size: twice as many connections are allowed for a moment; `KEPT` of them stay open after it.
    """
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=min(pool_size, KEPT),
        max_overflow=2 * pool_size - min(pool_size, KEPT),
        pool_timeout=POOL_SECONDS,
        pool_pre_ping=True,
        connect_args={
            "application_name": application,
            "connect_timeout": 5,
            "options": "-c timezone=UTC -c statement_timeout=30000",
        },
    )
    name_reasons(engine)
    event.listen(engine, "connect", lambda connection, _record: connection.adapters.register_dumper(ARRAY, ColumnDumper))
    return engine


def role_url(owner_url: str, role: str, password: str) -> str:
    """Return `owner_url` as `role` would use it."""
    url = make_url(owner_url).set(username=role, password=password).render_as_string(hide_password=False)
    return url.replace(" ", "%20")  # libpq, unlike SQLAlchemy, wants it quoted


def libpq_environment(url: str) -> Mapping[str, str]:
    """Return `url` as the `PG*` variables that pg_dump, pg_restore and psql read; keeps passwords off command lines."""
    parts = make_url(url)
    host = parts.query.get("host") or parts.host or ""
    values = {
        "PGHOST": host if isinstance(host, str) else host[0],
        "PGPORT": str(parts.port or 5432),
        "PGUSER": parts.username or "",
        "PGPASSWORD": parts.password or "",
        "PGDATABASE": parts.database or "",
    }
    return {name: value for name, value in values.items() if value}
