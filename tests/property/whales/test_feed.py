"""Pages, overlaps, restarts, refusals and both feeds in any order: each transaction is kept once, and told once."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from functions.settings import Settings
from functions.whales import store
from functions.whales.payloads import alert_of
from functions.whales.run.refresh import refresh
from tests.conftest import make_settings
from tests.sim import InThread, ManualClock, SourcesSim
from tests.sim.sources.whale_alert import KEY, Transfer, WhaleAlert

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
STEPS = ("few", "many", "poll", "poll", "refused", "lost place", "lost commit", "stream", "overlap")


@pytest.fixture
def sources() -> SourcesSim:
    sources = SourcesSim(clock=ManualClock(NOON))
    sources.whale_alert.wanders = False
    return sources


@pytest.fixture
def world(sources: SourcesSim) -> Iterator[InThread]:
    with InThread(sources) as world:
        yield world


@pytest.fixture
def desk(database: str, tmp_path: Path, sources: SourcesSim, world: InThread) -> Settings:
    return make_settings(
        database_url=database,
        data_dir=tmp_path,
        whale_alert_url=sources.base("whale"),
        whale_alert_rest_key=KEY,
        whale_alert_requests_per_minute=1000,
    )


def hear(engine: Engine, transfers: list[Transfer]) -> None:
    """Keep what the websocket says of transfers, as the collector does."""
    for transfer in transfers:
        heard = alert_of(transfer.alert("quorum")) or []
        with engine.begin() as connection:
            store.keep_transactions(connection, heard, "whale_alert_stream", NOON)


def step(name: str, drawn: int, whales: WhaleAlert, sources: SourcesSim, engine: Engine, desk: Settings) -> None:
    match name:
        case "few" | "many":
            for number in range(drawn % 7 if name == "few" else 90 + drawn):
                whales.add(usd=1e6 + 1 + number * 2e6, recipient=("", "binance")[number % 2])
        case "poll":
            refresh(desk, engine, NOON)
        case "refused":
            sources.fault("src_status", match="/whale/*", count=1 + drawn % 2, status=429)
            refresh(desk, engine, NOON)
        case "lost place":
            with engine.begin() as connection:
                connection.execute(text("UPDATE whale_poll SET cursor = NULL, start_at = NULL"))
        case "lost commit":  # killed between the call and the commit: the page is read, and nothing of it is kept
            connection = engine.connect()
            with connection.begin() as transaction:
                seen = [one for transfer in whales.transfers for one in alert_of(transfer.alert("q")) or []]
                store.keep_transactions(connection, seen, "whale_alert", NOON)
                transaction.rollback()
            connection.close()
        case "stream":
            hear(engine, whales.transfers[-(drawn % 5) :])
        case "overlap":
            hear(engine, whales.transfers[: drawn % 9])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 60)), max_size=10))
def test_every_transaction_is_kept_and_told_once(
    steps: list[tuple[str, int]], sources: SourcesSim, world: InThread, engine: Engine, desk: Settings
) -> None:
    whales = sources.whale_alert
    whales.transfers.clear()
    whales.budget = 10**6
    sources.faults.clear()
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM delivery; DELETE FROM alert; DELETE FROM factor_reading; DELETE FROM factor_series"))
        connection.execute(
            text("DELETE FROM whale_transaction; DELETE FROM whale_label; DELETE FROM whale_flow; DELETE FROM whale_poll")
        )
    for name, drawn in steps:
        step(name, drawn, whales, sources, engine, desk)
        with engine.begin() as connection:
            connection.execute(text("UPDATE whale_poll SET not_before = NULL"))
    sources.faults.clear()
    refresh(desk, engine, NOON)
    refresh(desk, engine, NOON)
    with engine.connect() as connection:
        kept = list(connection.scalars(text("SELECT hash FROM whale_transaction ORDER BY hash")))
        told = list(connection.scalars(text("SELECT payload ->> 'hash' FROM alert WHERE kind = 'whale' ORDER BY 1")))
    assert kept == sorted(one.hash for one in whales.transfers)
    assert told == sorted(one.hash for one in whales.transfers if one.usd >= 10_000_000)
