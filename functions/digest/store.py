"""The SQL of the digest; read only."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select, text

from db.tables import alert, listing, signal
from functions.digest.overview import DailyState

DAY = timedelta(hours=24)
STATES_BACK = timedelta(days=7)  # a coin whose newest daily state is older has left the watched ones
SHOWN = 20
SYMBOLS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class SignalRow:
    """A signal."""

    signal_id: int
    symbol: str
    direction: str
    timeframe: str
    confidence: float
    entry: Decimal
    created_at: datetime
    close_time: datetime


@dataclass(frozen=True, slots=True)
class HeldRow:
    """Setups that were rejected by one check first."""

    code: str
    params: dict[str, Any]
    text: str
    count: int
    symbols: list[str]


@dataclass(frozen=True, slots=True)
class ListingEvent:
    """A pair that came or went."""

    symbol: str
    event: str
    at: datetime


_STATES = text("""
    SELECT DISTINCT ON (symbol) symbol, close_time, problem, trend AS direction, regime, close, ema50, ema200
    FROM technical_state
    WHERE timeframe = '1d' AND version = :version AND close_time > :since AND close_time <= :as_of
    ORDER BY symbol, close_time DESC
""")
_HELD = text("""
    WITH rejected AS (
        SELECT symbol, close_time, code, reasons -> 0 AS why FROM rejection
        WHERE close_time > :since AND close_time <= :as_of AND created_at <= :as_of
    ), coin AS (SELECT code, symbol, count(*) AS times FROM rejected GROUP BY code, symbol)
    SELECT code, (array_agg(why ORDER BY close_time DESC, symbol))[1] AS why, count(*) AS setups,
           (SELECT array_agg(symbol ORDER BY times DESC, symbol) FROM coin WHERE coin.code = rejected.code) AS symbols
    FROM rejected GROUP BY code ORDER BY count(*) DESC, code
""")


def daily_states(connection: Connection, as_of: datetime, version: int) -> list[DailyState]:
    """Return each coin's newest daily state known at a moment, by name."""
    rows = connection.execute(_STATES, {"version": version, "since": as_of - STATES_BACK, "as_of": as_of})
    return [DailyState(**row) for row in rows.mappings()]


def signals_since(connection: Connection, as_of: datetime) -> list[SignalRow]:
    """Return the signals on closes of the 24 hours before a moment, newest first; only those that were known at it.

    After a time away signals of older closes are written as well: they are of the past, whenever they were found.
    """
    column = signal.c
    about = (column.id.label("signal_id"), column.symbol, column.direction, column.timeframe, column.confidence, column.entry)
    within = (column.close_time > as_of - DAY) & (column.close_time <= as_of) & (column.created_at <= as_of)
    signals = select(*about, column.created_at, column.close_time).where(within)
    rows = connection.execute(signals.order_by(column.close_time.desc(), column.id.desc()))
    return [SignalRow(**row) for row in rows.mappings()]


def held_back(connection: Connection, as_of: datetime) -> list[HeldRow]:
    """Return the setups of the 24 hours before a moment that were rejected, by the first check that they failed."""
    rows = connection.execute(_HELD, {"since": as_of - DAY, "as_of": as_of})
    return [
        HeldRow(
            code=row.code,
            params=row.why["params"],
            text=row.why["text"],
            count=row.setups,
            symbols=row.symbols[:SYMBOLS_SHOWN],
        )
        for row in rows
    ]


def unsent(connection: Connection, now: datetime, chat_id: int | None = None) -> dict[str, int]:
    """Return how many messages of the 24 hours before a wall time were held, expired or died; of one chat, or of all.

    What nobody has claimed in time has expired, whether or not a claim came since to say so.
    """
    rows = connection.execute(
        text("""SELECT CASE WHEN d.state = 'pending' THEN 'expired' ELSE d.state END AS state, count(*)
                FROM delivery d JOIN alert a ON a.id = d.alert_id
                WHERE a.created_at > :since AND a.created_at <= :now AND (CAST(:chat AS bigint) IS NULL OR d.chat_id = :chat)
                  AND (d.state IN ('held', 'expired', 'dead')
                       OR (d.state = 'pending' AND a.expires_at <= :now AND coalesce(d.lease_until <= :now, true)))
                GROUP BY 1"""),
        {"since": now - DAY, "now": now, "chat": chat_id},
    )
    return {"held": 0, "expired": 0, "dead": 0, **dict(map(tuple, rows))}


def listings_since(connection: Connection, as_of: datetime) -> list[ListingEvent]:
    """Return the pairs that came or went in the 24 hours before a moment, newest first."""
    within = (listing.c.noted_at > as_of - DAY) & (listing.c.noted_at <= as_of)
    rows = connection.execute(select(listing.c.symbol, listing.c.event, listing.c.at).where(within).order_by(listing.c.id.desc()))
    return [ListingEvent(**row) for row in rows.mappings().fetchmany(SHOWN)]


def alert_payload(connection: Connection, key: str) -> dict[str, Any] | None:
    """Return the payload of the alert with this key; None when there is none."""
    payload: dict[str, Any] | None = connection.scalar(select(alert.c.payload).where(alert.c.key == key))
    return payload
