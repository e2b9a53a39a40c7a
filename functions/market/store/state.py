"""The SQL of the state of market data: how many candles each timeframe has, and which were revised."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, RowMapping, text

from functions.market.candles.timeframe import Timeframe

COUNTED = 100_000  # candles of a timeframe up to which they are counted; a look at the state reads no whole table

_COVERAGE = text("""
    SELECT (SELECT count(*)
            FROM (SELECT FROM candle WHERE timeframe = :timeframe AND open_time <= :as_of LIMIT :most) AS counted) AS candles,
           (SELECT open_time FROM candle WHERE timeframe = :timeframe AND open_time <= :as_of
            ORDER BY open_time DESC LIMIT 1) AS newest,
           (SELECT count(*) FROM gap WHERE timeframe = :timeframe AND closed_at IS NULL) AS open_gaps
""")
_ESTIMATE = text("EXPLAIN (FORMAT JSON) SELECT FROM candle WHERE timeframe = :timeframe AND open_time <= :as_of")
_REVISIONS = text("""
    SELECT symbol, timeframe, open_time, revised_at, source, open, high, low, close, volume FROM candle_revision
    WHERE CAST(:symbol AS text) IS NULL OR symbol = :symbol ORDER BY id DESC LIMIT :limit
""")
_NOW = text("""
    SELECT symbol, timeframe, open_time, close, volume FROM candle
    WHERE timeframe = :timeframe AND open_time BETWEEN :first AND :last
      AND (symbol, open_time) IN (SELECT * FROM unnest(CAST(:symbols AS text[]), CAST(:open_times AS timestamptz[])))
""")


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much there is of one timeframe; more than 100,000 candles are estimated."""

    timeframe: Timeframe
    candles: int
    newest_close: datetime | None
    open_gaps: int


def coverage(connection: Connection, as_of: datetime, most: int = COUNTED) -> list[Coverage]:
    """Return the coverage of each timeframe at a moment.

    Args:
        connection: to the database.
        as_of: candles that opened later are left out.
        most: candles of a timeframe that are counted; of more, the planner's estimate is returned.
    """
    coverages = []
    for timeframe in Timeframe:
        about = {"timeframe": timeframe.value, "as_of": as_of}
        row = connection.execute(_COVERAGE, {**about, "most": most + 1}).one()
        candles = row.candles if row.candles <= most else max(most, _estimate(connection, about))
        newest = row.newest.astimezone(UTC) + timeframe.span if row.newest else None
        coverages.append(Coverage(timeframe, candles, newest, row.open_gaps))
    return coverages


def _estimate(connection: Connection, about: Mapping[str, object]) -> int:
    return int(connection.execute(_ESTIMATE, about).scalar_one()[0]["Plan"]["Plan Rows"])


def revisions(connection: Connection, symbol: str | None, limit: int) -> list[dict[str, object]]:
    """Return values that were replaced, newest first, beside the values that hold now."""
    replaced = connection.execute(_REVISIONS, {"symbol": symbol, "limit": limit}).mappings().all()
    now = _values_now(connection, replaced)
    return [
        {**row, **dict(zip(("close_now", "volume_now"), now.get(_candle(row), (None, None)), strict=True))} for row in replaced
    ]


def _values_now(connection: Connection, replaced: Sequence[RowMapping]) -> dict[tuple[str, str, datetime], tuple[float, float]]:
    """Return close and volume of the candles these revisions are of; a timeframe at a time, within their stretch of time."""
    now: dict[tuple[str, str, datetime], tuple[float, float]] = {}
    for timeframe in {row["timeframe"] for row in replaced}:
        of_it = [row for row in replaced if row["timeframe"] == timeframe]
        times = [row["open_time"] for row in of_it]
        about = {"timeframe": timeframe, "symbols": [row["symbol"] for row in of_it], "open_times": times}
        candles = connection.execute(_NOW, {**about, "first": min(times), "last": max(times)}).mappings()
        now.update({_candle(row): (row["close"], row["volume"]) for row in candles})
    return now


def _candle(row: RowMapping) -> tuple[str, str, datetime]:
    return row["symbol"], row["timeframe"], row["open_time"]


def count_revisions(connection: Connection) -> int:
    """Return how many values were replaced and are still kept."""
    return int(connection.scalar(text("SELECT count(*) FROM candle_revision")) or 0)
