"""The SQL of the paper account's figures: closed trades, what a day brought, equity through time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, text

from functions.paper.marks import TradeHistory
from functions.paper.settling.position import Fill, FillReason, Side
from functions.paper.trade import TradeResult


@dataclass(frozen=True, slots=True)
class Tally:
    """How many trades are over, and how many of them earned after all fees; those with an exit at a named price stand apart."""

    closed: int
    wins: int
    named: int
    named_wins: int


@dataclass(frozen=True, slots=True)
class DayFigures:
    """What happened since a moment: trades opened, profit of all fills after fees, fees."""

    opened: int
    profit: Decimal
    fees: Decimal


def last_fill(connection: Connection, account_id: int) -> int:
    """Return the id of the newest fill; 0 before the first."""
    newest = "SELECT max(f.id) FROM paper_fill f JOIN paper_trade t ON t.id = f.trade_id WHERE t.account_id = :account"
    return connection.scalar(text(newest), {"account": account_id}) or 0


def closed_trades(
    connection: Connection, account_id: int, *, since: datetime | None, limit: int, after_fill: int | None = None
) -> list[TradeResult]:
    """Return trades that are over, newest first: those that closed at or after `since`, or by a fill after that one."""
    rows = connection.execute(
        text("""
            SELECT t.id AS trade_id, t.symbol, t.side, t.source, t.opened_at, t.closed_at, t.entry, t.stop, t.quantity,
                   f.taken, f.profit, f.named, t.unseen,
                   (SELECT reason FROM paper_fill WHERE trade_id = t.id ORDER BY id DESC LIMIT 1) AS reason
            FROM paper_trade t CROSS JOIN LATERAL (
                SELECT sum(price * quantity) FILTER (WHERE reason <> 'entry') AS taken, sum(profit - fee) AS profit,
                       bool_or(named) AS named
                FROM paper_fill WHERE trade_id = t.id) f
            WHERE t.account_id = :account AND t.state = 'closed'
              AND CASE WHEN CAST(:after AS bigint) IS NULL THEN CAST(:since AS timestamptz) IS NULL OR t.closed_at >= :since
                  ELSE (SELECT max(id) FROM paper_fill WHERE trade_id = t.id) > :after END
            ORDER BY t.closed_at DESC, t.id DESC LIMIT :limit
        """),
        {"account": account_id, "since": since, "limit": limit, "after": after_fill},
    )
    return [TradeResult(**{**row, "side": Side(row["side"]), "reason": FillReason(row["reason"])}) for row in rows.mappings()]


def tally(connection: Connection, account_id: int, since: datetime | None = None) -> Tally:
    """Count the trades that are over, those that closed at or after `since`."""
    row = connection.execute(
        text("""
            SELECT count(*) FILTER (WHERE NOT named) AS closed, count(*) FILTER (WHERE NOT named AND profit > 0) AS wins,
                   count(*) FILTER (WHERE named) AS named, count(*) FILTER (WHERE named AND profit > 0) AS named_wins
            FROM paper_trade t CROSS JOIN LATERAL (
                SELECT sum(profit - fee) AS profit, bool_or(named) AS named FROM paper_fill WHERE trade_id = t.id) f
            WHERE t.account_id = :account AND t.state = 'closed'
              AND (CAST(:since AS timestamptz) IS NULL OR t.closed_at >= :since)
        """),
        {"account": account_id, "since": since},
    ).one()
    return Tally(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


def day_since(connection: Connection, account_id: int, since: datetime, after_fill: int | None = None) -> DayFigures:
    """Return what was opened, earned and paid at or after `since`, or by the fills after that one."""
    row = connection.execute(
        text("""
            SELECT count(*) FILTER (WHERE f.reason = 'entry') AS opened,
                   coalesce(sum(f.profit - f.fee), 0) AS profit, coalesce(sum(f.fee), 0) AS fees
            FROM paper_fill f JOIN paper_trade t ON t.id = f.trade_id
            WHERE t.account_id = :account
              AND CASE WHEN CAST(:after AS bigint) IS NULL THEN f.at >= :since ELSE f.id > :after END
        """),
        {"account": account_id, "since": since, "after": after_fill},
    ).one()
    return DayFigures(opened=row.opened, profit=row.profit, fees=row.fees)


def histories(connection: Connection, account_id: int, moment: datetime) -> list[TradeHistory]:
    """Return the trades that were opened by a moment, each with the fills up to then."""
    rows = connection.execute(
        text("""
            SELECT t.id, t.symbol, t.side, t.entry, t.held_at, t.last_price,
                   f.at, f.reason, f.price, f.quantity, f.fee, f.profit, f.named
            FROM paper_trade t JOIN paper_fill f ON f.trade_id = t.id
            WHERE t.account_id = :account AND f.at <= :moment ORDER BY t.id, f.id
        """),
        {"account": account_id, "moment": moment},
    ).all()
    trades = groupby(rows, key=lambda row: row.id)
    return [_history(list(fills)) for _, fills in trades]


def _history(rows: Sequence[Row[Any]]) -> TradeHistory:
    trade = rows[0]
    return TradeHistory(
        symbol=trade.symbol,
        side=Side(trade.side),
        entry=trade.entry,
        fills=tuple(
            Fill(
                at=row.at,
                reason=FillReason(row.reason),
                price=row.price,
                quantity=row.quantity,
                fee=row.fee,
                profit=row.profit,
                named=row.named,
            )
            for row in rows
        ),
        held_at=trade.held_at,
        last_price=trade.last_price,
    )
