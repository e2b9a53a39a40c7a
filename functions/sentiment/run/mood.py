"""Ask every source of the market's mood; one that is down never stops another."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial

import numpy as np
from sqlalchemy import Connection, Engine

from functions.factors.history import ReadingGrid
from functions.factors.reading import MARKET, Factor, FactorReading
from functions.factors.store import newest_readings, reading_grids
from functions.outgoing import Source
from functions.outgoing.run import SourceAnswer, refresh_source
from functions.sentiment.answers import MoodHistory, MoodPoint
from functions.sentiment.sources import dominance, fear_greed, trending
from functions.settings import Settings

OF_MARKET = frozenset([fear_greed.NAME, dominance.NAME, trending.NAME])
HOUR = 3_600_000_000  # microseconds
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


def newest(connection: Connection, as_of: datetime) -> list[FactorReading]:
    """Return what each source of mood said last of the market as a whole, as known at a moment; it may be stale."""
    return [reading for reading in newest_readings(connection, [MARKET], as_of) if reading.source in OF_MARKET]


def history(connection: Connection, symbol: str, as_of: datetime, hours: int) -> list[MoodHistory]:
    """Return what each source of mood said of a symbol at each of the hours up to a moment, as known at that hour."""
    last = round(as_of.timestamp() * 1_000_000)
    moments = last - HOUR * np.arange(hours, -1, -1, dtype=np.int64)
    grids = reading_grids(connection, [symbol], moments)
    told = {
        name.source: grid for name, grid in grids.items() if name.factor is Factor.SENTIMENT or name.source == fear_greed.NAME
    }
    return [MoodHistory(source=source, points=_points(grid)) for source, grid in sorted(told.items())]


def _points(grid: ReadingGrid) -> list[MoodPoint]:
    return [
        MoodPoint(
            at=datetime.fromtimestamp(int(grid.moments[column]) / 1_000_000, UTC),
            value=float(grid.value[0, column]),
            confidence=float(grid.confidence[0, column]),
        )
        for column in np.flatnonzero(grid.fresh[0])
    ]


def _answer(source: Source, read: Read) -> SourceAnswer:
    return SourceAnswer([read(source)])
