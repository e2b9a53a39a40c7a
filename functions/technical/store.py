"""The SQL of the technical engine: what has arrived, what higher timeframes said, and writing what was concluded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import Connection, func, select, text
from sqlalchemy.dialects.postgresql import insert

from db.tables import candle, gap, processed_close, signal
from functions.market.candles import Timeframe
from functions.technical.document import signal_columns, signal_document
from functions.technical.due import Hole
from functions.technical.quality import Problem
from functions.technical.rules import VERSION
from functions.technical.signal import Signal
from functions.technical.state import StandingRow, State

FUNCTION = "technical"
LOCK = 0x54454348  # any constant: one scan at a time
CLOSES_BACK = 24  # closes of a timeframe that are looked at for symbols not yet processed


def lock(connection: Connection) -> None:
    """Wait until no other scan runs; held until the transaction ends."""
    connection.execute(select(func.pg_advisory_xact_lock(LOCK)))


def arrived(connection: Connection, timeframe: Timeframe, as_of: datetime) -> dict[datetime, frozenset[str]]:
    """Return which symbols have a candle at each of the newest closes, by close time."""
    newest = timeframe.last_closed(as_of)
    rows = connection.execute(
        select(candle.c.open_time, func.string_agg(candle.c.symbol, ","))
        .where(
            candle.c.timeframe == timeframe.value,
            candle.c.open_time.between(newest - (CLOSES_BACK - 1) * timeframe.span, newest),
        )
        .group_by(candle.c.open_time)
    )
    return {open_time + timeframe.span: frozenset(symbols.split(",")) for open_time, symbols in rows}


def open_holes(connection: Connection, timeframe: Timeframe, as_of: datetime, window: int) -> list[Hole]:
    """Return the candles that are still looked for among those under the newest closes, `window` candles each."""
    oldest = timeframe.last_closed(as_of) - (CLOSES_BACK + window) * timeframe.span
    rows = connection.execute(
        select(gap.c.symbol, gap.c.first_open_time, gap.c.last_open_time).where(
            gap.c.timeframe == timeframe.value, gap.c.closed_at.is_(None), gap.c.last_open_time >= oldest
        )
    )
    return [Hole(*row) for row in rows]


def processed(connection: Connection, timeframe: Timeframe, closes: Iterable[datetime]) -> dict[datetime, frozenset[str]]:
    """Return which symbols were already scanned, by close time."""
    rows = connection.execute(
        select(processed_close.c.close_time, processed_close.c.symbols).where(
            processed_close.c.function == FUNCTION,
            processed_close.c.timeframe == timeframe.value,
            processed_close.c.version == VERSION,
            processed_close.c.close_time.in_(list(closes)),
        )
    )
    return {close_time: frozenset(symbols) for close_time, symbols in rows}


_STANDING = text("""
    SELECT symbol, close_time, (state->>'problem')::int AS problem, (state->'trend'->>'direction')::int AS direction,
           (state->'trend'->>'strength')::float8 AS strength, (state->'indicators'->>'atr')::float8 AS atr,
           (state->'trend'->>'regime')::int AS regime
    FROM (
        SELECT newest.* FROM unnest(CAST(:symbols AS text[])) AS wanted (symbol)
        CROSS JOIN LATERAL (
            SELECT symbol, close_time, state FROM technical_state AS s
            WHERE s.symbol = wanted.symbol AND s.timeframe = :timeframe AND s.version = :version AND s.close_time <= :first
              AND (s.state->>'problem')::int <> :missing
            ORDER BY s.close_time DESC LIMIT 1) AS newest
        UNION ALL
        SELECT symbol, close_time, state FROM technical_state
        WHERE symbol = ANY(:symbols) AND timeframe = :timeframe AND version = :version
          AND close_time > :first AND close_time <= :last) AS found
