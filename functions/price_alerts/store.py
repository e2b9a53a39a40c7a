"""The SQL of price alerts."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from db.tables import price_alert
from functions.levels.level import Direction
from functions.price_alerts.alert import Check, PriceAlert

_WAITING = price_alert.c.state == "waiting"
_LOCK_CHAT = text("SELECT pg_advisory_xact_lock(hashtext('price_alert'), hashtext(coalesce(CAST(:chat AS text), '')))")


def lock_chat(connection: Connection, chat_id: int | None) -> None:
    """Let one caller at a time add alerts for a chat, until its transaction ends: a chat may have so many."""
    connection.execute(_LOCK_CHAT, {"chat": chat_id})


def find_waiting(
    connection: Connection, chat_id: int | None, symbol: str, price: Decimal, direction: Direction
) -> PriceAlert | None:
    """Return the same alert if it waits already."""
    same = (price_alert.c.symbol == symbol) & (price_alert.c.price == price) & (price_alert.c.direction == direction.value)
    row = connection.execute(select(price_alert).where(_WAITING, _of(chat_id), same)).one_or_none()
    return _alert(row) if row else None


def count_waiting(connection: Connection, chat_id: int | None) -> int:
    """Return how many alerts of a chat wait."""
    return connection.execute(select(func.count()).select_from(price_alert).where(_WAITING, _of(chat_id))).scalar_one()


def add_alert(
    connection: Connection,
    chat_id: int | None,
    symbol: str,
    price: Decimal,
    direction: Direction,
    at: datetime,
    latest: Decimal,
) -> PriceAlert:
    """Write an alert that waits from `at` on, when the latest price is `latest`."""
    values = {"chat_id": chat_id, "symbol": symbol, "price": price, "direction": direction.value}
    since = {"set_at": at, "set_price": latest, "checked_until": at, "last_price": latest}
    return _alert(connection.execute(insert(price_alert).values(**values, **since).returning(price_alert)).one())


def waiting_alerts(connection: Connection, chat_id: int | None) -> list[PriceAlert]:
    """Return the alerts of a chat that wait, those for every chat among them, oldest first."""
    own = _of(chat_id) | price_alert.c.chat_id.is_(None)
    return [_alert(row) for row in connection.execute(select(price_alert).where(_WAITING, own).order_by(price_alert.c.id))]


def waiting_symbols(connection: Connection, symbols: Sequence[str] | None) -> list[str]:
    """Return the pairs that an alert waits at, of some pairs or of all."""
    wanted = select(price_alert.c.symbol).where(_WAITING).distinct().order_by(price_alert.c.symbol)
    return list(connection.scalars(wanted if symbols is None else wanted.where(price_alert.c.symbol.in_(list(symbols)))))


def hold_alerts(connection: Connection, symbol: str) -> list[PriceAlert]:
    """Return the alerts that wait at a pair, and keep others from changing them until the transaction ends."""
    wanted = select(price_alert).where(_WAITING, price_alert.c.symbol == symbol).order_by(price_alert.c.id).with_for_update()
    return [_alert(row) for row in connection.execute(wanted)]


def note_check(connection: Connection, alert: PriceAlert, found: Check) -> None:
    """Write down what a check found: the alert has fired, or how far it is checked."""
    checked: dict[str, Any] = {"checked_until": found.until, "last_price": found.last}
    if found.fired_at is not None:
        checked |= {"state": "fired", "ended_at": found.fired_at}
    connection.execute(update(price_alert).where(price_alert.c.id == alert.id).values(**checked))


def remove_alert(connection: Connection, alert_id: int, chat_id: int | None, at: datetime) -> PriceAlert | None:
    """Remove an alert of a chat that waits; None when there is none of that number."""
    own = _of(chat_id) | price_alert.c.chat_id.is_(None)
    removed = (
        update(price_alert).where(_WAITING, own, price_alert.c.id == alert_id).values(state="removed", ended_at=at)
    ).returning(price_alert)
    row = connection.execute(removed).one_or_none()
    return _alert(row) if row else None


def _of(chat_id: int | None) -> Any:
    return price_alert.c.chat_id.is_not_distinct_from(chat_id)


def _alert(row: Row[Any]) -> PriceAlert:
    return PriceAlert(
        id=row.id,
        chat_id=row.chat_id,
        symbol=row.symbol,
        price=row.price,
        direction=Direction(row.direction),
        set_at=row.set_at,
        set_price=row.set_price,
        checked_until=row.checked_until,
        last_price=row.last_price,
    )
