"""The screener's SQL: a run and all its picks, written once."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from db.tables import screener_pick, screener_run
from functions.screener.pick import Pick
from functions.screener.stored import ScreenerRun, StoredPick

LOCK = 0x53435245  # any constant: one screening at a time


@contextmanager
def one_at_a_time(engine: Engine) -> Iterator[Connection]:
    """Yield a connection in autocommit while no other screening runs; waits for one that does.

    Raises:
        DatabaseAway: another one has run for half a minute.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(select(func.pg_advisory_lock(LOCK)))
        try:
            yield connection
        finally:
            connection.execute(select(func.pg_advisory_unlock(LOCK)))


def write_run(
    connection: Connection,
    key: str,
    as_of: datetime,
    considered: int,
    left_out: Mapping[str, Sequence[str]],
    note: str | None,
    picks: Sequence[Pick],
) -> bool:
    """Write a run and its picks; False when a run with this key is there already, which then stays as it is.

    A run with a note is not whole: it is replaced.
    """
    connection.execute(delete(screener_run).where(screener_run.c.key == key, screener_run.c.note.is_not(None)))
    values = {"key": key, "as_of": as_of, "considered": considered, "left_out": left_out, "note": note}
    statement = insert(screener_run).values(**values).on_conflict_do_nothing(index_elements=["key"])
    number = connection.scalar(statement.returning(screener_run.c.id))
    if number is None:
        return False
    if picks:
        connection.execute(insert(screener_pick), [_row(number, pick) for pick in picks])
    return True


def _row(run_id: int, pick: Pick) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "rank": pick.rank,
        "symbol": pick.symbol,
        "score": pick.score,
        "coverage": pick.coverage,
        "direction": pick.direction,
        "price": pick.price,
        "change_24h": pick.change_24h,
        "turnover_24h": pick.turnover_24h,
        "spread": pick.spread,
        "parts": dict(pick.parts),
        "reasons": [why.as_json() for why in pick.reasons],
    }


def run_of(connection: Connection, key: str) -> ScreenerRun | None:
    """Return the run with a key; None when there is npick."""
    return _run(connection.execute(select(screener_run).where(screener_run.c.key == key)).one_or_none())


def newest_run(connection: Connection, as_of: datetime) -> ScreenerRun | None:
    """Return the newest run known at a moment; None when there is npick."""
    statement = (
        select(screener_run).where(screener_run.c.as_of <= as_of).order_by(screener_run.c.as_of.desc(), screener_run.c.id.desc())
    )
    return _run(connection.execute(statement.limit(1)).one_or_none())


def _run(row: Row[Any] | None) -> ScreenerRun | None:
    if row is None:
        return None
    return ScreenerRun(id=row.id, key=row.key, as_of=row.as_of, considered=row.considered, left_out=row.left_out, note=row.note)


def picks_of(connection: Connection, run_id: int) -> list[StoredPick]:
    """Return the picks of a run, best first."""
    columns = [screener_pick.c[name] for name in StoredPick.__dataclass_fields__]
    statement = select(*columns).where(screener_pick.c.run_id == run_id).order_by(screener_pick.c.rank)
    return [StoredPick(**row) for row in connection.execute(statement).mappings()]
