"""What the market says, for paper trading: pairs, latest prices, and the candles a settlement replays."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, select

from db.tables import candle, gap, symbol, ticker
from functions.market.candles import Timeframe
from functions.paper.orders import Instrument
from functions.paper.prices import Price, Quote, Span

FINEST = Timeframe.M5


def read_instrument(connection: Connection, name: str) -> Instrument | None:
    """Return what the exchange says of a pair; None when it is unknown."""
    table = symbol.c
    columns = (table.symbol, table.status, table.tick_size, table.lot_size, table.min_order_amount, table.last_seen_at)
    row = connection.execute(select(*columns).where(table.symbol == name)).one_or_none()
    return Instrument(*row) if row else None


def read_quotes(connection: Connection, names: Iterable[str]) -> dict[str, Quote]:
    """Return the latest prices, however old; symbols without any are left out."""
    rows = connection.execute(select(ticker).where(ticker.c.symbol.in_(list(names))))
    return {
        row.symbol: Quote(row.symbol, decimal_of(row.price), decimal_of(row.low_24h), decimal_of(row.high_24h), row.exchange_time)
        for row in rows
    }


def decimal_of(value: float) -> Decimal:
    """Return the exchange's decimal that a float64 was read from."""
    return Decimal(repr(value))


def read_prices(connection: Connection, name: str, since: datetime, as_of: datetime) -> list[Price]:
    """Return the 5m candles from the one that `since` lies in to the newest that is closed at `as_of`, oldest first."""
    table = candle.c
    rows = connection.execute(
        select(table.open_time, table.open, table.high, table.low, table.close)
        .where(table.symbol == name, table.timeframe == FINEST.value)
        .where(table.open_time >= FINEST.floor(since), table.open_time <= FINEST.last_closed(as_of))
        .order_by(table.open_time)
    )
    return [Price(at, at + FINEST.span, *map(decimal_of, values)) for at, *values in rows]


def read_absent(connection: Connection, name: str, since: datetime) -> list[Span]:
    """Return the spans in which the exchange is known to have no 5m candles, from the candle that `since` lies in on."""
    table = gap.c
    rows = connection.execute(
        select(table.first_open_time, table.last_open_time)
        .where(table.symbol == name, table.timeframe == FINEST.value, table.resolution == "absent")
        .where(table.last_open_time >= FINEST.floor(since))
    )
    return [Span(first, last + FINEST.span) for first, last in rows]
