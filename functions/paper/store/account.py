"""The SQL of the paper accounts. Callers that change one must hold the lock of its row until their transaction ends."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, update
from sqlalchemy.dialects.postgresql import insert

from db.tables import ledger_entry, paper_account, paper_fill, paper_request, paper_trade, signal
from functions.costs import Costs
from functions.paper.ledger import Book, Entry, opening_entries
from functions.paper.orders import Order
from functions.paper.settling.position import Fill, Position, Side
from functions.paper.trade import Idea, Trade, TradeRules

NO_ACCOUNT = 0  # ids begin at 1
_TRADES: Select[Any] = select(paper_trade, paper_account.c.name.label("account")).join(paper_account)


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """A request that was answered before."""

    operation: str
    request: dict[str, Any]
    answer: dict[str, Any]


def lock_account(connection: Connection, name: str, start: Decimal, at: datetime) -> int:
    """Lock an account, and open it with `start` USDT if it has not traded yet; return its id."""
    statement = insert(paper_account).values(name=name, start=start, opened_at=at).on_conflict_do_nothing()
    opened: int | None = connection.scalar(statement.returning(paper_account.c.id))
    if opened is not None:
        _append(connection, opened, None, opening_entries(start), at)
        return opened
    row_lock = select(paper_account.c.id).where(paper_account.c.name == name).with_for_update()
    account_id: int = connection.execute(row_lock).scalar_one()
    return account_id


def hold_account(connection: Connection, account_id: int) -> None:
    """Lock an account that is there."""
    connection.execute(select(paper_account.c.id).where(paper_account.c.id == account_id).with_for_update()).one()


def find_account(connection: Connection, name: str) -> int:
    """Return an account's id; `NO_ACCOUNT`, to which nothing belongs, before its first trade."""
    return connection.scalar(select(paper_account.c.id).where(paper_account.c.name == name)) or NO_ACCOUNT


def account_ids(connection: Connection) -> dict[str, int]:
    """Return the id of every account that has traded, by its name."""
    return {row.name: row.id for row in connection.execute(select(paper_account.c.name, paper_account.c.id))}


def read_book(connection: Connection, account_id: int) -> Book:
    """Return the balances; raises `Broken` when the ledger's invariant does not hold."""
    rows = connection.execute(
        select(ledger_entry.c.account, func.sum(ledger_entry.c.amount).label("amount"))
        .where(ledger_entry.c.account_id == account_id)
        .group_by(ledger_entry.c.account)
    )
    return Book.of({row.account: row.amount for row in rows})


def changed_at(connection: Connection, account_id: int) -> datetime | None:
    """Return when the account changed last, in market time; None before its first entry."""
    newest = select(func.max(ledger_entry.c.at)).where(ledger_entry.c.account_id == account_id)
    changed: datetime | None = connection.scalar(newest)
    return changed


def find_answer(connection: Connection, account_id: int, key: str) -> KeptAnswer | None:
    """Return how the request with this key was answered; None when it is new."""
    table = paper_request.c
    row = connection.execute(
        select(table.operation, table.request, table.answer).where(table.account_id == account_id, table.key == key)
    ).one_or_none()
    return KeptAnswer(*row) if row else None


def keep_answer(connection: Connection, account_id: int, key: str, kept: KeptAnswer, at: datetime) -> None:
    """Keep the answer of a request, so that a repetition gets the same."""
    connection.execute(
        insert(paper_request).values(
            account_id=account_id, key=key, operation=kept.operation, request=kept.request, answer=kept.answer, at=at
        )
    )


def open_trades(connection: Connection, account_id: int) -> list[Trade]:
    """Return the open trades of an account, oldest first."""
    where = (paper_trade.c.account_id == account_id) & (paper_trade.c.state == "open")
    return [_trade(row) for row in connection.execute(_TRADES.where(where).order_by(paper_trade.c.id))]


def all_open_trades(connection: Connection, symbols: Sequence[str] | None = None, accounts: Collection[int] = ()) -> list[Trade]:
    """Return the open trades of every account, one account after the other, oldest first.

    Args:
        connection: to read with.
        symbols: of some pairs alone; of all without it.
        accounts: whose trades are all wanted, whatever their pairs.
    """
    wanted = _TRADES.where(paper_trade.c.state == "open")
    if symbols is not None:
        of_pairs, of_accounts = paper_trade.c.symbol.in_(list(symbols)), paper_trade.c.account_id.in_(list(accounts))
        wanted = wanted.where(of_pairs | of_accounts)
    return [_trade(row) for row in connection.execute(wanted.order_by(paper_trade.c.account_id, paper_trade.c.id))]


def find_trade(connection: Connection, account_id: int, trade_id: int) -> Trade | None:
    """Return one trade, open or closed; None when there is none."""
    where = (paper_trade.c.account_id == account_id) & (paper_trade.c.id == trade_id)
    row = connection.execute(_TRADES.where(where)).one_or_none()
    return _trade(row) if row else None


