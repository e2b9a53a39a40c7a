"""Read many rows fast: COPY from the server, streamed row by row."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import psycopg
from sqlalchemy import Connection

from db.away import DatabaseAway, reason_of


def copied(
    connection: Connection, statement: str, types: Sequence[str], parameters: Mapping[str, Any]
) -> Iterator[tuple[Any, ...]]:
    """Run one SELECT and yield its rows as they arrive, without holding all of them.

    Args:
        connection: in a transaction of the caller's.
        statement: SQL with `%(name)s` for the parameters, which are put in as quoted literals: COPY knows no others.
        types: the Postgres type of each column, as COPY does not say them.
        parameters: plain values; timestamps as UTC-aware datetimes.

    Raises:
        DatabaseAway: the database does not do it just now, as from every other access to it.
    """
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(f"COPY ({statement}) TO STDOUT (FORMAT binary)", parameters) as copy:
            copy.set_types(types)
            yield from copy.rows()
    except psycopg.Error as error:
        reason = reason_of(error)
        if reason is None:
            raise
        connection.invalidate()
        raise DatabaseAway(statement[:200], None, error, reason, broken=True) from error
