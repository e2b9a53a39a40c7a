"""The candles of many symbols out of Postgres, as one dense grid."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, text

from db.copy import copied
from functions.market.candles.gaps import to_ms
from functions.market.candles.grid import CANDLE_FIELDS, Candles
from functions.market.candles.timeframe import Timeframe

PACKED = np.dtype([("symbol", ">i8"), ("open_time", ">i8"), ("values", ">f8", (5,))])  # the field `candle.packed`
POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
TOGETHER = 8  # closes whose candles come as one row: fewer, larger ones wake neither side more often than is good
FEW = 20  # symbols up to which the candles of each are looked up; more are found among those of all

# The bounds of the whole read stand beside those of each stretch: the planner sees constants alone, and leaves out the chunks
# of a hypertable that hold none of these candles.
_READ = """
    SELECT candles FROM generate_series(%(first)s::timestamptz, %(last)s::timestamptz, %(stretch)s::interval) AS stretch (first)
    CROSS JOIN LATERAL (
        SELECT string_agg(packed, '') AS candles FROM candle
        WHERE timeframe = %(timeframe)s AND open_time >= stretch.first AND open_time < stretch.first + %(stretch)s::interval
          AND open_time >= %(first)s::timestamptz AND open_time < %(end)s::timestamptz {among}
    ) AS found
    WHERE candles IS NOT NULL
"""
_AMONG = "AND symbol = ANY(%(symbols)s)"
_REPLACED = text("""
    SELECT DISTINCT ON (symbol, open_time) symbol, open_time, open, high, low, close, volume FROM candle_revision
    WHERE timeframe = :timeframe AND symbol = ANY(:symbols) AND open_time >= :first AND open_time < :end
      AND revised_at > :known_at
    ORDER BY symbol, open_time, id
""")
_NUMBERS = text(
    "SELECT hashtextextended(symbol, 0)"
    " FROM unnest(CAST(:symbols AS text[])) WITH ORDINALITY AS wanted (symbol, place) ORDER BY place"
)


def read_candles(
    engine: Engine,
    timeframe: Timeframe,
    symbols: Sequence[str],
    as_of: datetime,
    bars: int,
    known_at: datetime | None = None,
) -> Candles:
    """Read the newest `bars` candles closed at `as_of` of each symbol, as a dense grid `[S, T]` with T at most `bars`.

    Args:
        engine: connections to the database.
        timeframe: of the candles.
        symbols: the grid's rows, in this order; a symbol without candles is a row of NaN.
        as_of: UTC; candles that close later are left out.
        bars: how many candles back from the newest closed one.
        known_at: wall time; candles that were corrected later are as they were known then. Without it all are as they are now.
    """
    last = timeframe.last_closed(as_of)
    with engine.connect() as connection:
        return read_range(connection, timeframe, symbols, last - (bars - 1) * timeframe.span, last, known_at).trimmed()


def read_range(
    connection: Connection,
    timeframe: Timeframe,
    symbols: Sequence[str],
    first: datetime,
    last: datetime,
    known_at: datetime | None = None,
) -> Candles:
    """Read the candles between two open times, both included, as a grid of all these times, also of those without a candle.

    `known_at` as in `read_candles`.
    """
    times = np.arange(to_ms(first), to_ms(last) + 1, timeframe.milliseconds, dtype=np.int64)
    # Time lies first in memory: what walks over time finds each step's symbols side by side.
    grid = np.full((len(CANDLE_FIELDS), len(times), len(symbols)), np.nan)
    rows_of = _rows_of(connection, symbols)
    asked = {
        "first": first,
        "last": last,
        "end": last + timeframe.span,
        "stretch": TOGETHER * timeframe.span,
        "timeframe": timeframe.value,
        "symbols": list(symbols),
    }
    begins = (first - POSTGRES_EPOCH) // timedelta(microseconds=1)
    statement = _READ.format(among=_AMONG if len(symbols) <= FEW else "")
    for (candles,) in copied(connection, statement, ("bytea",), asked):
        rows_read = np.frombuffer(candles, PACKED)
        known, rows = rows_of(rows_read["symbol"].tobytes())
        columns = (rows_read["open_time"][known] - begins) // (timeframe.milliseconds * 1000)
        grid[:, columns, rows] = rows_read["values"][known].T
    if known_at is not None:
        _as_known(connection, grid, asked | {"known_at": known_at}, timeframe.span)
    return Candles(timeframe, tuple(symbols), times, *(values.T for values in grid))


def _as_known(connection: Connection, grid: NDArray[np.float64], asked: dict[str, Any], span: timedelta) -> None:
    """Put back what was replaced after a moment: the oldest of the values that were replaced since then are those known at it."""
    rows = {symbol: row for row, symbol in enumerate(asked["symbols"])}
    for revision in connection.execute(_REPLACED, asked):
        column = (revision.open_time - asked["first"]) // span
        grid[:, column, rows[revision.symbol]] = [getattr(revision, name) for name in CANDLE_FIELDS]


def _rows_of(connection: Connection, symbols: Sequence[str]) -> Any:
    """Return what finds the candles of these symbols: from the numbers of what came to which of them they are, and their rows."""
    numbers = np.array(connection.execute(_NUMBERS, {"symbols": list(symbols)}).scalars().all(), dtype=np.int64)
    order = np.argsort(numbers)
    ordered = numbers[order]

    @lru_cache(maxsize=1)  # mostly the candles lie in the order of those before
    def rows_of(listed: bytes) -> tuple[NDArray[np.bool_] | slice, NDArray[np.int64]]:
        wanted = np.frombuffer(listed, ">i8").astype(np.int64)
        place = np.searchsorted(ordered, wanted) % max(len(ordered), 1)
        known = ordered[place] == wanted if len(ordered) else np.zeros(len(wanted), dtype=np.bool_)
        return (slice(None), order[place]) if known.all() else (known, order[place[known]])

    return rows_of
