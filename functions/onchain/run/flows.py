"""Ask every source of flows; one that is down never stops another."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, Engine

from functions.factors.reading import MARKET, FactorReading
from functions.factors.store import newest_readings
from functions.onchain import store
from functions.onchain.flows import BALANCES, SUPPLY, Said
from functions.onchain.rules import FlowRules
from functions.onchain.sources import exchanges, stablecoins
from functions.outgoing import Source
from functions.outgoing.run import SourceAnswer, refresh_source
from functions.settings import Settings

Read = Callable[[Source, datetime, FlowRules], Said]


def sources(settings: Settings) -> Iterator[tuple[Source, Read]]:
    """Yield every source of flows with its adapter."""
    yield Source(SUPPLY, settings.stablecoins_url), stablecoins.read
    yield Source(BALANCES, settings.defillama_url), exchanges.read


def refresh(settings: Settings, engine: Engine, as_of: datetime) -> dict[str, str | None]:
    """Read every source and keep what it says; return for each its error, None when there is none."""
    return {
        source.name: refresh_source(engine, source.name, partial(_answer, source, read, as_of), as_of)
        for source, read in sources(settings)
    }


def newest(settings: Settings, connection: Connection, as_of: datetime) -> list[FactorReading]:
    """Return what each source of flows said last as known at a moment; it may be stale."""
    said = {reading.source: reading for reading in newest_readings(connection, [MARKET], as_of)}
    return [said[source.name] for source, _ in sources(settings) if source.name in said]


def _answer(source: Source, read: Read, as_of: datetime) -> SourceAnswer:
    said = read(source, as_of, FlowRules())

    def write_flows(connection: Connection) -> None:
        store.write_flows(connection, source.name, said.flows, at=as_of, seen_at=as_of)

    return SourceAnswer([said.reading], write_flows, said.left_out)
