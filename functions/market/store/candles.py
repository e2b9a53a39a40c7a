"""Candles in and out of Postgres.

The stream only adds; REST also corrects. A value that replaces another turns the row's source into `revised`, and a trigger
keeps the replaced values in `candle_revision`, whoever wrote.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, RowMapping, text

from functions.market.candles.closed import VALUES, ClosedCandles, Source
from functions.market.candles.gaps import Run, from_ms
from functions.market.candles.timeframe import Timeframe

_INCOMING = """
    WITH incoming AS (
        SELECT symbol, :timeframe AS timeframe, to_timestamp(opened / 1000) AS open_time, open, high, low, close, volume, turnover
        FROM unnest(CAST(:symbol AS text[]), CAST(:open_time AS bigint[]), CAST(:open AS float8[]), CAST(:high AS float8[]),
                    CAST(:low AS float8[]), CAST(:close AS float8[]), CAST(:volume AS float8[]), CAST(:turnover AS float8[]))
             AS row (symbol, opened, open, high, low, close, volume, turnover)
    )
"""
_COLUMNS = "symbol, timeframe, open_time, open, high, low, close, volume, turnover"
_DIFFERS = "(c.open, c.high, c.low, c.close, c.volume) IS DISTINCT FROM ({0}.open, {0}.high, {0}.low, {0}.close, {0}.volume)"

_ADD = text(f"""{_INCOMING},
    written AS (
        INSERT INTO candle ({_COLUMNS}, source) SELECT {_COLUMNS}, 'ws' FROM incoming
        ON CONFLICT (symbol, timeframe, open_time) DO NOTHING RETURNING symbol
    ),
    disputed AS (SELECT i.symbol, i.open_time FROM incoming i JOIN candle c USING (symbol, timeframe, open_time)
                 WHERE c.timeframe = :timeframe AND c.open_time BETWEEN :first AND :last AND {_DIFFERS.format("i")})
    SELECT (SELECT count(*) FROM written) AS added, 0 AS revised,
           ARRAY(SELECT symbol FROM disputed ORDER BY symbol, open_time) AS symbols,
           ARRAY(SELECT open_time FROM disputed ORDER BY symbol, open_time) AS open_times
""")  # noqa: S608 - only our own column lists are put in

_CORRECT = text(f"""{_INCOMING},
    written AS (
        INSERT INTO candle AS c ({_COLUMNS}, source) SELECT {_COLUMNS}, 'rest' FROM incoming
        ON CONFLICT (symbol, timeframe, open_time) DO UPDATE SET
            open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close,
            volume = excluded.volume, turnover = excluded.turnover, source = 'revised'
        WHERE {_DIFFERS.format("excluded")}
        RETURNING source
    )
    SELECT count(*) FILTER (WHERE source = 'rest') AS added, count(*) FILTER (WHERE source = 'revised') AS revised,
           ARRAY[]::text[] AS symbols, ARRAY[]::timestamptz[] AS open_times
    FROM written
""")  # noqa: S608 - as above


# The oldest of the values that were replaced after a moment are those known at it.
_AS_KNOWN = ", ".join(f"CASE WHEN was.id IS NULL THEN c.{name} ELSE was.{name} END AS {name}" for name in (*VALUES, "source"))
_ROWS = text(f"""
    SELECT c.open_time, {_AS_KNOWN}
    FROM (SELECT open_time, open, high, low, close, volume, turnover, source FROM candle
          WHERE symbol = :symbol AND timeframe = :timeframe AND open_time <= :newest ORDER BY open_time DESC LIMIT :limit) AS c
    LEFT JOIN LATERAL (
        SELECT * FROM candle_revision r
        WHERE r.symbol = :symbol AND r.timeframe = :timeframe AND r.open_time = c.open_time
          AND r.revised_at > CAST(:known_at AS timestamptz)
        ORDER BY r.id LIMIT 1) AS was ON true
    ORDER BY c.open_time
