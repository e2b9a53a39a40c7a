"""Read the pane of the accounts."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from functions.panes.answers import ClosedRow, PortfolioPane
from functions.paper.accounts import DESK, account_named
from functions.paper.run.report import read_curves, read_report
from functions.paper.store.reports import opened_accounts
from functions.performance.run.figures import account_figures
from functions.performance.store.account import closed_positions

DAY = timedelta(days=1)
EVER = datetime(1970, 1, 1, tzinfo=UTC)
CLOSED = 50
SHOWN = timedelta(days=30)  # of the curves


def read_portfolio(connection: Connection, as_of: datetime, held: str) -> PortfolioPane:
    """Return the accounts at a moment; `held` is the pair that stands beside them."""
    own = [account for account in opened_accounts(connection, as_of) if not account_named(account.name).shadow]
    closed = [
        ClosedRow(
            account=account.name,
            symbol=trade.symbol,
            side=trade.side,
            opened_at=trade.opened_at,
            closed_at=trade.closed_at,
            entry=f"{trade.entry:f}",
            profit=f"{trade.profit:f}",
            r=trade.r if trade.risk else None,
        )
        for account in own
        for trade in closed_positions(connection, account.id, EVER, as_of, newest=CLOSED)
    ]
    return PortfolioPane(
        as_of=as_of,
        report=read_report(connection, as_of, as_of - DAY, held),
        curves=read_curves(connection, as_of, as_of - SHOWN, held),
        closed=sorted(closed, key=lambda trade: trade.closed_at, reverse=True)[:CLOSED],
        figures=account_figures(connection, DESK.name, as_of, held),
    )
