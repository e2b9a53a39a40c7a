"""What the market says, for paper trading: pairs, latest prices, and the candles a settlement replays."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection, func, select, text

from db.tables import candle, gap, regime_change, symbol, ticker
from functions.listings.watch import Presence
from functions.market.candles.timeframe import Timeframe
from functions.market.store.forming import read_forming
from functions.market.universe import DELISTED
from functions.paper.orders import TradedPair
from functions.paper.settling.advance import FINEST
from functions.paper.settling.position import Side
from functions.paper.settling.prices import Bar, PairCandles, Quote, Span

_LOOKED_BACK = timedelta(days=1)  # how far before a settlement the start of a denied stretch is looked for

_NEWEST_CLOSES = text("""
    SELECT wanted.symbol, newest.open_time, newest.close FROM unnest(CAST(:names AS text[])) AS wanted (symbol)
    CROSS JOIN LATERAL (
        SELECT open_time, close FROM candle WHERE symbol = wanted.symbol AND timeframe = :timeframe AND open_time <= :newest
        ORDER BY open_time DESC LIMIT 1
    ) AS newest
""")


@dataclass(frozen=True, slots=True)
class Range:
    """The lowest and the highest of some prices."""

    low: Decimal
    high: Decimal


def read_instrument(connection: Connection, name: str) -> TradedPair | None:
    """Return what the exchange says of a pair; None when it is unknown."""
    table = symbol.c
    looked_at = select(func.max(table.last_seen_at)).scalar_subquery()
    row = connection.execute(select(symbol, looked_at.label("looked_at")).where(table.symbol == name)).one_or_none()
    if row is None:
        return None
    missed_at = (row.delisted_at or row.last_seen_at) if row.status == DELISTED else None
    return TradedPair(
        symbol=row.symbol,
        status=row.status,
        tick=row.tick_size,
        lot=row.lot_size,
        min_amount=row.min_order_amount,
        presence=Presence(row.last_seen_at, missed_at, row.looked_at),
    )


def read_quotes(connection: Connection, names: Iterable[str]) -> dict[str, Quote]:
    """Return the latest prices, however old; symbols without any are left out."""
    rows = connection.execute(select(ticker).where(ticker.c.symbol.in_(list(names))))
    return {
        row.symbol: Quote(
            symbol=row.symbol,
            price=decimal_of(row.price),
            low_24h=decimal_of(row.low_24h),
            high_24h=decimal_of(row.high_24h),
            at=row.exchange_time,
            bid=None if row.bid is None else decimal_of(row.bid),
            ask=None if row.ask is None else decimal_of(row.ask),
            quoted_at=row.quoted_at,
        )
        for row in rows
    }


def decimal_of(value: float) -> Decimal:
    """Return the exchange's decimal that a float64 was read from."""
    return Decimal(repr(value))


def read_candles(connection: Connection, name: str, since: datetime, as_of: datetime) -> PairCandles:
    """Return the 5m candles from the one that `since` lies in to the newest that is closed at `as_of`, and which are denied."""
    return PairCandles(
        bars=read_bars(connection, name, since, as_of),
        denied=_read_denied(connection, name, since),
        first=FINEST.floor(since),
        length=FINEST.span,
    )


def read_bars(connection: Connection, name: str, since: datetime, as_of: datetime) -> list[Bar]:
    """Return the 5m candles from the one that `since` lies in to the newest that is closed at `as_of`, oldest first."""
    table = candle.c
    rows = connection.execute(
        select(table.open_time, table.open, table.high, table.low, table.close)
        .where(table.symbol == name, table.timeframe == FINEST.value)
        .where(table.open_time >= FINEST.floor(since), table.open_time <= FINEST.last_closed(as_of))
        .order_by(table.open_time)
    )
    return [
        Bar(
            opened_at=row.open_time,
            closed_at=row.open_time + FINEST.span,
            open=decimal_of(row.open),
            high=decimal_of(row.high),
            low=decimal_of(row.low),
            close=decimal_of(row.close),
        )
        for row in rows
    ]


def read_open_bar(connection: Connection, name: str) -> Bar | None:
    """Return what the candle that is still open has held so far, up to when that was said, however long ago."""
    candle_so_far = read_forming(connection, name)
    if candle_so_far is None:
        return None
    return Bar(
        opened_at=candle_so_far.open_time,
        closed_at=candle_so_far.exchange_time,
        open=decimal_of(candle_so_far.open),
        high=decimal_of(candle_so_far.high),
        low=decimal_of(candle_so_far.low),
        close=decimal_of(candle_so_far.close),
    )


