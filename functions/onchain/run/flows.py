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
from functions.onchain.sources import cryptoquant, dune, exchanges, stablecoins
from functions.outgoing import Source
from functions.outgoing.run import SourceAnswer, refresh_source
from functions.settings import Settings

_COINS = ("BTCUSDT", "ETHUSDT")  # of which a keyed source speaks
Read = Callable[[Source, datetime, FlowRules], Said]


def sources(settings: Settings) -> Iterator[tuple[Source, Read]]:
    """Yield every source of flows with its adapter."""
    yield Source(SUPPLY, settings.stablecoins_url), stablecoins.read
    yield Source(BALANCES, settings.defillama_url), exchanges.read


def keyed_sources(settings: Settings) -> Iterator[tuple[Source, Read]]:
    """Yield every source of flows that has its key, with its adapter."""
    if settings.is_set("CRYPTOQUANT_KEY"):
        headers = {"Authorization": f"Bearer {settings.cryptoquant_key.get_secret_value()}"}
        for metric in cryptoquant.METRICS:
            yield Source(metric.name, settings.cryptoquant_url, headers), partial(cryptoquant.read, metric)
    if settings.is_set("DUNE_KEY") and settings.dune_query_id:
        headers = {"X-Dune-API-Key": settings.dune_key.get_secret_value()}
        yield Source(dune.NAME, settings.dune_url, headers), partial(dune.read, settings.dune_query_id)


def refresh(settings: Settings, engine: Engine, as_of: datetime, *, keyed: bool = False) -> dict[str, str | None]:
    """Read every source, those without a key or those with one; return for each its error, None when there is none."""
    return {
        source.name: refresh_source(engine, source.name, partial(_answer, source, read, as_of), as_of)
        for source, read in (keyed_sources(settings) if keyed else sources(settings))
    }


def newest(settings: Settings, connection: Connection, as_of: datetime) -> list[FactorReading]:
    """Return what each source of flows said last as known at a moment; it may be stale."""
    names = {source.name: place for place, (source, _) in enumerate([*sources(settings), *keyed_sources(settings)])}
    said = newest_readings(connection, [MARKET, *_COINS], as_of)
    return sorted((one for one in said if one.source in names), key=lambda one: (names[one.source], one.symbol))


def _answer(source: Source, read: Read, as_of: datetime) -> SourceAnswer:
    said = read(source, as_of, FlowRules())

    def write_flows(connection: Connection) -> None:
        store.write_flows(connection, source.name, said.flows, at=said.at or as_of, seen_at=as_of)

    return SourceAnswer(said.readings, write_flows, said.left_out)
