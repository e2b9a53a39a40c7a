"""The SQL of an account's closed trades, and of how the desk ran: closes scored in time, signals, how late they came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
from sqlalchemy import Connection, text

from functions.arrays import FloatArray
from functions.market.candles.timeframe import Timeframe
from functions.performance.readiness.slow import SlowRule
from functions.scoring.document import SOURCE

IN_TIME = timedelta(minutes=5)  # a close that is scored later was missed


@dataclass(frozen=True, slots=True)
class ClosedPosition:
    """A trade that is over, with the rules it lived by.

    Args:
        profit: after all fees, USDT.
        traded: amounts of all its fills, USDT.
        named: a part of it was closed at a price that a person named: it is in no rate.
    """

    trade_id: int
    symbol: str
    side: str
    source: str
    opened_at: datetime
    closed_at: datetime
    entry: Decimal
    stop: Decimal | None
    targets: list[Decimal]
    quantity: Decimal
    profit: Decimal
    traded: Decimal
    named: bool
    fee: Decimal
    slippage: Decimal
    break_even: bool

    @property
    def risk(self) -> Decimal | None:
        """Return what the stop would have lost, USDT, before costs."""
        return None if self.stop is None or self.stop == self.entry else abs(self.entry - self.stop) * self.quantity

    @property
    def r(self) -> float:
        """Return the profit in units of the risk; NaN without a stop."""
        return float(self.profit / self.risk) if self.risk else np.nan


@dataclass(frozen=True, slots=True)
class Uptime:
    """Closes of 15m candles since the desk ran, and those of them that were scored in time."""

    due: int
    in_time: int


def closed_positions(
    connection: Connection, account_id: int, since: datetime, as_of: datetime, newest: int | None = None
) -> list[ClosedPosition]:
    """Return the trades that were closed between two moments, oldest first; with `newest` only so many of the last ones."""
    rows = connection.execute(
        text("""
            SELECT t.id AS trade_id, t.symbol, t.side, t.source, t.opened_at, t.closed_at, t.entry, t.stop, t.targets, t.quantity,
                   f.profit, f.traded, f.named, t.fee, t.slippage, t.break_even
            FROM (
                SELECT * FROM paper_trade
                WHERE account_id = :account AND state = 'closed' AND closed_at >= :since AND closed_at <= :as_of
                ORDER BY closed_at DESC, id DESC LIMIT :newest
            ) t CROSS JOIN LATERAL (
                SELECT sum(profit - fee) AS profit, sum(price * quantity) AS traded, bool_or(named) AS named
                FROM paper_fill WHERE trade_id = t.id) f
            ORDER BY t.closed_at, t.id
        """),
        {"account": account_id, "since": since, "as_of": as_of, "newest": newest},
    )
    return [ClosedPosition(*row) for row in rows.all()]  # columns in the order of its fields


def uptime(connection: Connection, symbol: str, since: datetime, as_of: datetime) -> Uptime:
    """Return how many 15m closes between two moments were scored in time: what was down anywhere in the line shows in it.

    Args:
        connection: to the database.
        symbol: a pair that is always scored, the gate's.
        since: closes after it count, but none before the desk's first score.
        as_of: closes up to `IN_TIME` before it count; a younger one may still come.
    """
    first = connection.scalar(text("SELECT min(close_time) FROM score WHERE symbol = :symbol"), {"symbol": symbol})
    if first is None or first > as_of - IN_TIME:
        return Uptime(0, 0)
    span = Timeframe.M15.span
    begin = max(Timeframe.M15.floor(since) + span, first)
    end = Timeframe.M15.floor(as_of - IN_TIME)
    scored = connection.scalar(
        text("""
            SELECT count(DISTINCT close_time) FROM score WHERE symbol = :symbol AND close_time >= :begin AND close_time <= :end
              AND created_at <= close_time + CAST(:in_time AS interval)
        """),
        {"symbol": symbol, "begin": begin, "end": end, "in_time": IN_TIME},
    )
    return Uptime(due=max(0, (end - begin) // span + 1), in_time=scored or 0)


def signal_moments(connection: Connection, since: datetime, as_of: datetime) -> list[datetime]:
    """Return when each signal between two moments was said."""
    rows = connection.execute(
        text("SELECT created_at FROM signal WHERE source = :source AND created_at > :since AND created_at <= :as_of"),
        {"source": SOURCE, "since": since, "as_of": as_of},
    )
    return list(rows.scalars())


def latencies(connection: Connection, since: datetime, as_of: datetime) -> FloatArray:
    """Return the seconds from the close to the first delivered message of each signal whose message had arrived by `as_of`.

    To the signal it is market time, from its alert on the wall's: in a replay only these may be added.
    """
    rows = connection.execute(
        text("""
            SELECT extract(epoch FROM s.created_at - s.close_time) + extract(epoch FROM min(d.finished_at) - a.created_at)
            FROM signal s JOIN alert a ON a.kind = 'signal' AND CAST(a.payload ->> 'signal_id' AS bigint) = s.id
            JOIN delivery d ON d.alert_id = a.id AND d.state = 'delivered'
            WHERE s.source = :source AND s.created_at > :since AND s.created_at <= :as_of
            GROUP BY s.id, a.id HAVING s.created_at + (min(d.finished_at) - a.created_at) <= :as_of ORDER BY s.id
        """),
        {"source": SOURCE, "since": since, "as_of": as_of},
    )
    return np.array([float(seconds) for seconds in rows.scalars()])


_SLOW = text("""
    SELECT a.name, a.opened_at AS since, count(DISTINCT date_trunc('day', f.at, 'UTC')) AS fill_days
    FROM paper_account a LEFT JOIN paper_trade t ON t.account_id = a.id
         LEFT JOIN paper_fill f ON f.trade_id = t.id AND f.reason = 'entry' AND f.at <= :as_of
    WHERE a.name = ANY(:names) AND a.opened_at <= :as_of GROUP BY a.id ORDER BY a.id
""")


def slow_rules(connection: Connection, names: Sequence[str], as_of: datetime) -> tuple[SlowRule, ...]:
    """Return since when some accounts trade, and on how many days they bought; one that has not begun is left out."""
    return tuple(SlowRule(**row) for row in connection.execute(_SLOW, {"names": list(names), "as_of": as_of}).mappings())
