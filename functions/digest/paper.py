"""The paper account for a message: its figures now, and what a stretch of time brought."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from functions.digest.missing import Gap, Missing
from functions.digest.payload import Paper
from functions.paper import portfolio
from functions.paper.answers import Account, OpenTrade, Summary
from functions.paper.events import percent
from functions.paper.store import account as store
from functions.paper.store import market, reports


def last_day(connection: Connection, as_of: datetime) -> tuple[Paper | None, list[Missing]]:
    """Return the account and its last 24 hours; nothing before the first trade."""
    account_id = store.find_account(connection)
    if not account_id:
        return None, [Missing.of(Gap.PAPER_NONE)]
    account, trades = _now(connection, account_id, as_of)
    done = reports.day_since(connection, account_id, as_of - timedelta(hours=24))
    return Paper(account=account, open=trades, opened_24h=done.opened, profit_24h=done.profit), _stale(account)


def today(connection: Connection, as_of: datetime) -> tuple[Summary | None, list[Missing]]:
    """Return the figures of the UTC day so far; nothing before the first trade."""
    account_id = store.find_account(connection)
    if not account_id:
        return None, [Missing.of(Gap.PAPER_NONE)]
    day = as_of.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    account, trades = _now(connection, account_id, as_of)
    closed = [portfolio.closed_trade(one) for one in reports.outcomes(connection, account_id, since=day, limit=1000)]
    done = reports.day_since(connection, account_id, day)
    before = reports.equity_before(connection, account_id, day)
    start = account.start if before is None else before
    summary = Summary(
        as_of=as_of,
        account=account,
        open=trades,
        opened_today=done.opened,
        closed=closed,
        wins_today=sum(one.profit > 0 for one in closed),
        profit_today=done.profit,
        fees_today=done.fees,
        day_start_equity=start,
        day_change_pct=percent(account.equity - start, start),
    )
    return summary, _stale(account)


def _now(connection: Connection, account_id: int, as_of: datetime) -> tuple[Account, list[OpenTrade]]:
    held = store.open_trades(connection, account_id)
    quotes = market.read_quotes(connection, [trade.symbol for trade in held])
    trades = portfolio.open_list(held, quotes, as_of)
    return portfolio.account(store.read_book(connection, account_id), trades), trades


def _stale(account: Account) -> list[Missing]:
    return [Missing.of(Gap.PAPER_STALE, symbols=", ".join(account.stale))] if account.stale else []
