"""Connections: one pooled engine a process, one address a role."""

from collections.abc import Mapping

import numpy as np
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import InterfaceError, OperationalError

from db.arrays import ColumnDumper

# The server is away or does not answer in time; any other error of a driver is a mistake of ours.
DATABASE_AWAY = (OperationalError, InterfaceError)


def engine_for(url: str | URL, *, application: str, pool_size: int = 10) -> Engine:
    """Return a pooled synchronous engine; every statement ends after 30 s at the latest.

    Args:
        url: a plain `postgresql://` address, with or without a unix socket in `?host=`.
        application: shown in `pg_stat_activity`, so that a person sees who holds what.
        pool_size: connections kept open; twice as many are allowed for a moment.
    """
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        connect_args={
            "application_name": application,
            "connect_timeout": 5,
            "options": "-c timezone=UTC -c statement_timeout=30000",
        },
    )
    event.listen(engine, "connect", lambda connection, _record: connection.adapters.register_dumper(np.ndarray, ColumnDumper))
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
