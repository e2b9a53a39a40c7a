"""One outside source from start to end: ask it, keep what it says, note how it went. One that is down never stops another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from functions.clock import wall_now
from functions.errors import QuorumError
from functions.factors.reading import FactorReading
from functions.factors.store import write_readings
from functions.logs import get_logger
from functions.outgoing import note_failure, note_success

log = get_logger("sources")


@dataclass(frozen=True, slots=True)
class SourceAnswer:
    """What a source said.

    Args:
        readings: to be kept; one that cannot be true is refused, and then the source has failed.
        beside: writes what else it said, in the transaction of the readings.
        left_out: entries that could not be used.
        trouble: why it did not say all; what it said is kept, and it has failed.
    """

    readings: Sequence[FactorReading]
    beside: Callable[[Connection], object] | None = None
    left_out: int = 0
    trouble: str = ""


def refresh_source(engine: Engine, source: str, ask: Callable[[], SourceAnswer], as_of: datetime) -> str | None:
    """Ask a source and keep what it says; return in one sentence why it failed, None when it did not.

    The lag of its status row is the age of its newest reading.
    """
    try:
        answer = ask()
    except QuorumError as error:
        return fail_source(engine, source, error.detail)
    with engine.begin() as connection:
        if answer.beside:
            answer.beside(connection)
        written = write_readings(connection, answer.readings, seen_at=as_of)
        if not (written.refused or answer.trouble):
            newest = max((reading.as_of for reading in answer.readings), default=as_of)
            note_success(connection, source, wall_now(), max(as_of - newest, timedelta()))
    if answer.left_out:
        log.info("entries of a source are left out", source=source, entries=answer.left_out)
    troubles = [answer.trouble] if answer.trouble else []
    if written.refused:
        troubles.append(f"reading refused: {', '.join(written.refused)}")
    return fail_source(engine, source, "; ".join(troubles)) if troubles else None


def fail_source(engine: Engine, source: str, error: str) -> str:
    """Note that a source failed, in its status row and the log; return the sentence."""
    with engine.begin() as connection:
        note_failure(connection, source, wall_now(), error)
    log.warning("source failed", source=source, error=error)
    return error
