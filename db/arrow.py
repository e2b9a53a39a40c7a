"""The fast read of whole columns: through Arrow, over connections that stay open.

A first connection of the driver asks the server for all its types, which takes longer than most reads; later ones are copies.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from psycopg import sql
from sqlalchemy.exc import OperationalError

if TYPE_CHECKING:
    import pyarrow as pa

KEPT, AT_ONCE = 4, 12


class Reader:
    """Open connections to one address, kept for the next read; safe from any number of threads.

    The driver counts its open connections without a lock of its own, so they are opened and closed under ours.
    """

    def __init__(self, url: str) -> None:
        from adbc_driver_postgresql import (
            dbapi,  # with it come pyarrow and pandas: a second and 80 MB that most processes never need
        )

        self._first: Any = dbapi.connect(url)
        self._idle: list[Any] = []
        self._closed = False
        self._lock = threading.Lock()
        self._at_once = threading.BoundedSemaphore(AT_ONCE)

    def read(self, statement: str) -> "pa.Table":
        """Run one SELECT without parameters."""
        with self._connection() as connection:
            with connection.cursor() as cursor:
                cursor.execute("SET timezone TO 'UTC'")
                cursor.execute(statement)
                table: pa.Table = cursor.fetch_arrow_table()
            connection.rollback()
        return table

    def close(self) -> None:
        """Close what is open; a connection in use is closed when it is given back."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            for connection in (*self._idle, self._first):
                connection.close()
            self._idle.clear()

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        with self._at_once:
            with self._lock:
                connection = self._idle.pop() if self._idle else self._first.adbc_clone()
            sound = False
            try:
                yield connection
                sound = True
            finally:
                with self._lock:
                    if sound and not self._closed and len(self._idle) < KEPT:
                        self._idle.append(connection)
                    else:
                        connection.close()


_readers: dict[str, Reader] = {}
_lock = threading.Lock()


def read_arrow(url: str, statement: str, parameters: tuple[object, ...] = ()) -> "pa.Table":
    """Run one SELECT and return its columns as Arrow; three times faster than fetching rows.

    The values are put into the statement as quoted literals: the driver streams (COPY) only a statement without parameters.
    When a kept connection turns out to be broken, as after a restart of the server, the read is tried once more on a new one.

    Args:
        url: a plain `postgresql://` address.
        statement: SQL with `$1`, `$2`, ... for the parameters.
        parameters: plain values; timestamps as UTC-aware datetimes.

    Raises:
        OperationalError: the database is away; SQLAlchemy's, as from every other access to it.
    """
    from adbc_driver_postgresql import dbapi

    literals = [sql.Literal(value).as_string() for value in parameters]
    statement = re.sub(r"\$(\d+)", lambda place: literals[int(place[1]) - 1], statement)
    kept = _readers.get(url)
    try:
        if kept:
            try:
                return kept.read(statement)
            except dbapi.Error:
                _forget(url, kept)
        return _read_anew(url, statement)
    except dbapi.OperationalError as error:
        raise OperationalError(statement[:200], None, error) from error


def close_readers() -> None:
    """Close every kept connection: before a process or a test ends."""
    for url, reader in list(_readers.items()):
        _forget(url, reader)


def _read_anew(url: str, statement: str) -> "pa.Table":
    with _lock:
        if url not in _readers:
            _readers[url] = Reader(url)
        reader = _readers[url]
    try:
        return reader.read(statement)
    except Exception:
        _forget(url, reader)
        raise


def _forget(url: str, reader: Reader) -> None:
    """Close a reader and keep it no longer; one that took its place meanwhile stays."""
    with _lock:
        if _readers.get(url) is reader:
            del _readers[url]
    reader.close()
