"""Latest tickers in Postgres: one row a symbol, always the newest the exchange said."""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from functions.market.universe import Ticker

_WRITE = text("""
    INSERT INTO ticker AS t (symbol, price, high_24h, low_24h, volume_24h, turnover_24h, change_24h, exchange_time,
                             bid, ask, quoted_at)
    SELECT symbol, price, high, low, volume, turnover, change, said, bid, ask, CASE WHEN bid IS NOT NULL THEN said END
    FROM unnest(CAST(:symbol AS text[]), CAST(:price AS float8[]), CAST(:high AS float8[]), CAST(:low AS float8[]),
                CAST(:volume AS float8[]), CAST(:turnover AS float8[]), CAST(:change AS float8[]),
                CAST(:exchange_time AS timestamptz[]), CAST(:bid AS float8[]), CAST(:ask AS float8[]))
         AS row (symbol, price, high, low, volume, turnover, change, said, bid, ask)
    ORDER BY symbol
    ON CONFLICT (symbol) DO UPDATE SET
        (price, high_24h, low_24h, volume_24h, turnover_24h, change_24h, exchange_time) =
            (SELECT n.* FROM (VALUES (excluded.price, excluded.high_24h, excluded.low_24h, excluded.volume_24h,
                                      excluded.turnover_24h, excluded.change_24h, excluded.exchange_time),
                                     (t.price, t.high_24h, t.low_24h, t.volume_24h,
                                      t.turnover_24h, t.change_24h, t.exchange_time))
                              AS n (price, high, low, volume, turnover, change, said) ORDER BY said DESC LIMIT 1),
        bid = coalesce(excluded.bid, t.bid), ask = coalesce(excluded.ask, t.ask),
        quoted_at = coalesce(excluded.quoted_at, t.quoted_at)
""")
_FIELDS = ("symbol", "price", "high", "low", "volume", "turnover", "change", "exchange_time", "bid", "ask")


def write_tickers(connection: Connection, tickers: Sequence[Ticker]) -> None:
    """Keep the newest of each symbol; one without bid and ask leaves the last quote alone.

    Rows are taken in order of their symbol, so that two writers never wait for each other in a circle.
    """
    if tickers:
        connection.execute(_WRITE, {name: [getattr(one, name) for one in tickers] for name in _FIELDS})


def read_tickers(connection: Connection, symbols: Sequence[str] = ()) -> list[Ticker]:
    """Return the latest tickers by name; of all symbols when none is named."""
    rows = connection.execute(
        text("""
            SELECT symbol, price, high_24h AS high, low_24h AS low, volume_24h AS volume, turnover_24h AS turnover,
                   change_24h AS change, exchange_time, bid, ask
            FROM ticker WHERE cardinality(CAST(:symbols AS text[])) = 0 OR symbol = ANY(:symbols) ORDER BY symbol
        """),
        {"symbols": list(symbols)},
    )
    return [Ticker(**row) for row in rows.mappings()]
