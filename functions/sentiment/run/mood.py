"""Ask every source of the market's mood; one that is down never stops another."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, Engine

from functions.factors.reading import MARKET, FactorReading
from functions.factors.store import newest_readings
from functions.outgoing import Source
from functions.outgoing.run import SourceAnswer, refresh_source
from functions.sentiment.sources import dominance, fear_greed
from functions.settings import Settings

Read = Callable[[Source], FactorReading]


def sources(settings: Settings) -> Iterator[tuple[Source, Read]]:
    """Yield every source of the mood with its adapter."""
    key = settings.coingecko_key.get_secret_value()
    yield Source(fear_greed.NAME, settings.fear_greed_url), fear_greed.read
    yield Source(dominance.NAME, settings.coingecko_url, {"x-cg-demo-api-key": key} if key else {}), dominance.read


def refresh(settings: Settings, engine: Engine, as_of: datetime) -> dict[str, str | None]:
    """Read every source and keep what it says; return for each its error, None when there is none."""
    return {
        source.name: refresh_source(engine, source.name, partial(_answer, source, read), as_of)
        for source, read in sources(settings)
    }


def newest(settings: Settings, connection: Connection, as_of: datetime) -> list[FactorReading]:
    """Return what each source of the mood said last as known at a moment; it may be stale."""
    said = {reading.source: reading for reading in newest_readings(connection, [MARKET], as_of)}
    return [said[source.name] for source, _ in sources(settings) if source.name in said]


def _answer(source: Source, read: Read) -> SourceAnswer:
    return SourceAnswer([read(source)])
