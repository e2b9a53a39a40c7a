"""What is asked of rejections at a moment: why there were signals or none, and which rejected setups are not over."""

from datetime import datetime

from sqlalchemy import Connection

from functions.scoring.answers import RejectionRow, Rejections, WatchList
from functions.scoring.rules import ScoreRules
from functions.scoring.run.coin import gate_at
from functions.scoring.store import answers


def rejections_at(
    connection: Connection, since: datetime, as_of: datetime, rules: ScoreRules, *, limit: int, symbol: str | None = None
) -> Rejections:
    """Return what became of the setups between two moments, of one coin or of all, and the newest rejections in full."""
    counts = answers.rejection_counts(connection, since, as_of, symbol)
    signals = answers.signal_count(connection, since, as_of, symbol)
    rows = answers.rejections(connection, since, as_of, limit, symbol)
    return Rejections(
        as_of=as_of,
        since=since,
        gate=gate_at(connection, as_of, rules),
        scored_to=answers.newest_scored(connection, as_of),
        setups=signals + sum(counts.values()),
        signals=signals,
        counts=counts,
        rejections=[RejectionRow.model_validate(row) for row in rows],
    )


def watch_list_at(connection: Connection, as_of: datetime, rules: ScoreRules, limit: int) -> WatchList:
    """Return the rejected setups whose time is not over at a moment."""
    rows = answers.watch_list(connection, as_of, limit)
    return WatchList(
        as_of=as_of,
        gate=gate_at(connection, as_of, rules),
        setups=[RejectionRow.model_validate(row) for row in rows],
    )
