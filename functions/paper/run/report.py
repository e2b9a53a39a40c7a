"""The accounts' equity and what they booked, at any moment: read from fills and candles, and stored nowhere."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from functions.paper.accounts import account_named
from functions.paper.daybook import Standing, midnights, walk
from functions.paper.marks import TradeHistory
from functions.paper.report import (
    AccountCurve,
    AccountsReport,
    EquityCurves,
    EquityPoint,
    HeldBeside,
    OpenedAccount,
    PricePoint,
    account_report,
    open_at,
)
from functions.paper.store import market, reports


def read_report(
    connection: Connection, at: datetime, since: datetime, held: str, after_fill: int | None = None
) -> AccountsReport:
    """Return the figures of every account that had begun, of a stretch of time that ends at `at`.

    Args:
        connection: that sees one state of the database.
        at: the end; what was booked since, but is dated by then, counts.
        since: when the stretch began; of trades that were over by then one sum is read.
        held: the pair that stands beside the accounts.
        after_fill: the newest fill that was told before: then every fill after it counts as booked, whenever it is dated.
    """
    accounts, before_since = reports.opened_accounts(connection, at), reports.booked_by(connection, since)
    trades = {account.name: reports.histories(connection, account.id, at, since) for account in accounts}
    begun = min((account.opened_at for account in accounts), default=at)
    names = {held, *(trade.symbol for of_account in trades.values() for trade in of_account)}
    first = market.read_closes(connection, [held], begun)
    before, newest = market.read_closes(connection, names, since), market.read_newest_closes(connection, names, at)
    now = {name: close for name, (_, close) in newest.items()}
    told = [
        account_report(
            account,
            trades[account.name],
            shadow=account_named(account.name).shadow,
            closes=(before, now),
            span=(since, at),
            booked=reports.booked(connection, account.id, since, at, after_fill),
            before=before_since.get(account.id, Decimal(0)),
        )
        for account in accounts
    ]
    shown = [account.name for account in told if not account.shadow]
    return AccountsReport(
        as_of=at,
        since=since,
        last_fill=reports.newest_fill(connection, at),
        accounts=told,
        held=HeldBeside.of(held, begun, first.get(held), before.get(held), now.get(held)),
        priced_at=min((newest[name][0] for name in {held, *_held_at(trades.values(), at)} & newest.keys()), default=None),
        open=[trade for name in shown for trade in open_at(name, trades[name], now, at)],
    )


def read_curves(connection: Connection, at: datetime, since: datetime, held: str) -> EquityCurves:
    """Return the equity of every account at each UTC midnight after a moment, from its beginning on, and at `at`.

    Beside it stands the price of a coin.
    """
    accounts = reports.opened_accounts(connection, at)
    books = reports.day_books(connection, [account.id for account in accounts], since, at)
    standings = {account.id: walk(account.start, books[account.id], _told(account, since, at)) for account in accounts}
    closes = MidnightCloses(connection, standings.values(), held, now=at)
    moments = sorted({moment for told in standings.values() for moment in told})
    return EquityCurves(
        as_of=at,
        accounts=[_curve(account, standings[account.id], closes) for account in accounts],
        symbol=held,
        prices=[PricePoint(at=moment, price=price) for moment in moments if (price := closes.at(moment).get(held)) is not None],
    )


def _held_at(accounts: Iterable[Sequence[TradeHistory]], at: datetime) -> set[str]:
    return {trade.symbol for trades in accounts for trade in trades if trade.quantity_at(at)}


def _told(account: OpenedAccount, since: datetime, at: datetime) -> list[datetime]:
    return sorted({*midnights(max(account.opened_at, since), at), at})


def _curve(account: OpenedAccount, standings: Mapping[datetime, Standing], closes: "MidnightCloses") -> AccountCurve:
    return AccountCurve(
        name=account.name,
        shadow=account_named(account.name).shadow,
        start=account.start,
        opened_at=account.opened_at,
        points=[EquityPoint.of(at, standing.mark(closes.at(at), at)) for at, standing in standings.items()],
    )


class MidnightCloses:
    """The closes of what accounts held at some moments: daily candles end at midnight; of what lacks one, the newest close."""

    def __init__(
        self, connection: Connection, standings: Iterable[Mapping[datetime, Standing]], held: str, *, now: datetime | None = None
    ) -> None:
        self._connection = connection
        self._wanted: dict[datetime, set[str]] = {}
        for told in standings:
            for moment, standing in told.items():
                self._wanted.setdefault(moment, {held}).update(change.symbol for change in standing.held)
        pairs = [(name, moment) for moment, names in self._wanted.items() for name in names]
        self._closes = market.read_daily_closes(connection, [pair for pair in pairs if pair[1] != now])
        lacking = {name for name, moment in pairs if name not in self._closes.get(moment, ())}
        self._newest = market.read_newest_closes(connection, lacking, max(self._wanted)) if lacking else {}

    def at(self, moment: datetime) -> Mapping[str, Decimal]:
        """Return the closes of one of the moments."""
        closes = self._closes.setdefault(moment, {})
        # Where nothing came after it, the newest close of all is the newest of that moment as well.
        known = {name: self._newest[name] for name in self._wanted[moment] - closes.keys() if name in self._newest}
        closes |= {name: close for name, (closed_at, close) in known.items() if closed_at <= moment}
        if lacking := known.keys() - closes.keys():
            closes |= market.read_closes(self._connection, lacking, moment)
        return closes
