"""Latest tickers in Postgres: one row a symbol, the newest of the exchange; a stamp from the future loses."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from functions.market.candles.freshness import TICKER_LIFE
from functions.market.universe import Ticker

# A price comes seconds after it held. One that stands so far ahead of a later word was never that new: its time was wrong.
AHEAD = timedelta(minutes=10)

_WRITE = text("""
    INSERT INTO ticker AS t (symbol, price, high_24h, low_24h, volume_24h, turnover_24h, change_24h, exchange_time,
                             bid, ask, quoted_at)
    SELECT symbol, price, high, low, volume, turnover, change, said, bid, ask, quoted
    FROM unnest(CAST(:symbol AS text[]), CAST(:price AS float8[]), CAST(:high AS float8[]), CAST(:low AS float8[]),
                CAST(:volume AS float8[]), CAST(:turnover AS float8[]), CAST(:change AS float8[]),
                CAST(:exchange_time AS timestamptz[]), CAST(:bid AS float8[]), CAST(:ask AS float8[]),
                CAST(:quoted_at AS timestamptz[]))
         AS row (symbol, price, high, low, volume, turnover, change, said, bid, ask, quoted)
    ORDER BY symbol
    ON CONFLICT (symbol) DO UPDATE SET
        (price, high_24h, low_24h, volume_24h, turnover_24h, change_24h, exchange_time) =
            (SELECT n.* FROM (VALUES (excluded.price, excluded.high_24h, excluded.low_24h, excluded.volume_24h,
                                      excluded.turnover_24h, excluded.change_24h, excluded.exchange_time),
                                     (t.price, t.high_24h, t.low_24h, t.volume_24h,
                                      t.turnover_24h, t.change_24h, t.exchange_time))
                              AS n (price, high, low, volume, turnover, change, said)
             ORDER BY said > excluded.exchange_time + :ahead, said DESC LIMIT 1),
        (bid, ask, quoted_at) =
            (SELECT n.* FROM (VALUES (excluded.bid, excluded.ask, excluded.quoted_at), (t.bid, t.ask, t.quoted_at))
                              AS n (bid, ask, quoted)
             ORDER BY coalesce(quoted > excluded.exchange_time + :ahead, false), quoted DESC NULLS LAST LIMIT 1)
""")
_FIELDS = ("symbol", "price", "high", "low", "volume", "turnover", "change", "exchange_time", "bid", "ask", "quoted_at")


def write_tickers(connection: Connection, tickers: Sequence[Ticker]) -> None:
    """Keep the newest of each symbol, and the newest quote: both of its sides, or neither.

    A stored price or quote that lies more than ten minutes ahead of what comes now is replaced: its time was wrong. Each symbol
    may be given once.

    Rows are taken in order of their symbol, so that two writers never wait for each other in a circle.
    """
    if tickers:
        columns = {name: [getattr(ticker, name) for ticker in tickers] for name in _FIELDS}
        connection.execute(_WRITE, {**columns, "ahead": AHEAD})


def read_tickers(connection: Connection, as_of: datetime, symbols: Sequence[str] = ()) -> list[Ticker]:
    """Return the latest tickers by name, however old; of all symbols when none is named.

    A quote that is older than a price may be at `as_of` is none: it comes over REST while the price comes over the stream.
    """
    rows = connection.execute(
        text("""
            SELECT symbol, price, high_24h AS high, low_24h AS low, volume_24h AS volume, turnover_24h AS turnover,
                   change_24h AS change, exchange_time, CASE WHEN fresh THEN bid END AS bid, CASE WHEN fresh THEN ask END AS ask,
                   CASE WHEN fresh THEN quoted_at END AS quoted_at
            FROM (SELECT *, quoted_at >= :oldest AS fresh FROM ticker) AS t
            WHERE cardinality(CAST(:symbols AS text[])) = 0 OR symbol = ANY(:symbols) ORDER BY symbol
        """),
        {"symbols": list(symbols), "oldest": as_of - TICKER_LIFE},
    )
    return [Ticker(**row) for row in rows.mappings()]
