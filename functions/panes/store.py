"""The SQL of the panes that no other capability has: a day of candles, gaps, messages that arrived, the database's size."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import Connection, text

from functions.market.candles.timeframe import Timeframe

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


def delivered_messages(connection: Connection, since: datetime, until: datetime) -> tuple[int, datetime | None]:
    """Return how many messages arrived between two wall times, and when the newest of them did."""
    statement = text("""
        SELECT count(*) AS messages, max(finished_at) AS newest FROM delivery
        WHERE state = 'delivered' AND finished_at > :since AND finished_at <= :until
    """)
    row = connection.execute(statement, {"since": since, "until": until}).one()
    return row.messages, row.newest


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
