"""Ask every source of flows; one that is down never stops another."""

from collections.abc import Callable, Iterator
from datetime import datetime

from sqlalchemy import Connection, Engine

from functions.clock import wall_now
from functions.errors import QuorumError
from functions.factors.reading import MARKET, FactorReading
from functions.factors.store import newest_readings, write_readings
from functions.logs import get_logger
from functions.onchain import store
from functions.onchain.flows import BALANCES, SUPPLY, Said
from functions.onchain.rules import FlowRules
from functions.onchain.sources import exchanges, stablecoins
from functions.outgoing import Source, note_failure, note_success
from functions.settings import Settings

log = get_logger("onchain")
Read = Callable[[Source, datetime, FlowRules], Said]


def sources(settings: Settings) -> Iterator[tuple[Source, Read]]:
    """Yield every source of flows with its adapter."""
    yield Source(SUPPLY, settings.stablecoins_url), stablecoins.read
    yield Source(BALANCES, settings.defillama_url), exchanges.read


def refresh(settings: Settings, engine: Engine, as_of: datetime) -> dict[str, str | None]:
    """Read every source and keep what it says; return for each its error, None when there is none."""
    return {source.name: _refresh(engine, source, read, as_of) for source, read in sources(settings)}


def newest(settings: Settings, connection: Connection, as_of: datetime) -> list[FactorReading]:
    """Return what each source of flows said last as known at a moment; it may be stale."""
    said = {reading.source: reading for reading in newest_readings(connection, [MARKET], as_of)}
    return [said[source.name] for source, _ in sources(settings) if source.name in said]


def _refresh(engine: Engine, source: Source, read: Read, as_of: datetime) -> str | None:
    try:
        said = read(source, as_of, FlowRules())
    except QuorumError as error:
        with engine.begin() as connection:
            note_failure(connection, source.name, wall_now(), error.detail)
        log.warning("source does not say its flows", source=source.name, error=error.detail)
        return error.detail
    with engine.begin() as connection:
        store.write_flows(connection, source.name, said.flows, at=as_of, seen_at=as_of)
        write_readings(connection, [said.reading], seen_at=as_of)
        note_success(connection, source.name, wall_now())
    if said.left_out:
        log.info("flows left out", source=source.name, entries=said.left_out)
    return None
