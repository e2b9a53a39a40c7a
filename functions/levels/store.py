"""The SQL of levels: which are watched now, and what the collector saw of them.

Whatever waits for a price adds one query to `_LEVELS`, and to its table the trigger that a migration makes: it tells the channel
`CHANNEL` that levels have changed.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, text
from sqlalchemy.dialects.postgresql import insert

from db.tables import doubted_price, ticker, touch
from functions.levels.level import Direction, DoubtedPrice, Level, LevelKind, Touch

CHANNEL = "levels"  # the triggers notify it

# Each query gives: symbol, price, direction, kind, owner.
_STOPS = """
    SELECT symbol, CASE WHEN break_even_from IS NULL THEN stop ELSE entry END AS price,
           CASE side WHEN 'long' THEN 'falling' ELSE 'rising' END AS direction, 'stop' AS kind, id AS owner
    FROM paper_trade WHERE state = 'open' AND held_at IS NULL AND (stop IS NOT NULL OR break_even_from IS NOT NULL)
"""
_TARGETS = """
    SELECT symbol, target.price, CASE side WHEN 'long' THEN 'rising' ELSE 'falling' END, 'target', id
    FROM paper_trade, unnest(targets) WITH ORDINALITY AS target (price, number)
    WHERE state = 'open' AND held_at IS NULL AND target.number > targets_hit
"""
_ALERTS = "SELECT symbol, price, direction, 'alert', id FROM price_alert WHERE state = 'waiting'"
_ORDERS = "SELECT symbol, touched_at, 'falling', 'order', id FROM resting_order WHERE state = 'placed'"
_LEVELS = text(" UNION ALL ".join((_STOPS, _TARGETS, _ALERTS, _ORDERS)))


def read_levels(connection: Connection) -> list[Level]:
    """Return every level that something waits at now."""
    return [
        Level(row.symbol, row.price, Direction(row.direction), LevelKind(row.kind), row.owner)
        for row in connection.execute(_LEVELS)
    ]


def read_prices(connection: Connection, symbols: Collection[str]) -> dict[str, float]:
    """Return the latest price of each pair that is known, however old."""
    rows = connection.execute(select(ticker.c.symbol, ticker.c.price).where(ticker.c.symbol.in_(list(symbols))))
    return {row.symbol: row.price for row in rows}


def write_touches(connection: Connection, touches: Sequence[Touch], doubted: Sequence[DoubtedPrice]) -> None:
    """Keep touches, and prices that no market makes; what is there already stays."""
    if touches:
        rows = [
            {"symbol": one.symbol, "direction": one.direction.value, "level": one.level, "at": one.at, "seen": one.seen}
            for one in touches
        ]
        connection.execute(insert(touch).on_conflict_do_nothing(), rows)
    if doubted:
        prices = [{"symbol": one.symbol, "at": one.at, "last": one.last, "price": one.price} for one in doubted]
        connection.execute(insert(doubted_price).on_conflict_do_nothing(), prices)


def read_touches(connection: Connection, symbol: str, since: datetime, until: datetime) -> tuple[Touch, ...]:
    """Return the touches of a pair after one moment and up to another, in order of time."""
    rows = connection.execute(
        select(touch).where(touch.c.symbol == symbol, touch.c.at > since, touch.c.at <= until).order_by(touch.c.at)
    )
    return tuple(map(_touch, rows))


def read_doubted(connection: Connection, since: datetime) -> list[DoubtedPrice]:
    """Return the prices since a moment that no market makes, in order of time."""
    rows = connection.execute(select(doubted_price).where(doubted_price.c.at > since).order_by(doubted_price.c.at))
    return [DoubtedPrice(row.symbol, row.at, row.last, row.price) for row in rows]


def _touch(row: Row[Any]) -> Touch:
    return Touch(row.symbol, row.level, Direction(row.direction), row.at, row.seen)
