"""The SQL of the paper account's figures: closed trades, what a day brought, equity through time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, text

from functions.paper.daybook import Change, DayBook, midnight_after
from functions.paper.marks import TradeHistory
from functions.paper.report import Booked, OpenedAccount
from functions.paper.settling.position import Fill, FillReason, Side
from functions.paper.trade import TradeResult

# A fill counts at the midnight that follows it, at the first one that is told at the earliest, at `until` at the latest.
_BOOKED_BY_DAY = text("""
    SELECT t.account_id, counts.at, sum(f.profit - f.fee)
    FROM paper_trade t JOIN paper_fill f ON f.trade_id = t.id
    CROSS JOIN LATERAL (
        SELECT least(:until, CASE WHEN f.at <= :first THEN :first
                             ELSE date_bin('1 day', f.at - interval '1 microsecond', :first) + interval '1 day' END)
    ) AS counts (at)
    WHERE t.account_id = ANY(:accounts) AND f.at <= :until GROUP BY 1, 2
""")
_CHANGES_BY_DAY = text("""
    SELECT t.account_id, counts.at, t.id, t.symbol, sum(added.coins), t.entry, t.held_at, t.last_price
    FROM paper_trade t JOIN paper_fill f ON f.trade_id = t.id
    CROSS JOIN LATERAL (
        SELECT least(:until, CASE WHEN f.at <= :first THEN :first
                             ELSE date_bin('1 day', f.at - interval '1 microsecond', :first) + interval '1 day' END)
    ) AS counts (at)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN (f.reason = 'entry') = (t.side = 'long') THEN f.quantity ELSE -f.quantity END
    ) AS added (coins)
    WHERE t.account_id = ANY(:accounts) AND f.at <= :until AND (t.closed_at IS NULL OR t.closed_at > :first)
    GROUP BY t.id, counts.at HAVING sum(added.coins) <> 0
""")
_REASONS = {reason.value: reason for reason in FillReason}


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


def closed_trades(connection: Connection, account_id: int, *, since: datetime | None, limit: int) -> list[TradeResult]:
    """Return trades that are over, newest first: those that closed at or after `since`."""
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
              AND (CAST(:since AS timestamptz) IS NULL OR t.closed_at >= :since)
            ORDER BY t.closed_at DESC, t.id DESC LIMIT :limit
        """),
        {"account": account_id, "since": since, "limit": limit},
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


def day_since(connection: Connection, account_id: int, since: datetime) -> DayFigures:
    """Return what was opened, earned and paid at or after `since`."""
    row = connection.execute(
        text("""
            SELECT count(*) FILTER (WHERE f.reason = 'entry') AS opened,
                   coalesce(sum(f.profit - f.fee), 0) AS profit, coalesce(sum(f.fee), 0) AS fees
            FROM paper_fill f JOIN paper_trade t ON t.id = f.trade_id
            WHERE t.account_id = :account AND f.at >= :since
        """),
        {"account": account_id, "since": since},
    ).one()
    return DayFigures(opened=row.opened, profit=row.profit, fees=row.fees)


def newest_fill(connection: Connection, at: datetime) -> int:
    """Return the id of the newest fill of all accounts that is dated by a moment; 0 before the first."""
    return connection.scalar(text("SELECT max(id) FROM paper_fill WHERE at <= :at"), {"at": at}) or 0


