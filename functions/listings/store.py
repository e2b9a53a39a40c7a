"""The SQL of the listing watch."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, text
from sqlalchemy.dialects.postgresql import insert

from db.tables import listing, symbol, ticker, universe_day
from functions.listings.noted import NotedEvent, Pair
from functions.listings.watch import Change, Event, Known

LOCK = 0x4C495354  # any constant: one look is noted at a time


def lock(connection: Connection) -> None:
    """Take the lock of the listing watch until the transaction ends, so that one look is noted at a time."""
    connection.execute(select(func.pg_advisory_xact_lock(LOCK)))


def last_look(connection: Connection) -> datetime | None:
    """Return when the exchange was last asked for its pairs; None when it never was."""
    looked_at: datetime | None = connection.scalar(select(func.max(symbol.c.last_seen_at)))
    return looked_at


def look_before(connection: Connection, at: datetime) -> datetime | None:
    """Return the newest look before a moment that a day's universe remembers; None without one."""
    looked_at: datetime | None = connection.scalar(select(func.max(universe_day.c.taken_at)).where(universe_day.c.taken_at < at))
    return looked_at


def known_pairs(connection: Connection) -> list[Known]:
    """Return every pair that was ever seen, with the newest event noted of it."""
    rows = connection.execute(
        text("""
            SELECT s.symbol, s.status, s.first_seen_at, s.last_seen_at, s.delisted_at,
                   (SELECT event FROM listing l WHERE l.symbol = s.symbol ORDER BY l.id DESC LIMIT 1) AS noted
            FROM symbol s
        """)
    )
    return [
        Known(
            symbol=row.symbol,
            status=row.status,
            first_seen_at=row.first_seen_at,
            last_seen_at=row.last_seen_at,
            noted=Event(row.noted) if row.noted else None,
            delisted_at=row.delisted_at,
        )
        for row in rows
    ]


def pairs(connection: Connection, names: Sequence[str]) -> dict[str, Pair]:
    """Return what is known of some pairs, by name."""
    columns = (symbol.c.base, symbol.c.kind, symbol.c.special_treatment)
    values = (ticker.c.price, ticker.c.volume_24h, ticker.c.turnover_24h, ticker.c.exchange_time.label("priced_at"))
    joined = symbol.outerjoin(ticker, ticker.c.symbol == symbol.c.symbol)
    rows = connection.execute(
        select(symbol.c.symbol, *columns, *values).select_from(joined).where(symbol.c.symbol.in_(list(names)))
    )
    return {row["symbol"]: Pair(**{name: row[name] for name in Pair.__dataclass_fields__}) for row in rows.mappings()}


def note(connection: Connection, row: NotedEvent) -> bool:
    """Write an event; False when it is there already."""
    values = {name: getattr(row, name) for name in NotedEvent.__dataclass_fields__}
    statement = insert(listing).values(**values).on_conflict_do_nothing(index_elements=["symbol", "event", "at"])
    return connection.execute(statement.returning(listing.c.id)).first() is not None


def newest(connection: Connection, as_of: datetime, count: int) -> list[NotedEvent]:
    """Return the newest events noted by a moment, newest first."""
    columns = [listing.c[name] for name in NotedEvent.__dataclass_fields__]
    rows = connection.execute(select(*columns).where(listing.c.noted_at <= as_of).order_by(listing.c.id.desc()).limit(count))
    return [NotedEvent(**row) for row in rows.mappings()]


def row_of(
    change: Change, pair: Pair, seen_after: datetime | None, announced: dict[str, Any] | None, as_of: datetime
) -> NotedEvent:
    """Return the row that notes a change."""
    return NotedEvent(
        symbol=change.symbol,
        event=change.event.value,
        at=change.at,
        seen_after=seen_after,
        price=pair.price,
        volume_24h=pair.volume_24h,
        turnover_24h=pair.turnover_24h,
        priced_at=pair.priced_at,
        announcement=announced,
        noted_at=as_of,
    )