""")


def standing_rows(
    connection: Connection, timeframe: Timeframe, symbols: Sequence[str], first: datetime, last: datetime
) -> list[StandingRow]:
    """Return the states of a higher timeframe from the newest usable one at `first`, however old, to `last`."""
    about = {"symbols": list(symbols), "timeframe": timeframe.value, "version": VERSION, "missing": Problem.MISSING.value}
    return [StandingRow(*row) for row in connection.execute(_STANDING, {**about, "first": first, "last": last})]


@dataclass(frozen=True, slots=True)
class StateRow:
    """One state as it was left."""

    symbol: str
    timeframe: Timeframe
    close_time: datetime
    direction: str
    document: dict[str, Any]


def newest_states(connection: Connection, name: str, as_of: datetime) -> list[StateRow]:
    """Return a symbol's newest state of each timeframe that stands on a close at or before `as_of`, the shortest first."""
    rows = connection.execute(
        text("""
            SELECT t.timeframe, newest.close_time, newest.direction, newest.state
            FROM unnest(CAST(:timeframes AS text[])) WITH ORDINALITY AS t (timeframe, place)
            CROSS JOIN LATERAL (
                SELECT close_time, direction, state FROM technical_state AS s
                WHERE s.symbol = :symbol AND s.timeframe = t.timeframe AND s.version = :version AND s.close_time <= :at
                ORDER BY s.close_time DESC LIMIT 1) AS newest
            ORDER BY place
        """),
        {"symbol": name, "version": VERSION, "at": as_of, "timeframes": [timeframe.value for timeframe in Timeframe]},
    )
    return [StateRow(name, Timeframe(row.timeframe), row.close_time, row.direction, row.state) for row in rows]


def living_signal(connection: Connection, name: str, as_of: datetime) -> dict[str, Any] | None:
    """Return a symbol's newest signal that was known and not expired at `as_of`, as its document; None without one."""
    columns = signal.c
    row = connection.execute(
        select(signal)
        .where(columns.symbol == name, columns.close_time <= as_of, columns.created_at <= as_of, columns.expires_at > as_of)
        .order_by(columns.close_time.desc(), columns.timeframe)
        .limit(1)
    )
    found = row.mappings().first()
    return None if found is None else signal_document(found["id"], dict(found))


def ticks(connection: Connection, symbols: Iterable[str]) -> dict[str, Decimal]:
    """Return the tick size of each symbol that is known."""
    rows = connection.execute(
        text("SELECT symbol, tick_size FROM symbol WHERE symbol = ANY(CAST(:symbols AS text[]))"), {"symbols": list(symbols)}
    )
    return {row.symbol: row.tick_size for row in rows}


def write_states(connection: Connection, states: Sequence[State]) -> None:
    """Write the states of one close; one that is there stays as it is."""
    # One text of all lines is five times faster than an array of them, which the driver quotes one by one.
    connection.execute(
        text(
            "INSERT INTO technical_state (symbol, timeframe, close_time, version, direction, reason, state)"
            " SELECT symbol, :timeframe, :close_time, :version, direction, reason, CAST(state AS jsonb)"
            " FROM unnest(string_to_array(:symbols, E'\\n'), string_to_array(:directions, E'\\n'),"
            " string_to_array(:reasons, E'\\n'), string_to_array(:states, E'\\n')) AS row (symbol, direction, reason, state)"
            " ON CONFLICT DO NOTHING"
        ),
        {
            "timeframe": states[0].timeframe.value,
            "close_time": states[0].close_time,
            "version": VERSION,
            "symbols": "\n".join(state.symbol for state in states),
            "directions": "\n".join(state.direction for state in states),
            "reasons": "\n".join(state.reason for state in states),
            "states": b"\n".join(orjson.dumps(state.document) for state in states).decode(),
        },
    )


def write_signals(connection: Connection, found: Sequence[Signal]) -> list[tuple[int, Signal]]:
    """Write the signals of one close and return those that were not there yet, each with its id."""
    if not found:
        return []
    written = connection.execute(
        insert(signal).on_conflict_do_nothing().returning(signal.c.id, signal.c.symbol), [signal_columns(one) for one in found]
    )
    numbers = {row.symbol: row.id for row in written}
    return [(numbers[one.symbol], one) for one in found if one.symbol in numbers]


def mark_processed(
    connection: Connection, timeframe: Timeframe, close_time: datetime, symbols: Iterable[str], at: datetime
) -> None:
    """Remember that these symbols of a close are done."""
    values = {
        "function": FUNCTION,
        "timeframe": timeframe.value,
        "close_time": close_time,
        "version": VERSION,
        "symbols": sorted(symbols),
        "processed_at": at,
    }
    row = insert(processed_close).values(values)
    connection.execute(
        row.on_conflict_do_update(
            index_elements=["function", "timeframe", "close_time", "version"],
            set_={"symbols": processed_close.c.symbols.concat(row.excluded.symbols), "processed_at": at},
        )
    )
