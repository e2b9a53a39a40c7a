"""The open 5m candle of each pair in Postgres: one row a pair, the newest word of the exchange."""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from functions.market.candles.forming import FormingCandle
from functions.market.store.tickers import AHEAD

_WRITE = text("""
    INSERT INTO forming_candle AS f (symbol, open_time, open, high, low, close, exchange_time)
    SELECT * FROM unnest(CAST(:symbol AS text[]), CAST(:open_time AS timestamptz[]), CAST(:open AS float8[]),
                         CAST(:high AS float8[]), CAST(:low AS float8[]), CAST(:close AS float8[]),
                         CAST(:exchange_time AS timestamptz[])) AS row (symbol)
    ORDER BY symbol
    ON CONFLICT (symbol) DO UPDATE SET (open_time, open, high, low, close, exchange_time) =
        (excluded.open_time, excluded.open, excluded.high, excluded.low, excluded.close, excluded.exchange_time)
    WHERE f.exchange_time <= excluded.exchange_time OR f.exchange_time > excluded.exchange_time + :ahead
""")


def write_forming(connection: Connection, candles: Sequence[FormingCandle]) -> None:
    """Keep the newest of each pair; one more than ten minutes ahead of what comes now is replaced, for its time was wrong."""
    if candles:
        columns = {name: [getattr(candle, name) for candle in candles] for name in FormingCandle.__slots__}
        connection.execute(_WRITE, {**columns, "ahead": AHEAD})


def read_forming(connection: Connection, symbol: str) -> FormingCandle | None:
    """Return the open candle of a pair as it was said last, however long ago; None before the first."""
    row = (
        connection.execute(text("SELECT * FROM forming_candle WHERE symbol = :symbol"), {"symbol": symbol})
        .mappings()
        .one_or_none()
    )
    return FormingCandle(**row) if row else None
