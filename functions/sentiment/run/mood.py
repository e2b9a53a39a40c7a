"""Ask every source of the market's mood; one that is down never stops another."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from functions.clock import wall_now
from functions.errors import QuorumError
from functions.factors.reading import MARKET, FactorReading
from functions.factors.store import newest_readings, write_readings
from functions.logs import get_logger
from functions.outgoing import Source, note_failure, note_success
from functions.sentiment.sources import dominance, fear_greed
from functions.settings import Settings

log = get_logger("sentiment")
Read = Callable[[Source], FactorReading]


def sources(settings: Settings) -> Iterator[tuple[Source, Read]]:
    """Yield every source of the mood with its adapter."""
    key = settings.coingecko_key.get_secret_value()
    yield Source(fear_greed.NAME, settings.fear_greed_url), fear_greed.read
    yield Source(dominance.NAME, settings.coingecko_url, {"x-cg-demo-api-key": key} if key else {}), dominance.read


def refresh(settings: Settings, engine: Engine, as_of: datetime) -> dict[str, str | None]:
    """Read every source and keep what it says; return for each its error, None when there is none."""
    return {source.name: _refresh(engine, source, read, as_of) for source, read in sources(settings)}


def newest(settings: Settings, connection: Connection, as_of: datetime) -> list[FactorReading]:
    """Return what each source of the mood said last as known at a moment; it may be stale."""
    said = {reading.source: reading for reading in newest_readings(connection, [MARKET], as_of)}
    return [said[source.name] for source, _ in sources(settings) if source.name in said]


def _refresh(engine: Engine, source: Source, read: Read, as_of: datetime) -> str | None:
    try:
        reading = read(source)
    except QuorumError as error:
        return _note_failure(engine, source, error.detail)
    with engine.begin() as connection:
        written = write_readings(connection, [reading], seen_at=as_of)
        if not written.refused:
            note_success(connection, source.name, wall_now(), max(as_of - reading.as_of, timedelta()))
    refused = ", ".join(written.refused)
    return _note_failure(engine, source, f"reading refused: {refused}") if refused else None


def _note_failure(engine: Engine, source: Source, error: str) -> str:
    with engine.begin() as connection:
        note_failure(connection, source.name, wall_now(), error)
    log.warning("source does not say its reading", source=source.name, error=error)
    return error
