"""The SQL of orders that rest under the market, and of what each evening's placing found."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.dialects.postgresql import insert

from db.tables import dip_evening, paper_account, paper_refusal, resting_order

_ORDERS = select(resting_order, paper_account.c.name.label("account")).join(paper_account)


@dataclass(frozen=True, slots=True)
class RestingOrder:
    """An order that waits.

    Args:
        day: daily close that it stands on.
        close: price at that close.
        price: its limit.
        touched_at: a price at this or under it fills it.
        looked_until: candles that close up to here did not fill it.
        code: why it was cancelled.
    """

    id: int
    account_id: int
    account: str
    symbol: str
    day: datetime
    close: Decimal
    price: Decimal
    touched_at: Decimal
    stop: Decimal
    targets: tuple[Decimal, ...]
    placed_at: datetime
    looked_until: datetime
    expires_at: datetime
    state: str
    code: str | None
    ended_at: datetime | None
    trade_id: int | None


@dataclass(frozen=True, slots=True)
class Evening:
    """What the placing of a day found: `orders`, or the code of why there is none, with its figures."""

    day: datetime
    code: str
    figures: Mapping[str, Any]
    placed_at: datetime


def placed_orders(connection: Connection, symbols: Sequence[str] | None = None) -> list[RestingOrder]:
    """Return the orders that wait, of some pairs or of all, oldest first."""
    wanted = _ORDERS.where(resting_order.c.state == "placed")
    wanted = wanted if symbols is None else wanted.where(resting_order.c.symbol.in_(list(symbols)))
    return [_order(row) for row in connection.execute(wanted.order_by(resting_order.c.id))]


def orders_behind(connection: Connection, accounts: Collection[int], before: datetime) -> list[RestingOrder]:
    """Return the orders of some accounts that wait and were looked at up to a moment before another alone, oldest first."""
    behind = (resting_order.c.account_id.in_(list(accounts))) & (resting_order.c.looked_until < before)
    rows = connection.execute(_ORDERS.where(resting_order.c.state == "placed", behind).order_by(resting_order.c.id))
    return [_order(row) for row in rows]


def hold_order(connection: Connection, order_id: int) -> RestingOrder | None:
    """Lock an order that still waits and return it; None when it ended meanwhile."""
    row = connection.execute(
        _ORDERS.where(resting_order.c.id == order_id, resting_order.c.state == "placed").with_for_update(of=resting_order)
    ).one_or_none()
    return _order(row) if row else None


def newest_orders(connection: Connection, account: str, as_of: datetime, limit: int) -> list[RestingOrder]:
    """Return the orders of an account that ended last, up to a moment, the newest first."""
    ended = _ORDERS.where(paper_account.c.name == account, resting_order.c.ended_at <= as_of)
    newest = ended.order_by(resting_order.c.ended_at.desc(), resting_order.c.id).limit(limit)
    return [_order(row) for row in connection.execute(newest)]


def place_orders(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
    """Write orders; one that is there already stays. Returns how many are new."""
    if not rows:
        return 0
    statement = insert(resting_order).on_conflict_do_nothing().returning(resting_order.c.id)
    return len(connection.execute(statement, [dict(row) for row in rows]).all())


def place_again(
    connection: Connection, order: RestingOrder, account_id: int, at: datetime, looked_until: datetime, taken_back: str
) -> None:
    """Place an order in another account as well; one that it has already stays, one cancelled by `taken_back` waits again."""
    values = {
        "account_id": account_id,
        "kind": "dip",
        "symbol": order.symbol,
        "side": "long",
        "day": order.day,
        "close": order.close,
        "price": order.price,
        "touched_at": order.touched_at,
        "stop": order.stop,
        "targets": list(order.targets),
        "placed_at": at,
        "looked_until": looked_until,
        "expires_at": order.expires_at,
    }
    anew = {"state": "placed", "ended_at": None, "code": None, "placed_at": at, "looked_until": looked_until}
    statement = insert(resting_order).values(**values)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["account_id", "kind", "symbol", "day"], set_=anew, where=resting_order.c.code == taken_back
        )
    )


def end_order(
    connection: Connection, order_id: int, state: str, at: datetime, *, code: str | None = None, trade_id: int | None = None
) -> None:
    """End an order: filled by a trade, expired, or cancelled for a reason."""
    values = {"state": state, "ended_at": at, "code": code, "trade_id": trade_id}
    connection.execute(update(resting_order).where(resting_order.c.id == order_id).values(**values))


def end_older(
    connection: Connection, day: datetime, state: str, at: datetime, code: str | None = None, *, stopped: Collection[int] = ()
) -> None:
    """End every order that waits since a close before `day`, but for those of stopped accounts: nobody has looked at them."""
    older = (resting_order.c.state == "placed") & (resting_order.c.day < day) & resting_order.c.account_id.not_in(list(stopped))
    connection.execute(update(resting_order).where(older).values(state=state, ended_at=at, code=code))


def look_at(connection: Connection, order_id: int, until: datetime) -> None:
    """Note that candles that close up to a moment did not fill an order."""
    connection.execute(update(resting_order).where(resting_order.c.id == order_id).values(looked_until=until))


def fills_of(connection: Connection, account_id: int, day: datetime) -> int:
    """Return how many orders of a day an account has had filled."""
    counted = select(func.count()).where(
        resting_order.c.account_id == account_id, resting_order.c.day == day, resting_order.c.state == "filled"
    )
    return connection.scalar(counted) or 0


def day_of_account(connection: Connection, account: str, day: datetime) -> set[str]:
    """Return the coins of an account's orders of a day, whatever became of them."""
    of_day = select(resting_order.c.symbol).join(paper_account).where(paper_account.c.name == account, resting_order.c.day == day)
    return set(connection.scalars(of_day))


def refused_by_code(connection: Connection, account: str, prefix: str) -> dict[str, int]:
    """Return how many ideas whose key begins so an account refused, by the first reason, most first."""
    number = func.count()
    refused = select(paper_refusal.c.code, number).join(paper_account, paper_account.c.id == paper_refusal.c.account_id)
    of_ideas = refused.where(paper_account.c.name == account, paper_refusal.c.idea.startswith(prefix, autoescape=True))
    return {row[0]: row[1] for row in connection.execute(of_ideas.group_by(paper_refusal.c.code).order_by(number.desc()))}


def write_evening(connection: Connection, evening: Evening) -> bool:
    """Write what a day's placing found; False when it is there already."""
    values = {"day": evening.day, "code": evening.code, "figures": dict(evening.figures), "placed_at": evening.placed_at}
    statement = insert(dip_evening).values(**values).on_conflict_do_nothing().returning(dip_evening.c.day)
    return connection.scalar(statement) is not None


def newest_evening(connection: Connection, as_of: datetime) -> Evening | None:
    """Return what the newest placing up to a moment found; None before the first."""
    table = dip_evening.c
    row = connection.execute(
        select(dip_evening).where(table.placed_at <= as_of).order_by(table.day.desc()).limit(1)
    ).one_or_none()
    return Evening(row.day, row.code, row.figures, row.placed_at) if row else None


def _order(row: Row[Any]) -> RestingOrder:
    return RestingOrder(
        id=row.id,
        account_id=row.account_id,
        account=row.account,
        symbol=row.symbol,
        day=row.day,
        close=row.close,
        price=row.price,
        touched_at=row.touched_at,
        stop=row.stop,
        targets=tuple(row.targets),
        placed_at=row.placed_at,
        looked_until=row.looked_until,
        expires_at=row.expires_at,
        state=row.state,
        code=row.code,
        ended_at=row.ended_at,
        trade_id=row.trade_id,
    )
