"""The paper accounts for a message: the trader's own as it stands, and all of them in a stretch of time."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from functions.digest.missing import Missing, MissingPart
from functions.digest.payload import Paper
from functions.paper import portfolio
from functions.paper.accounts import MANUAL
from functions.paper.answers import Account
from functions.paper.report import AccountsReport
from functions.paper.run import desk
from functions.paper.run.report import read_report
from functions.paper.store import account as store
from functions.paper.store import reports

DAY = timedelta(hours=24)


def last_day(connection: Connection, as_of: datetime) -> tuple[Paper | None, list[Missing]]:
    """Return the account and its last 24 hours; nothing before its first trade, or when it has changed since the moment."""
    account_id = store.find_account(connection, MANUAL.name)
    if not account_id:
        return None, [Missing.of(MissingPart.PAPER_NONE)]
    if _is_past(connection, account_id, as_of):
        return None, [Missing.of(MissingPart.PAPER_PAST)]
    book = store.read_book(connection, account_id)
    book, trades = desk.read_standing(connection, account_id, as_of, book.start)
    account = portfolio.value_account(book, trades)
    day = reports.day_since(connection, account_id, as_of - DAY)
    return Paper(account=account, open=trades, opened_24h=day.opened, profit_24h=day.profit), _stale(account)


def since_last_report(connection: Connection, as_of: datetime, held: str) -> AccountsReport:
    """Return the accounts since the last daily report, in the last 24 hours before the first one; `held` stands beside them."""
    since, after_fill = _last_report(connection, as_of) or (as_of - DAY, None)
    return read_report(connection, as_of, since, held, after_fill)


def _last_report(connection: Connection, as_of: datetime) -> tuple[datetime, int] | None:
    """Return the moment and the newest fill of the newest report that was raised; None before the first."""
    row = connection.execute(
        text("""SELECT (payload -> 'report' ->> 'as_of')::timestamptz AS as_of,
                       (payload -> 'report' ->> 'last_fill')::bigint AS fill
                FROM alert WHERE kind = 'daily_report' AND (payload -> 'report' ->> 'as_of')::timestamptz < :as_of
                ORDER BY 1 DESC LIMIT 1"""),
        {"as_of": as_of},
    ).one_or_none()
    return (row.as_of, row.fill) if row else None


def _is_past(connection: Connection, account_id: int, as_of: datetime) -> bool:
    """Tell whether the account has changed since a moment; a fill is dated in the candle it happened in."""
    moved = store.changed_at(connection, account_id)
    return moved is not None and moved > as_of


def _stale(account: Account) -> list[Missing]:
    return [Missing.of(MissingPart.PAPER_STALE, symbols=", ".join(account.stale))] if account.stale else []
