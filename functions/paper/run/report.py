"""The accounts' equity and what they booked, at any moment: read from fills and candles, and stored nowhere."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection

from functions.paper.accounts import account_named
from functions.paper.marks import TradeHistory, daily_marks, mark
from functions.paper.report import (
    AccountCurve,
    AccountsReport,
    EquityCurves,
    EquityPoint,
    HeldBeside,
    PricePoint,
    account_report,
    open_at,
)
from functions.paper.store import market, reports

DAY = timedelta(days=1)


def read_report(
    connection: Connection, at: datetime, since: datetime, held: str, after_fill: int | None = None
) -> AccountsReport:
    """Return the figures of every account that had begun, of a stretch of time that ends at `at`.

    Args:
        connection: that sees one state of the database.
        at: the end; what was booked since, but is dated by then, counts.
        since: when the stretch began.
        held: the pair that stands beside the accounts.
        after_fill: the newest fill that was told before: then every fill after it counts as booked, whenever it is dated.
    """
    accounts = reports.opened_accounts(connection, at)
    trades = {account.name: reports.histories(connection, account.id, at) for account in accounts}
    names = {held, *(trade.symbol for of_account in trades.values() for trade in of_account)}
    begun = min((account.opened_at for account in accounts), default=at)
    first = market.read_closes(connection, [held], begun)
    before, now = (market.read_closes(connection, names, moment) for moment in (since, at))
    told = [
        account_report(
            account,
            trades[account.name],
            shadow=account_named(account.name).shadow,
            closes=(before, now),
            span=(since, at),
            booked=reports.booked(connection, account.id, since, at, after_fill),
        )
        for account in accounts
    ]
    shown = [account.name for account in told if not account.shadow]
    return AccountsReport(
        as_of=at,
        since=since,
        last_fill=reports.newest_fill(connection),
        accounts=told,
        held=HeldBeside.of(held, begun, first.get(held), before.get(held), now.get(held)),
        open=[trade for name in shown for trade in open_at(name, trades[name], now, at)],
    )


def read_curves(connection: Connection, at: datetime, since: datetime, held: str) -> EquityCurves:
    """Return the equity of every account at each UTC midnight after a moment, from its beginning on, and at `at`.

    Beside it stands the price of a coin.
    """
    accounts = reports.opened_accounts(connection, at)
    trades = {account.name: reports.histories(connection, account.id, at) for account in accounts}
    begun = min((account.opened_at for account in accounts), default=at)
    every = [trade for of_account in trades.values() for trade in of_account]
    known = MidnightCloses(connection, every, held, max(begun, since), at)
    now = known.newest
    curves = []
    for account in accounts:
        marks = daily_marks(account.start, trades[account.name], known.at, max(account.opened_at, since), at)
        marks[at] = mark(account.start, trades[account.name], now, at)
        points = [EquityPoint.of(moment, found) for moment, found in marks.items()]
        curves.append(
            AccountCurve(
                name=account.name,
                shadow=account_named(account.name).shadow,
                start=account.start,
                opened_at=account.opened_at,
                points=points,
            )
        )
    moments = sorted({point.at for curve in curves for point in curve.points})
    prices = {moment: (now if moment == at else known.at(moment)).get(held) for moment in moments}
    return EquityCurves(
        as_of=at,
        accounts=curves,
        symbol=held,
        prices=[PricePoint(at=moment, price=price) for moment, price in prices.items() if price is not None],
    )


class MidnightCloses:
    """The closes that trades stand at by each UTC midnight: daily candles end there; of what lacks one, the newest close."""

    def __init__(
        self, connection: Connection, trades: Sequence[TradeHistory], held: str, first: datetime, last: datetime
    ) -> None:
        self._connection, self._trades, self._held = connection, trades, held
        names = {held, *(trade.symbol for trade in trades)}
        self._newest = market.read_newest_closes(connection, names, last)
        self._closes = market.read_daily_closes(connection, names, first, last)

    def at(self, midnight: datetime) -> Mapping[str, Decimal]:
        """Return the closes of a midnight."""
        closes = self._closes.setdefault(midnight.astimezone(UTC), {})
        wanted = {self._held, *(trade.symbol for trade in self._trades if trade.quantity_at(midnight))}
        # Where nothing came after it, the newest close of all is the newest of that midnight as well.
        known = {name: self._newest[name] for name in wanted - closes.keys() if name in self._newest}
        closes |= {name: close for name, (at, close) in known.items() if at <= midnight}
        if lacking := known.keys() - closes.keys():
            closes |= market.read_closes(self._connection, lacking, midnight)
        return closes

    @property
    def newest(self) -> Mapping[str, Decimal]:
        """Return the newest closes of all."""
        return {name: close for name, (_, close) in self._newest.items()}
