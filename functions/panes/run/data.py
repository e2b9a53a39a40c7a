"""Read the pane of the sources and the machine."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import psutil
from sqlalchemy import Connection

from functions.panes import store
from functions.panes.answers import CandlesRow, DataPane, Delivered, Machine, PartRow, SourceRow
from functions.performance.store.account import latencies
from functions.status.beats import late_parts
from functions.status.missing import is_failing
from functions.status.store import heartbeats, newest_closes, outbox_counts, sources

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
    beats = [beat for beat in heartbeats(connection) if beat.at <= wall]
    late = late_parts(beats, wall)
    parts = [
        PartRow(part=beat.part, at=beat.at, age_seconds=(wall - beat.at).total_seconds(), late=beat.part in late)
        for beat in beats
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
        sources=[_source(source, wall) for source in sources(connection, wall)],
        candles=candles,
        open_gaps=store.open_gaps(connection, wall),
        revisions_24h=store.revisions_since(connection, wall - DAY, wall),
        outbox=outbox_counts(connection, wall),
        delivered=_delivered(connection, as_of, wall),
        machine=None if past else _machine(connection),
    )


def _source(source: Mapping[str, Any], wall: datetime) -> SourceRow:
    answered, failing = source["last_success_at"], is_failing(source)
    return SourceRow(
        source=source["source"],
        ok_at=answered,
        age_seconds=(wall - answered).total_seconds() if answered else None,
        error=source["last_error"] if failing else "",
        error_at=source["last_error_at"] if failing else None,
        successes=source["successes"],
    )


def _delivered(connection: Connection, as_of: datetime, wall: datetime) -> Delivered:
    messages, newest_at = store.delivered_messages(connection, wall - DAY, wall)
    seconds = latencies(connection, as_of - DAY, as_of)
    median, p99 = (float(np.quantile(seconds, q, method="inverted_cdf")) if len(seconds) else None for q in (0.5, 0.99))
    return Delivered(
        messages=messages,
        newest_at=newest_at,
        age_seconds=(wall - newest_at).total_seconds() if newest_at else None,
        signals=len(seconds),
        median_seconds=median,
        p99_seconds=p99,
    )


def _machine(connection: Connection) -> Machine:
    return Machine(
        cpu_percent=psutil.cpu_percent(),
        memory_percent=psutil.virtual_memory().percent,
        database_bytes=store.database_bytes(connection),
    )