def read_turn(connection: Connection, gate: str, side: Side, since: datetime, as_of: datetime) -> datetime | None:
    """Return the first daily close after a moment at which the gate no longer allowed a side; None while it does."""
    column = regime_change.c
    turned = select(func.min(column.close_time)).where(
        column.symbol == gate, column.close_time > since, column.noted_at <= as_of, column.regime != side.sign
    )
    close: datetime | None = connection.scalar(turned)
    return close


def read_closes(connection: Connection, names: Collection[str], moment: datetime) -> dict[str, Decimal]:
    """Return the newest close of each pair that was known at a moment, of whichever timeframe."""
    return {name: close for name, (_, close) in read_newest_closes(connection, names, moment).items()}


def read_newest_closes(connection: Connection, names: Collection[str], moment: datetime) -> dict[str, tuple[datetime, Decimal]]:
    """Return the newest close of each pair that was known at a moment, of whichever timeframe, and when it was."""
    newest: dict[str, tuple[datetime, Decimal]] = {}
    for timeframe in Timeframe:
        # A statement each, with constants: a hypertable finds the chunk of a join's values in all of them.
        about = {"names": list(names), "timeframe": timeframe, "newest": timeframe.last_closed(moment)}
        for row in connection.execute(_NEWEST_CLOSES, about):
            closed = row.open_time + timeframe.span
            if row.symbol not in newest or closed > newest[row.symbol][0]:
                newest[row.symbol] = closed, decimal_of(row.close)
    return newest


def read_daily_closes(connection: Connection, wanted: Iterable[tuple[str, datetime]]) -> dict[datetime, dict[str, Decimal]]:
    """Return the closes of the daily candles of some pairs that closed at some midnights UTC, by the midnight."""
    span = Timeframe.D1.span
    pairs = [(name, midnight - span) for name, midnight in wanted]
    if not pairs:
        return {}
    opened = [at for _, at in pairs]
    rows = connection.execute(
        text("""
            SELECT wanted.symbol, wanted.open_time, daily.close
            FROM unnest(CAST(:names AS text[]), CAST(:opened AS timestamptz[])) AS wanted (symbol, open_time)
            CROSS JOIN LATERAL (
                SELECT close FROM candle
                WHERE candle.symbol = wanted.symbol AND timeframe = :timeframe AND candle.open_time = wanted.open_time
                  AND candle.open_time >= :first AND candle.open_time <= :last LIMIT 1
            ) AS daily
        """),
        {
            "timeframe": Timeframe.D1.value,
            "names": [name for name, _ in pairs],
            "opened": opened,
            "first": min(opened),
            "last": max(opened),
        },
    )
    closes: dict[datetime, dict[str, Decimal]] = {}
    for name, at, close in rows.all():
        closes.setdefault(at.astimezone(UTC) + span, {})[name] = decimal_of(close)
    return closes


def read_range(connection: Connection, name: str, since: datetime, until: datetime) -> Range | None:
    """Return the range of the 5m candles that lie wholly between two moments, and of the close of the one `since` lies in."""
    table = candle.c
    own, span = (table.symbol == name) & (table.timeframe == FINEST.value), FINEST.span
    inside = select(func.min(table.low), func.max(table.high)).where(
        own, table.open_time >= since, table.open_time <= until - span
    )
    first = select(table.close).where(own, table.open_time == FINEST.floor(since), table.open_time <= until - span)
    closes = connection.execute(first).scalars().all() if since != FINEST.floor(since) else []
    seen = [value for value in (*connection.execute(inside).one(), *closes) if value is not None]
    return Range(decimal_of(min(seen)), decimal_of(max(seen))) if seen else None


def _read_denied(connection: Connection, name: str, since: datetime) -> list[Span]:
    """Return the spans in which the exchange is known to have no 5m candles."""
    table = gap.c
    rows = connection.execute(
        select(table.first_open_time, table.last_open_time)
        .where(table.symbol == name, table.timeframe == FINEST.value, table.resolution == "absent")
        .where(table.last_open_time >= FINEST.floor(since) - _LOOKED_BACK)
    )
    return [Span(first, last + FINEST.span) for first, last in rows]