""")  # noqa: S608 - as above


@dataclass(frozen=True, slots=True)
class WrittenCandles:
    """What a write did; `disputed` are stored candles that differ from what the stream said, for REST to decide."""

    added: int
    revised: int
    disputed: tuple[Run, ...]


def write_candles(connection: Connection, candles: ClosedCandles, source: Source) -> WrittenCandles:
    """Store closed candles; the same candles again change nothing.

    Args:
        connection: in a transaction of the caller's.
        candles: of one timeframe; a candle may be in it once.
        source: `ws` adds what is missing, `rest` also corrects what differs.
    """
    if not len(candles):
        return WrittenCandles(0, 0, ())
    values = {name: getattr(candles, name) for name in ("open_time", *VALUES)}
    about: dict[str, object] = {"timeframe": candles.timeframe.value, "symbol": list(candles.symbols)}
    if source is Source.WS:
        # The stretch of time in constants, so that a hypertable looks at its chunks alone.
        about |= {"first": from_ms(int(candles.open_time.min())), "last": from_ms(int(candles.open_time.max()))}
    row = connection.execute(_ADD if source is Source.WS else _CORRECT, {**about, **values}).one()
    disputed = (Run(name, candles.timeframe, at, at) for name, at in zip(row.symbols, row.open_times, strict=True))
    return WrittenCandles(row.added, row.revised, tuple(disputed))


def stored_runs(
    connection: Connection, timeframe: Timeframe, symbols: Sequence[str], first: datetime, last: datetime
) -> list[Run]:
    """Return the unbroken runs of stored candles between two open times, both included: one a symbol where none is missing."""
    # Candles that follow each other without a hole have the same open time minus span times their number.
    rows = connection.execute(
        text("""
            SELECT symbol, min(open_time) AS first, max(open_time) AS last
            FROM (SELECT symbol, open_time, open_time - CAST(:span AS interval)
                             * row_number() OVER (PARTITION BY symbol ORDER BY open_time) AS island
                  FROM candle
                  WHERE timeframe = :timeframe AND open_time BETWEEN :first AND :last AND symbol = ANY(:symbols)) AS numbered
            GROUP BY symbol, island
        """),
        {"timeframe": timeframe.value, "span": timeframe.span, "symbols": list(symbols), "first": first, "last": last},
    )
    return [Run(row.symbol, timeframe, row.first, row.last) for row in rows]


def last_closes(connection: Connection, timeframe: Timeframe, symbols: Sequence[str], as_of: datetime) -> list[datetime | None]:
    """Return when each symbol's newest candle closed at `as_of` closed; None without one. One index look-up a symbol."""
    rows = connection.execute(
        text("""
            SELECT (SELECT open_time FROM candle WHERE symbol = wanted.symbol AND timeframe = :timeframe AND open_time <= :newest
                    ORDER BY open_time DESC LIMIT 1) AS open_time
            FROM unnest(CAST(:symbols AS text[])) WITH ORDINALITY AS wanted (symbol, place) ORDER BY place
        """),
        {"symbols": list(symbols), "timeframe": timeframe.value, "newest": timeframe.last_closed(as_of)},
    )
    return [row.open_time.astimezone(UTC) + timeframe.span if row.open_time else None for row in rows]


def candle_rows(
    connection: Connection, symbol: str, timeframe: Timeframe, as_of: datetime, limit: int, known_at: datetime | None = None
) -> list[RowMapping]:
    """Return one symbol's newest candles closed at `as_of`, oldest first, as rows with their source.

    With `known_at`, a wall time, candles that were corrected later are as they were known then.
    """
    about = {"symbol": symbol, "timeframe": timeframe.value, "newest": timeframe.last_closed(as_of), "limit": limit}
    rows = connection.execute(_ROWS, {**about, "known_at": known_at})
    return list(rows.mappings())