def opened_accounts(connection: Connection, moment: datetime) -> list[OpenedAccount]:
    """Return the accounts that had begun by a moment, the oldest first."""
    rows = connection.execute(
        text("SELECT id, name, start, opened_at FROM paper_account WHERE opened_at <= :moment ORDER BY opened_at, id"),
        {"moment": moment},
    )
    return [OpenedAccount(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name for it


def booked(connection: Connection, account_id: int, since: datetime, until: datetime, after_fill: int | None = None) -> Booked:
    """Return what was booked after a moment and up to another; with `after_fill`, by the fills after that one."""
    row = connection.execute(
        text("""
            WITH counted AS (
                SELECT f.*, CASE WHEN CAST(:after AS bigint) IS NULL THEN f.at > :since AND f.at <= :until
                            ELSE f.id > :after END AS now
                FROM paper_fill f JOIN paper_trade t ON t.id = f.trade_id WHERE t.account_id = :account
                  AND (CAST(:after AS bigint) IS NOT NULL OR t.closed_at IS NULL OR t.closed_at > :since)
            ), ended AS (
                SELECT sum(f.profit - f.fee) AS profit FROM counted f JOIN paper_trade t ON t.id = f.trade_id
                WHERE t.state = 'closed' GROUP BY t.id HAVING (array_agg(f.now ORDER BY f.id DESC))[1]
            )
            SELECT (SELECT count(*) FROM counted WHERE now AND reason = 'entry') AS opened,
                   (SELECT count(*) FROM ended) AS closed, (SELECT count(*) FROM ended WHERE profit > 0) AS won,
                   coalesce((SELECT sum(profit - fee) FROM counted WHERE now), 0) AS profit,
                   coalesce((SELECT sum(fee) FROM counted WHERE now), 0) AS fees
        """),
        {"account": account_id, "since": since, "until": until, "after": after_fill},
    ).one()
    return Booked(**row._mapping)  # noqa: SLF001 - as above


def day_books(connection: Connection, account_ids: Sequence[int], since: datetime, until: datetime) -> dict[int, DayBook]:
    """Return the sums of some accounts by each midnight UTC after a moment and by `until`, by the account's id.

    What was filled by the first of these midnights counts at it; a fill after `until` is not seen.
    """
    about = {"accounts": list(account_ids), "first": midnight_after(since), "until": until}
    booked: dict[int, dict[datetime, Decimal]] = {account_id: {} for account_id in account_ids}
    for account_id, at, profit in connection.execute(_BOOKED_BY_DAY, about).all():
        booked[account_id][at.astimezone(UTC)] = profit
    changes: dict[int, list[Change]] = {account_id: [] for account_id in account_ids}
    for account_id, at, *change in connection.execute(_CHANGES_BY_DAY, about).all():
        changes[account_id].append(Change(at.astimezone(UTC), *change))
    return {account_id: DayBook(booked[account_id], changes[account_id]) for account_id in account_ids}


def booked_by(connection: Connection, moment: datetime) -> dict[int, Decimal]:
    """Return what the trades that were over by a moment earned after all fees, by the id of their account."""
    rows = connection.execute(
        text("""
            SELECT t.account_id, sum(f.profit - f.fee)
            FROM paper_trade t JOIN paper_fill f ON f.trade_id = t.id
            WHERE t.closed_at <= :moment GROUP BY t.account_id
        """),
        {"moment": moment},
    )
    return dict(rows.all())


def histories(
    connection: Connection, account_id: int, moment: datetime | None = None, since: datetime | None = None
) -> list[TradeHistory]:
    """Return the trades of an account, each with its fills.

    Args:
        connection: to read with.
        account_id: of the account.
        moment: those that were opened by then, with the fills up to then; all of both without it.
        since: only those that were not over by it.
    """
    rows = connection.execute(
        text("""
            SELECT t.id, t.symbol, t.side, t.entry, t.held_at, t.last_price, t.stop, t.break_even_from,
                   f.at, f.reason, f.price, f.quantity, f.fee, f.profit, f.named
            FROM paper_trade t JOIN paper_fill f ON f.trade_id = t.id
            WHERE t.account_id = :account AND (CAST(:moment AS timestamptz) IS NULL OR f.at <= :moment)
              AND (CAST(:since AS timestamptz) IS NULL OR t.closed_at IS NULL OR t.closed_at > :since)
            ORDER BY t.id, f.id
        """),
        {"account": account_id, "moment": moment, "since": since},
    ).all()
    return [_history([tuple(row) for row in fills]) for _, fills in groupby(rows, key=itemgetter(0))]


def _history(rows: Sequence[tuple[Any, ...]]) -> TradeHistory:
    """Return a trade from the rows of its fills; a year has thousands of them, so they are taken apart by their places."""
    _, symbol, side, entry, held_at, last_price, stop, break_even_from, *_ = rows[0]
    fills = tuple(
        Fill(at=at, reason=_REASONS[reason], price=price, quantity=quantity, fee=fee, profit=profit, named=named)
        for *_, at, reason, price, quantity, fee, profit, named in rows
    )
    return TradeHistory(
        symbol=symbol,
        side=Side(side),
        entry=entry,
        fills=fills,
        held_at=held_at,
        last_price=last_price,
        stop=stop,
        break_even_from=break_even_from,
    )


def openings_since(connection: Connection, account_id: int, since: datetime) -> dict[str, datetime]:
    """Return when a trade was opened last in each pair, of those that were opened after a moment."""
    rows = connection.execute(
        text("""
            SELECT symbol, max(opened_at) AS opened_at FROM paper_trade
            WHERE account_id = :account AND opened_at > :since GROUP BY symbol
        """),
        {"account": account_id, "since": since},
    )
    return {row.symbol: row.opened_at for row in rows}


def last_results(connection: Connection, account_id: int, limit: int) -> list[tuple[datetime, Decimal]]:
    """Return when the last trades closed and what each earned after fees, oldest first."""
    rows = connection.execute(
        text("""
            SELECT t.closed_at, (SELECT sum(profit - fee) FROM paper_fill WHERE trade_id = t.id) AS profit
            FROM paper_trade t WHERE t.account_id = :account AND t.state = 'closed'
            ORDER BY t.closed_at DESC, t.id DESC LIMIT :limit
        """),
        {"account": account_id, "limit": limit},
    ).all()
    return [(row.closed_at, row.profit) for row in reversed(rows)]
