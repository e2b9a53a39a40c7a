"""The SQL of the panes that no other capability has: a day of candles, trades that are over, the state of the sources."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import Connection, text

from functions.market.candles.grid import Timeframe
from functions.panes.answers import SourceRow

SPAN = Timeframe.M15.span
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ClosedCandle:
    """What a pane takes of one candle of 15m."""

    closed_at: datetime
    close: float
    volume: float


def last_day(connection: Connection, symbols: Sequence[str], as_of: datetime) -> dict[str, list[ClosedCandle]]:
    """Return each pair's closed candles of 15m of the 24 hours up to a moment and the one before them, oldest first."""
    rows = connection.execute(
        text("""
            SELECT symbol, open_time, close, volume FROM candle
            WHERE timeframe = :timeframe AND symbol = ANY(:symbols) AND open_time >= :first AND open_time <= :last
            ORDER BY symbol, open_time
        """),
        {"timeframe": Timeframe.M15.value, "symbols": list(symbols), "first": as_of - DAY - 2 * SPAN, "last": as_of - SPAN},
    )
    return {
        symbol: [ClosedCandle(row.open_time + SPAN, row.close, row.volume) for row in of_symbol]
        for symbol, of_symbol in groupby(rows, key=lambda row: str(row.symbol))
    }


def source_rows(connection: Connection, wall: datetime) -> list[SourceRow]:
    """Return the state of every source at a wall time; nothing that came later is shown."""
    rows = connection.execute(
        text("""
            SELECT source, CASE WHEN last_success_at <= :wall THEN last_success_at END AS ok_at,
                   CASE WHEN last_error_at <= :wall AND last_error_at > coalesce(last_success_at, '-infinity')
                        THEN last_error_at END AS error_at,
                   coalesce(last_error, '') AS error, successes
            FROM source_status ORDER BY source
        """),
        {"wall": wall},
    )
    return [
        SourceRow(
            source=row.source,
            ok_at=row.ok_at,
            age_seconds=(wall - row.ok_at).total_seconds() if row.ok_at else None,
            error=row.error if row.error_at else "",
            error_at=row.error_at,
            successes=row.successes,
        )
        for row in rows
    ]


def open_gaps(connection: Connection, wall: datetime) -> int:
    """Return how many gaps of the candles were open at a wall time."""
    statement = text("SELECT count(*) FROM gap WHERE opened_at <= :wall AND (closed_at IS NULL OR closed_at > :wall)")
    return int(connection.scalar(statement, {"wall": wall}) or 0)


def revisions_since(connection: Connection, since: datetime, until: datetime) -> int:
    """Return how many candles the exchange changed afterwards between two wall times."""
    statement = text("SELECT count(*) FROM candle_revision WHERE revised_at > :since AND revised_at <= :until")
    return int(connection.scalar(statement, {"since": since, "until": until}) or 0)


def database_bytes(connection: Connection) -> int:
    """Return the size of the database."""
    return int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)
