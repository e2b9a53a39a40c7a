"""The accounts' equity and what they booked, at any moment: read from fills and candles, and stored nowhere."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
    OpenedAccount,
    PricePoint,
    account_report,
    open_at,
)
from functions.paper.store import market, reports

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Books:
    """The accounts that had begun by a moment with their trades, read once for all that is told of them.

    Args:
        at: the moment.
        accounts: the oldest first.
        trades: by the account's name; those that were over by the moment they are told from are left out.
        before: what those earned after all fees, by the account's name.
    """

    at: datetime
    accounts: Sequence[OpenedAccount]
    trades: Mapping[str, Sequence[TradeHistory]]
    before: Mapping[str, Decimal]

    @property
    def every_trade(self) -> list[TradeHistory]:
        """Return the trades of all accounts."""
        return [trade for of_account in self.trades.values() for trade in of_account]

    @property
    def begun(self) -> datetime:
        """Return when the first account began; the moment itself without one."""
        return min((account.opened_at for account in self.accounts), default=self.at)


def read_books(connection: Connection, at: datetime, since: datetime) -> Books:
    """Read every account as it stood at a moment; trades that were over by `since` come as one sum."""
    accounts, before = reports.opened_accounts(connection, at), reports.booked_by(connection, since)
    return Books(
        at=at,
        accounts=accounts,
        trades={account.name: reports.histories(connection, account.id, at, since) for account in accounts},
        before={account.name: before.get(account.id, Decimal(0)) for account in accounts},
    )


def read_report(
    connection: Connection, at: datetime, since: datetime, held: str, after_fill: int | None = None, books: Books | None = None
) -> AccountsReport:
    """Return the figures of every account that had begun, of a stretch of time that ends at `at`.

    Args:
        connection: that sees one state of the database.
        at: the end; what was booked since, but is dated by then, counts.
        since: when the stretch began.
        held: the pair that stands beside the accounts.
        after_fill: the newest fill that was told before: then every fill after it counts as booked, whenever it is dated.
        books: of `at`, from no later than `since`, where they were read already.
    """
    books = books or read_books(connection, at, since)
    accounts, trades, begun = books.accounts, books.trades, books.begun
    names = {held, *(trade.symbol for trade in books.every_trade)}
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
            before=books.before[account.name],
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


def read_curves(connection: Connection, at: datetime, since: datetime, held: str, books: Books | None = None) -> EquityCurves:
    """Return the equity of every account at each UTC midnight after a moment, from its beginning on, and at `at`.

    Beside it stands the price of a coin. `books` are those of `at`, from no later than `since`, where they were read already.
    """
    books = books or read_books(connection, at, since)
    known = MidnightCloses(connection, books.every_trade, held, max(books.begun, since), at)
    now = known.newest
    curves = []
    for account in books.accounts:
        start, trades = account.start + books.before[account.name], books.trades[account.name]
        marks = daily_marks(start, trades, known.at, max(account.opened_at, since), at)
        marks[at] = mark(start, trades, now, at)
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
        self._connection, self._held = connection, held
        self._open = _open_at_midnights(trades, first, last)
        names = {held, *(trade.symbol for trade in trades)}
        self._newest = market.read_newest_closes(connection, names, last)
        self._closes = market.read_daily_closes(connection, self._wanted(first, last))

    def _wanted(self, first: datetime, last: datetime) -> Iterator[tuple[str, datetime]]:
        """Yield what is held at each midnight of a span, the coin beside the accounts among it."""
        midnight = first.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        while midnight <= last:
            yield from ((name, midnight) for name in {self._held, *self._open.get(midnight, ())})
            midnight += DAY

    def at(self, midnight: datetime) -> Mapping[str, Decimal]:
        """Return the closes of a midnight."""
        closes = self._closes.setdefault(midnight.astimezone(UTC), {})
        wanted = {self._held, *self._open.get(midnight, ())}
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


def _open_at_midnights(trades: Sequence[TradeHistory], first: datetime, last: datetime) -> dict[datetime, set[str]]:
    """Return the pairs that were held at each midnight UTC between two moments, where any was."""
    held: dict[datetime, set[str]] = {}
    for trade in trades:
        moments = [fill.at for fill in trade.fills]
        ended = last if trade.quantity_at(last) else max(moments)
        midnight = max(min(moments), first).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        while midnight <= ended:
            held.setdefault(midnight, set()).add(trade.symbol)
            midnight += DAY
    return held
