"""What state market data is in: the newest candle of each series, gaps, revisions."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, RowMapping, text

from functions.market.candles import Timeframe


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much there is of one timeframe."""

    timeframe: Timeframe
    candles: int
    newest_close: datetime | None
    open_gaps: int


def coverage(connection: Connection) -> list[Coverage]:
    """Return the coverage of each timeframe."""
    rows = connection.execute(
        text("""
            SELECT t.timeframe, newest.open_time,
                   (SELECT count(*) FROM candle c WHERE c.timeframe = t.timeframe) AS candles,
                   (SELECT count(*) FROM gap g WHERE g.timeframe = t.timeframe AND g.closed_at IS NULL) AS open_gaps
            FROM unnest(ARRAY['5m', '15m', '1h', '4h', '1d']) AS t (timeframe)
            LEFT JOIN LATERAL (SELECT open_time FROM candle WHERE timeframe = t.timeframe
                               ORDER BY open_time DESC LIMIT 1) AS newest ON true
        """)
    )
    found = []
    for row in rows:
        timeframe = Timeframe(row.timeframe)
        newest = row.open_time.astimezone(UTC) + timeframe.span if row.open_time else None
        found.append(Coverage(timeframe, row.candles, newest, row.open_gaps))
    return found


def revisions(connection: Connection, symbol: str | None, limit: int) -> list[RowMapping]:
    """Return values that were replaced, newest first, beside the values that hold now."""
    rows = connection.execute(
        text("""
            SELECT r.symbol, r.timeframe, r.open_time, r.revised_at, r.source,
                   r.open, r.high, r.low, r.close, r.volume, c.close AS close_now, c.volume AS volume_now
            FROM candle_revision r LEFT JOIN candle c USING (symbol, timeframe, open_time)
            WHERE CAST(:symbol AS text) IS NULL OR r.symbol = :symbol ORDER BY r.id DESC LIMIT :limit
        """),
        {"symbol": symbol, "limit": limit},
    )
    return list(rows.mappings())
