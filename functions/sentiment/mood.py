"""Ask every source of the market's mood; one that is down never stops another."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import Engine

from functions.clock import wall_now
from functions.errors import QuorumError
from functions.logs import get_logger
from functions.outgoing import Source, note_failure, note_success
from functions.sentiment import store
from functions.sentiment.readings import FactorReading
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


def _refresh(engine: Engine, source: Source, read: Read, as_of: datetime) -> str | None:
    try:
        found = read(source)
    except QuorumError as error:
        with engine.begin() as connection:
            note_failure(connection, source.name, wall_now(), error.detail)
        log.warning("source does not say its reading", source=source.name, error=error.detail)
        return error.detail
    with engine.begin() as connection:
        store.write_reading(connection, found, seen_at=as_of)
        note_success(connection, source.name, wall_now(), max(as_of - found.as_of, timedelta()))
    return None