def read_trade(connection: Connection, account_id: int, trade_id: int) -> Trade:
    """Return one trade that is known to be there, open or closed."""
    where = (paper_trade.c.account_id == account_id) & (paper_trade.c.id == trade_id)
    return _trade(connection.execute(_TRADES.where(where)).one())


def _trade(row: Row[Any]) -> Trade:
    position = Position(
        side=Side(row.side),
        entry=row.entry,
        quantity=row.open_quantity,
        stop=row.stop,
        targets=tuple(row.targets),
        targets_hit=row.targets_hit,
        target_quantity=row.target_quantity,
        break_even_from=row.break_even_from,
    )
    return Trade(
        id=row.id,
        account_id=row.account_id,
        account=row.account,
        symbol=row.symbol,
        source=row.source,
        chat_id=row.chat_id,
        quantity=row.quantity,
        position=position,
        rules=TradeRules(
            costs=Costs(fee=row.fee, slippage=row.slippage),
            break_even=row.break_even,
            regime_exit=row.regime_exit,
            leaves_at=row.leaves_at,
            by_limit=row.by_limit,
        ),
        idea=Idea(row.idea, row.signal_id, row.rejection_id) if row.idea else None,
        settled_until=row.settled_until,
        opened_at=row.opened_at,
        last_price=row.last_price,
        held_at=row.held_at,
        unseen=row.unseen,
    )


def has_signal(connection: Connection, signal_id: int) -> bool:
    """Tell whether there is such a signal."""
    return bool(connection.scalar(select(signal.c.id).where(signal.c.id == signal_id)))


def add_trade(
    connection: Connection,
    account_id: int,
    order: Order,
    rules: TradeRules,
    position: Position,
    at: datetime,
    *,
    settled_until: datetime | None = None,
) -> Trade:
    """Write the trade of an order that has just been filled; it is settled from then on, or from `settled_until`."""
    idea = order.idea
    values = {
        "account_id": account_id,
        "symbol": order.symbol,
        "side": position.side.value,
        "source": order.source,
        "chat_id": order.chat_id,
        "idea": idea.key if idea else None,
        "signal_id": idea.signal_id if idea else None,
        "rejection_id": idea.rejection_id if idea else None,
        "fee": rules.costs.fee,
        "slippage": rules.costs.slippage,
        "break_even": rules.break_even,
        "regime_exit": rules.regime_exit,
        "leaves_at": rules.leaves_at,
        "by_limit": rules.by_limit,
        "state": "open",
        "quantity": position.quantity,
        "open_quantity": position.quantity,
        "entry": position.entry,
        "stop": position.stop,
        "targets": list(position.targets),
        "target_quantity": position.target_quantity,
        "settled_until": settled_until or at,
        "last_price": position.entry if settled_until else None,
        "opened_at": at,
    }
    number: int = connection.execute(insert(paper_trade).values(**values).returning(paper_trade.c.id)).scalar_one()
    return read_trade(connection, account_id, number)


def move_trade(connection: Connection, trade: Trade, position: Position, last: Fill | None) -> Trade:
    """Write a trade that was moved forward and now holds `position`; holding nothing it is closed at its `last` fill."""
    over = not position.quantity
    values = {
        "open_quantity": position.quantity,
        "targets_hit": position.targets_hit,
        "target_quantity": position.target_quantity,
        "break_even_from": position.break_even_from,
        "settled_until": trade.settled_until,
        "last_price": trade.last_price,
        "held_at": trade.held_at,
        "unseen": trade.unseen,
        "state": "closed" if over else "open",
        "closed_at": last.at if over and last else None,
    }
    connection.execute(update(paper_trade).where(paper_trade.c.id == trade.id).values(**values))
    return replace(trade, position=position)


def add_fill(connection: Connection, account_id: int, trade_id: int, fill: Fill, entries: Sequence[Entry]) -> int:
    """Write a fill and its entries in the ledger; return the fill's id."""
    values = {
        "trade_id": trade_id,
        "at": fill.at,
        "reason": fill.reason.value,
        "price": fill.price,
        "quantity": fill.quantity,
        "fee": fill.fee,
        "profit": fill.profit,
        "named": fill.named,
    }
    fill_id: int = connection.execute(insert(paper_fill).values(**values).returning(paper_fill.c.id)).scalar_one()
    _append(connection, account_id, fill_id, entries, fill.at)
    return fill_id


def _append(connection: Connection, account_id: int, fill_id: int | None, entries: Sequence[Entry], at: datetime) -> None:
    rows = [
        {"account_id": account_id, "fill_id": fill_id, "account": entry.account, "amount": entry.amount, "at": at}
        for entry in entries
    ]
    connection.execute(insert(ledger_entry), rows)


def net_profit(connection: Connection, trade_id: int) -> Decimal:
    """Return what a trade has earned so far with what it closed, after all its fees."""
    earned = func.coalesce(func.sum(paper_fill.c.profit - paper_fill.c.fee), 0)
    total: Decimal = connection.execute(select(earned).where(paper_fill.c.trade_id == trade_id)).scalar_one()
    return total
