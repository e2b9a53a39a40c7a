"""The SQL of readings. Every source writes here; nothing published or first seen after a moment is visible at it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson
from sqlalchemy import Connection, func, select, text

from db.tables import symbol as pair
from functions.arrays import Microseconds
from functions.factors.history import FactorSource, ReadingColumns, ReadingGrid, as_of_join
from functions.factors.reading import Factor, FactorReading, Refusal, refusal

_FIELDS = tuple(field.name for field in fields(FactorReading))
_LOCK = 0x46414354  # any constant: readings are written one batch at a time, so that a repeat is seen to be one

# One document, and no array a column: to write a thousand texts into arrays takes longer than to store them.
_NEW = """json_to_recordset(CAST(:rows AS json)) AS new (
        symbol text, factor text, source text, value float8, confidence float8, as_of timestamptz, stale_at timestamptz,
        evidence jsonb, publishers int)"""
_ADD_SERIES = text(f"""
    INSERT INTO factor_series (symbol, factor, source)
    SELECT DISTINCT symbol, factor, source FROM {_NEW}
    WHERE NOT EXISTS (SELECT FROM factor_series AS s
                      WHERE s.symbol = new.symbol AND s.factor = new.factor AND s.source = new.source)
""")  # noqa: S608 - our own words
_ADD_READINGS = text(f"""
    INSERT INTO factor_reading (series_id, as_of, seen_at, stale_at, value, confidence, publishers, evidence)
    SELECT s.id, new.as_of, :seen_at, new.stale_at, new.value, new.confidence, new.publishers, new.evidence
    FROM {_NEW} JOIN factor_series AS s USING (symbol, factor, source)
    LEFT JOIN LATERAL (
        SELECT * FROM factor_reading AS r WHERE r.series_id = s.id AND r.as_of = new.as_of AND r.seen_at <= :seen_at
        ORDER BY r.seen_at DESC LIMIT 1) AS last ON true
    WHERE last.series_id IS NULL
       OR (new.stale_at, new.value, new.confidence, new.publishers, new.evidence)
          IS DISTINCT FROM (last.stale_at, last.value, last.confidence, last.publishers, last.evidence)
    ON CONFLICT DO NOTHING
""")  # noqa: S608 - our own words

_NEWEST = text("""
    SELECT s.symbol, s.factor, s.source, r.value, r.confidence, r.as_of, r.stale_at, r.evidence, r.publishers
    FROM factor_series AS s CROSS JOIN LATERAL (
        SELECT * FROM factor_reading AS r WHERE r.series_id = s.id AND r.as_of <= :as_of AND r.seen_at <= :as_of
        ORDER BY r.as_of DESC, r.seen_at DESC LIMIT 1) AS r
    WHERE s.symbol = ANY(:symbols)
    ORDER BY s.symbol, s.factor, s.source
""")
# What is about an earlier moment than the newest reading known at the first moment never counts after it, so it is not read.
_HISTORY = text("""
    SELECT s.factor, s.source, string_agg(said.packed, '') AS packed
    FROM unnest(CAST(:symbols AS text[])) WITH ORDINALITY AS wanted (symbol, place)
    JOIN factor_series AS s USING (symbol)
    LEFT JOIN LATERAL (
        SELECT r.as_of FROM factor_reading AS r WHERE r.series_id = s.id AND r.as_of <= :first AND r.seen_at <= :first
        ORDER BY r.as_of DESC, r.seen_at DESC LIMIT 1) AS oldest ON true
    CROSS JOIN LATERAL (
        SELECT string_agg(int8send(wanted.place - 1) || timestamptz_send(r.as_of) || timestamptz_send(r.seen_at)
                          || timestamptz_send(r.stale_at) || float8send(r.value) || float8send(r.confidence)
                          || int8send(r.publishers), '' ORDER BY r.as_of, r.seen_at) AS packed
        FROM factor_reading AS r
        WHERE r.series_id = s.id AND r.as_of BETWEEN coalesce(oldest.as_of, '-infinity') AND :last AND r.seen_at <= :last
        ) AS said
    WHERE said.packed IS NOT NULL
    GROUP BY s.factor, s.source
