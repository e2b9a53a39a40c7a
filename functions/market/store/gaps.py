"""The ledger of gaps: each run of missing candles has a row that is opened when it is seen and closed when it is settled.

A row that was closed as absent is opened again when the exchange has its candles after all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, text

from functions.market.candles.denials import due_in
from functions.market.candles.gaps import Run
from functions.market.candles.timeframe import Timeframe

Resolution = Literal["filled", "absent"]
_COLUMNS = (
    "id, symbol, timeframe, first_open_time, last_open_time, reason, opened_at, closed_at, resolution, attempts, denials,"
    " last_error, unsettled, tried_at, denied_at"
)


@dataclass(frozen=True, slots=True)
class Gap:
    """One row of the ledger; both open times belong to the gap."""

    id: int
    symbol: str
    timeframe: Timeframe
    first_open_time: datetime
    last_open_time: datetime
    reason: str
    opened_at: datetime
    closed_at: datetime | None
    resolution: Resolution | None
    attempts: int
    denials: int
    last_error: str | None
    unsettled: int
    tried_at: datetime | None
    denied_at: datetime | None

    def due_in(self, now: datetime) -> timedelta:
        """Return how long to wait until it is asked for again."""
        return due_in(self.unsettled, self.tried_at, now)

    @property
    def run(self) -> Run:
        """Return the candles it stands for."""
        return Run(self.symbol, self.timeframe, self.first_open_time, self.last_open_time)


def open_gaps(connection: Connection, missing: Sequence[Run], reason: str, opened_at: datetime) -> int:
    """Open a row for each missing run that no open row covers yet; return how many.

    Candles that are not over at `opened_at`, exchange time, are not missing: they are left out.
    """
    missing = [over for run in missing if (over := run.over_by(opened_at))]
    if not missing:
        return 0
    result = connection.execute(
        text("""
            INSERT INTO gap (symbol, timeframe, first_open_time, last_open_time, reason, opened_at)
            SELECT n.symbol, n.timeframe, n.first, n.last, :reason, :opened_at
            FROM unnest(CAST(:symbol AS text[]), CAST(:timeframe AS text[]),
                        CAST(:first AS timestamptz[]), CAST(:last AS timestamptz[]))
                 AS n (symbol, timeframe, first, last)
            WHERE NOT EXISTS (SELECT 1 FROM gap g WHERE g.symbol = n.symbol AND g.timeframe = n.timeframe AND g.closed_at IS NULL
                              AND g.first_open_time <= n.first AND g.last_open_time >= n.last)
        """),
        {
            "symbol": [run.symbol for run in missing],
            "timeframe": [run.timeframe.value for run in missing],
            "first": [run.first for run in missing],
            "last": [run.last for run in missing],
            "reason": reason,
            "opened_at": opened_at,
        },
    )
    return result.rowcount


def list_gaps(
    connection: Connection,
    *,
    state: Literal["open", "closed", "all"] = "open",
    symbol: str | None = None,
    limit: int | None = None,
) -> list[Gap]:
    """Return rows of the ledger: open ones oldest first, otherwise newest first."""
    order = "opened_at, id" if state == "open" else "id DESC"
    rows = connection.execute(
        text(f"""
            SELECT {_COLUMNS} FROM gap
            WHERE (:state = 'all' OR (closed_at IS NULL) = (:state = 'open'))
              AND (CAST(:symbol AS text) IS NULL OR symbol = :symbol)
            ORDER BY {order} LIMIT :limit
        """),  # noqa: S608 - our own column list and order
        {"state": state, "symbol": symbol, "limit": limit},
    )
    return [Gap(row.id, row.symbol, Timeframe(row.timeframe), *row[3:]) for row in rows]


def trim_gaps(connection: Connection, now: datetime) -> int:
    """Take candles that are not over at `now`, exchange time, out of the open rows; return how many rows that changed.

    A clock that was ahead may have opened them: such candles do not exist yet.
    """
    changed = 0
    for timeframe in Timeframe:
        values = {"timeframe": timeframe.value, "newest": timeframe.last_closed(now)}
        for statement in (_DROP_UNBORN, _TRIM_UNBORN):
            changed += connection.execute(statement, values).rowcount
    return changed


_DROP_UNBORN = text("DELETE FROM gap WHERE closed_at IS NULL AND timeframe = :timeframe AND first_open_time > :newest")
_TRIM_UNBORN = text("""UPDATE gap SET last_open_time = :newest
                       WHERE closed_at IS NULL AND timeframe = :timeframe AND last_open_time > :newest""")


def close_gap(connection: Connection, gap: int, resolution: Resolution, closed_at: datetime) -> None:
    """Close a row; one that is closed already stays as it is."""
    connection.execute(
        text("""UPDATE gap SET closed_at = :at, resolution = :resolution, attempts = attempts + 1
                WHERE id = :id AND closed_at IS NULL"""),
        {"id": gap, "at": closed_at, "resolution": resolution},
    )


def close_as_absent(connection: Connection, gap: Gap, lacking: Sequence[Run], closed_at: datetime) -> None:
    """Close a gap of which the exchange has no candles for the runs `lacking`; the rest of it is there."""
    whole = lacking[0].first == gap.first_open_time and lacking[0].last == gap.last_open_time
    if not whole:
        connection.execute(
            text("""
                INSERT INTO gap (symbol, timeframe, first_open_time, last_open_time, reason, opened_at, closed_at,
                                 resolution, attempts, denials, tried_at, denied_at)
                SELECT :symbol, :timeframe, first, last, :reason, :opened_at, :closed_at, 'absent', :attempts, :denials,
                       :closed_at, :closed_at
                FROM unnest(CAST(:first AS timestamptz[]), CAST(:last AS timestamptz[])) AS run (first, last)
            """),
            {
                "symbol": gap.symbol,
                "timeframe": gap.timeframe.value,
                "reason": gap.reason,
                "opened_at": gap.opened_at,
                "closed_at": closed_at,
                "attempts": gap.attempts + 1,
                "denials": gap.denials + 1,
                "first": [run.first for run in lacking],
                "last": [run.last for run in lacking],
            },
        )
    close_gap(connection, gap.id, "absent" if whole else "filled", closed_at)
    connection.execute(
        text("UPDATE gap SET denials = :denials, tried_at = :at, denied_at = :at WHERE id = :id AND resolution = 'absent'"),
        {"id": gap.id, "at": closed_at, "denials": gap.denials + 1},
    )


def note_failure(connection: Connection, gap: int, error: str) -> None:
    """Count an attempt that had no answer, and why."""
    connection.execute(
        text("UPDATE gap SET attempts = attempts + 1, last_error = :error WHERE id = :id AND closed_at IS NULL"),
        {"id": gap, "error": error},
    )


def note_unsettled(connection: Connection, gap: int, error: str, at: datetime, *, denials: int | None = None) -> None:
    """Count an answer that did not settle the gap; tries are spaced by these.

    Args:
        connection: in a transaction of the caller's.
        gap: its id.
        error: what lacks.
        at: exchange time.
        denials: how many denials count by now, when one was added by this answer.
    """
    connection.execute(
        text("""UPDATE gap SET attempts = attempts + 1, unsettled = unsettled + 1, tried_at = :at, last_error = :error,
                       denials = coalesce(:denials, denials), denied_at = CASE WHEN :denials IS NULL THEN denied_at ELSE :at END
                WHERE id = :id AND closed_at IS NULL"""),
        {"id": gap, "error": error, "at": at, "denials": denials},
    )


def list_absent(connection: Connection, symbols: Sequence[str], now: datetime, limit: int) -> list[Gap]:
    """Return absent runs of some pairs that are to be asked for again by `now`: 1, 2, 4 ... 128 hours after each denial."""
    rows = connection.execute(
        text(f"""
            SELECT {_COLUMNS} FROM gap
            WHERE resolution = 'absent' AND symbol = ANY(:symbols)
              AND coalesce(tried_at, closed_at) + interval '1 hour' * power(2, least(greatest(denials - 2, 0), 7)) <= :now
            ORDER BY coalesce(tried_at, closed_at), id LIMIT :limit
        """),  # noqa: S608 - our own column list
        {"symbols": list(symbols), "now": now, "limit": limit},
    )
    return [Gap(row.id, row.symbol, Timeframe(row.timeframe), *row[3:]) for row in rows]


def note_still_absent(connection: Connection, gap: int, at: datetime) -> None:
    """Note that the exchange has denied an absent run once more."""
    connection.execute(
        text("UPDATE gap SET denials = denials + 1, tried_at = :at WHERE id = :id AND resolution = 'absent'"),
        {"id": gap, "at": at},
    )


def reopen_gap(connection: Connection, gap: int) -> None:
    """Open an absent run again: the exchange has candles of it after all."""
    connection.execute(
        text("""UPDATE gap SET closed_at = NULL, resolution = NULL, denials = 0, unsettled = 0, tried_at = NULL, denied_at = NULL,
                       last_error = 'it was absent, and came after all'
                WHERE id = :id AND resolution = 'absent'"""),
        {"id": gap},
    )


def known_absent(connection: Connection, symbols: Sequence[str], timeframe: Timeframe) -> list[Run]:
    """Return the runs the exchange is known to have no candles for."""
    rows = connection.execute(
        text("""SELECT symbol, first_open_time, last_open_time FROM gap
                WHERE resolution = 'absent' AND timeframe = :timeframe AND symbol = ANY(:symbols)"""),
        {"timeframe": timeframe.value, "symbols": list(symbols)},
    )
    return [Run(row.symbol, timeframe, row.first_open_time, row.last_open_time) for row in rows]


def count_open_gaps(connection: Connection) -> int:
    """Return how many gaps are open."""
    return int(connection.scalar(text("SELECT count(*) FROM gap WHERE closed_at IS NULL")) or 0)


def gap_counts(connection: Connection, since: datetime) -> dict[str, int]:
    """Return how many gaps are open, and how many were opened and closed since a moment."""
    row = connection.execute(
        text("""
            SELECT count(*) FILTER (WHERE closed_at IS NULL) AS open, count(*) FILTER (WHERE opened_at >= :since) AS opened,
                   count(*) FILTER (WHERE closed_at >= :since) AS closed
            FROM gap WHERE closed_at IS NULL OR opened_at >= :since OR closed_at >= :since
        """),
        {"since": since},
    ).one()
    return {"open": row.open, "opened": row.opened, "closed": row.closed}
