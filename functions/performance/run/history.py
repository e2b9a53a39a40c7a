"""What an account did until a moment: its equity of every midnight, its closed trades, and Bitcoin beside it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Connection

from functions.arrays import FloatArray
from functions.errors import InputRejected
from functions.market.candles.timeframe import Timeframe
from functions.paper.accounts import account_named
from functions.paper.daybook import walk
from functions.paper.report import OpenedAccount
from functions.paper.run.report import MidnightCloses
from functions.paper.store import reports
from functions.performance.metrics.equity import daily_returns
from functions.performance.metrics.summary import Track
from functions.performance.metrics.trades import TradeOutcomes
from functions.performance.store import account as store
from functions.performance.store.account import ClosedPosition

DAY = timedelta(days=1)
MOST_DAYS = 1830  # five years


@dataclass(frozen=True, slots=True)
class AccountHistory:
    """An account over whole UTC days.

    Args:
        account: that it is.
        track: what the figures are computed of.
        midnights: the end of each day.
        btc: `[T]`, what Bitcoin did on each day; NaN where its price is not known.
        positions: the trades that were closed since, and that count in rates.
        unpriced: pairs whose trades stood at their cost on some day because no close was known.
    """

    account: OpenedAccount
    track: Track
    midnights: tuple[datetime, ...]
    btc: FloatArray
    positions: tuple[ClosedPosition, ...]
    unpriced: tuple[str, ...]


def read_history(
    connection: Connection, name: str, as_of: datetime, gate_symbol: str, since: datetime | None = None
) -> AccountHistory | None:
    """Return what an account did up to a moment; None before its first trade.

    Args:
        connection: to the database.
        name: of the account.
        as_of: the last whole day ends at or before it.
        gate_symbol: the pair of Bitcoin.
        since: days before the UTC day it lies in are left out.

    Raises:
        NotFound: there is no account of that name.
        InputRejected: `since` lies after `as_of`.
    """
    asked = account_named(name).name
    account = next((one for one in reports.opened_accounts(connection, as_of) if one.name == asked), None)
    if since is not None and since > as_of:
        raise InputRejected("empty_span", f"expected a since before {as_of.isoformat()}, got {since.isoformat()}")
    if account is None:
        return None
    midnight = Timeframe.D1.floor
    begun, last = midnight(account.opened_at), midnight(as_of)
    first = max(begun, last - MOST_DAYS * DAY, midnight(since) if since else begun)
    midnights = [first + number * DAY for number in range((last - first) // DAY + 1)]
    book = reports.day_books(connection, [account.id], first - DAY, last)[account.id]
    standings = walk(account.start, book, midnights)
    closes = MidnightCloses(connection, [standings], gate_symbol)
    marks = {midnight: standing.mark(closes.at(midnight), midnight) for midnight, standing in standings.items()}
    start = float(marks[first].equity if first > account.opened_at else account.start)
    prices = [float(closes.at(midnight).get(gate_symbol, "nan")) for midnight in midnights]
    positions = [one for one in store.closed_positions(connection, account.id, first, as_of) if not one.named]
    equity = np.array([float(marks[midnight].equity) for midnight in midnights[1:]])
    return AccountHistory(
        account=account,
        track=Track(first_day=first.date(), start=start, equity=equity, trades=outcomes_of(positions)),
        midnights=tuple(midnights[1:]),
        btc=daily_returns(prices[0], np.array(prices[1:])),
        positions=tuple(positions),
        unpriced=tuple(sorted({pair for midnight in midnights[1:] for pair in marks[midnight].unpriced})),
    )


def outcomes_of(positions: list[ClosedPosition]) -> TradeOutcomes:
    """Return closed trades as arrays."""
    return TradeOutcomes(
        opened_at=np.array([round(one.opened_at.timestamp() * 1000) for one in positions], dtype=np.int64),
        closed_at=np.array([round(one.closed_at.timestamp() * 1000) for one in positions], dtype=np.int64),
        profit=np.array([float(one.profit) for one in positions]),
        r=np.array([one.r for one in positions]),
        traded=np.array([float(one.traded) for one in positions]),
    )