""")
_PACKED = np.dtype([
    ("row", ">i8"), ("as_of", ">i8"), ("seen_at", ">i8"), ("stale_at", ">i8"), ("value", ">f8"), ("confidence", ">f8"),
    ("publishers", ">i8"),
])  # fmt: skip
_POSTGRES_EPOCH = 946_684_800_000_000  # 2000-01-01 in microseconds since 1970; Postgres counts from there


@dataclass(frozen=True, slots=True)
class WrittenReadings:
    """What became of a batch: how many readings were new, repeated a known one, and were refused for which reason."""

    new: int
    repeated: int
    refused: Mapping[Refusal, int]


def write_readings(connection: Connection, readings: Sequence[FactorReading], seen_at: datetime) -> WrittenReadings:
    """Store new readings; a correction is a row of its own beside the reading it corrects.

    Args:
        connection: in a transaction of the caller's.
        readings: of any source; one that cannot be true is refused and counted, and stops no other.
        seen_at: market time at which they came, UTC.
    """
    named = {reading.symbol for reading in readings}
    pairs = frozenset(connection.scalars(select(pair.c.symbol).where(pair.c.symbol.in_(named))))
    reasons = [refusal(reading, seen_at, pairs) for reading in readings]
    sound = [reading for reading, reason in zip(readings, reasons, strict=True) if reason is None]
    refused = Counter(reason for reason in reasons if reason)
    if not sound:
        return WrittenReadings(new=0, repeated=0, refused=refused)
    connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    rows = orjson.dumps([_row(reading) for reading in sound]).decode()
    connection.execute(_ADD_SERIES, {"rows": rows})
    new = connection.execute(_ADD_READINGS, {"rows": rows, "seen_at": seen_at}).rowcount
    return WrittenReadings(new=new, repeated=len(sound) - new, refused=refused)


def _row(reading: FactorReading) -> dict[str, Any]:
    return {**{name: getattr(reading, name) for name in _FIELDS}, "evidence": dict(reading.evidence)}


def newest_readings(connection: Connection, symbols: Sequence[str], as_of: datetime) -> list[FactorReading]:
    """Return the newest reading of each source of each factor for each symbol, as known at a moment; it may be stale.

    Args:
        connection: to read through.
        symbols: pairs, and `MARKET` for readings about the market as a whole.
        as_of: nothing published or first seen after it is visible.
    """
    rows = connection.execute(_NEWEST, {"symbols": list(symbols), "as_of": as_of}).mappings()
    return [FactorReading(**{**row, "factor": Factor(row["factor"])}) for row in rows]


def reading_grids(connection: Connection, symbols: Sequence[str], moments: Microseconds) -> Mapping[FactorSource, ReadingGrid]:
    """Return the same at many moments, a grid `[S, T]` a source, without the evidence: what scores and backtests compute on.

    Args:
        connection: to read through.
        symbols: rows of the grids: pairs, and `MARKET` if it is wanted.
        moments: columns of the grids, microseconds UTC, rising; at least one.
    """
    first, last = (datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(at)) for at in (moments[0], moments[-1]))
    return as_of_join(reading_columns(connection, symbols, first, last), len(symbols), moments)


def reading_columns(connection: Connection, symbols: Sequence[str], first: datetime, last: datetime) -> list[ReadingColumns]:
    """Return every reading of each source that counts at some moment of a span, without the evidence; rows as in `symbols`."""
    rows = connection.execute(_HISTORY, {"symbols": list(symbols), "first": first, "last": last})
    return [_reading_columns(*row) for row in rows]


def _reading_columns(factor: str, source: str, packed: bytes) -> ReadingColumns:
    rows = np.frombuffer(packed, dtype=_PACKED)
    return ReadingColumns(
        source=FactorSource(Factor(factor), source),
        row=rows["row"].astype(np.int64),
        as_of=rows["as_of"].astype(np.int64) + _POSTGRES_EPOCH,
        seen_at=rows["seen_at"].astype(np.int64) + _POSTGRES_EPOCH,
        stale_at=rows["stale_at"].astype(np.int64) + _POSTGRES_EPOCH,
        value=rows["value"].astype(np.float64),
        confidence=rows["confidence"].astype(np.float64),
        publishers=rows["publishers"].astype(np.int64),
    )
