"""Read the pane of the sources and the machine."""

from datetime import datetime, timedelta

import psutil
from sqlalchemy import Connection

from functions.panes import store
from functions.panes.answers import CandlesRow, DataPane, Machine, PartRow
from functions.status.store import heartbeats, newest_closes, outbox_counts

LATE = timedelta(seconds=30)  # parts beat every few seconds
GRACE = timedelta(minutes=1)
DAY = timedelta(days=1)


def read_data(connection: Connection, as_of: datetime, wall: datetime, *, past: bool) -> DataPane:
    """Return the state of parts, sources and candles.

    Args:
        connection: to the database.
        as_of: market time, of the candles.
        wall: the same moment by the wall clock, of everything that runs.
        past: the moment was asked for, so the machine as it is now says nothing.
    """
    parts = [
        PartRow(part=name, at=at, age_seconds=(wall - at).total_seconds(), late=wall - at > LATE)
        for name, at, _ in heartbeats(connection)
        if at <= wall
    ]
    candles = [
        CandlesRow(
            timeframe=timeframe.value,
            closed_at=closed_at,
            age_seconds=(as_of - closed_at).total_seconds(),
            symbols=symbols,
            late=as_of - closed_at > timeframe.span + GRACE,
        )
        for timeframe, closed_at, symbols in newest_closes(connection, as_of)
    ]
    return DataPane(
        as_of=as_of,
        parts=parts,
        sources=store.source_rows(connection, wall),
        candles=candles,
        open_gaps=store.open_gaps(connection, wall),
        revisions_24h=store.revisions_since(connection, wall - DAY, wall),
        outbox=outbox_counts(connection, wall),
        machine=None if past else _machine(connection),
    )


def _machine(connection: Connection) -> Machine:
    return Machine(
        cpu_percent=psutil.cpu_percent(),
        memory_percent=psutil.virtual_memory().percent,
        database_bytes=store.database_bytes(connection),
    )
