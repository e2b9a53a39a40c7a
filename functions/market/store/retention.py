"""Removes what is older than it has to be kept."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from functions.market.retention import LEDGER_DAYS, Cut
from functions.market.store.kept import NOTED

_BATCH = 50_000  # rows a statement, so that none holds its locks for long
_REMOVE = text(f"""
    WITH removed AS (
        DELETE FROM candle WHERE (symbol, timeframe, open_time) IN (
            SELECT symbol, timeframe, open_time FROM candle
            WHERE timeframe = :timeframe AND open_time < :before ORDER BY open_time LIMIT :batch)
        RETURNING open_time
    ),
    {NOTED.format("removed")}
    SELECT count(*) FROM removed
""")  # noqa: S608 - only our own words are put in


def remove_candles(connection: Connection, cut: Cut) -> int:
    """Remove up to 50,000 candles of a cut; return how many, 0 when there is none left."""
    removed: int = connection.execute(
        _REMOVE, {"timeframe": cut.timeframe.value, "before": cut.before, "batch": _BATCH}
    ).scalar_one()
    return removed


def remove_ledger(connection: Connection, cuts: Sequence[Cut], as_of: datetime) -> int:
    """Remove states that nobody reads any more, closed gaps of removed candles, old notes, and year-old gaps and revisions."""
    removed = 0
    for cut in cuts:
        removed += connection.execute(
            text("DELETE FROM gap WHERE timeframe = :timeframe AND last_open_time < :before AND closed_at IS NOT NULL"),
            {"timeframe": cut.timeframe.value, "before": cut.before},
        ).rowcount
        # In one statement: no one else touches states this old.
        removed += connection.execute(
            text("DELETE FROM technical_state WHERE timeframe = :timeframe AND close_time < :before"),
            {"timeframe": cut.timeframe.value, "before": cut.states_before},
        ).rowcount
    # By the wall's clock: readers keep candles for hours of it, whatever the market's clock does.
    removed += connection.execute(text("DELETE FROM candle_change WHERE noted_at < now() - INTERVAL '1 day'")).rowcount
    before = as_of - timedelta(days=LEDGER_DAYS)
    for statement in (
        "DELETE FROM gap WHERE closed_at < :before AND resolution = 'filled'",
        "DELETE FROM candle_revision WHERE revised_at < :before",
    ):
        removed += connection.execute(text(statement), {"before": before}).rowcount
    return removed
