"""`/onchain/flows` on a real Postgres and a simulated DefiLlama."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.factors.reading import MARKET, Factor
from functions.factors.store import newest_readings
from functions.settings import Settings
from tests.conftest import make_settings
from tests.sim import InThread, SourcesSim

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def settings(database: str, tmp_path: Path, sources: SourcesSim, world: InThread) -> Settings:
    return make_settings(
        database_url=database,
        data_dir=tmp_path / "data",
        **{f"{name}_url": sources.base(folder) for name, folder in (("defillama", "llama"), ("stablecoins", "stablecoins"))},
        fear_greed_url=sources.base("fng"),
        coingecko_url=sources.base("coingecko"),
        polymarket_gamma_url=sources.base("gamma"),
        polymarket_clob_url=sources.base("clob"),
    )


def refresh(client: TestClient, at: datetime = NOON) -> dict[str, Any]:
    answer = client.post("/onchain/flows/refresh", json={"as_of": at.isoformat()})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def read(client: TestClient, at: datetime) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/onchain/flows", params={"as_of": at.isoformat()}).json()
    return found


def status(engine: Engine, source: str) -> Any:
    with engine.connect() as connection:
        return connection.execute(text("SELECT * FROM source_status WHERE source = :source"), {"source": source}).one()


def test_flows_and_supply_are_read_and_kept_once(client: TestClient, engine: Engine) -> None:
    first = refresh(client)
    assert first["errors"] == {}
    assert {one["source"]: one["confidence"] for one in first["readings"]} == {"exchange_flows": 0.05, "stablecoin_supply": 0.3}
    assert len(first["flows"]) == 11
    assert refresh(client) == first
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM exchange_flow")) == 11
    assert status(engine, "stablecoin_supply").successes == 2


def test_nothing_is_known_before_it_was_seen_and_all_grows_stale(client: TestClient) -> None:
    refresh(client)
    before, later = read(client, NOON - timedelta(seconds=1)), read(client, NOON + 7 * HOUR)
    assert (before["readings"], before["flows"]) == ([], [])
    assert [one["stale"] for one in later["readings"]] == [True, True]
    assert read(client, NOON + 25 * HOUR)["flows"] == []


@pytest.mark.parametrize(
    ("fault", "options", "words"),
    [
        ("src_status", {"status": 401}, "refuses with 401"),
        ("src_status", {"status": 403}, "refuses with 403"),
        ("src_status", {"status": 429, "retry_after": "600"}, "(429)"),
        ("src_status", {"status": 500, "retry_after": "600"}, "answered 500"),
        ("src_garbage", {}, "answered something else than JSON"),
        ("src_half", {}, "does not answer"),
        ("src_hang", {}, "does not answer"),
        ("src_disconnect", {}, "does not answer"),
    ],
)
@pytest.mark.parametrize(("failing", "path"), [("exchange_flows", "/llama/*"), ("stablecoin_supply", "/stablecoins/*")])
def test_source_that_fails_is_named_and_stops_no_other(
    client: TestClient,
    engine: Engine,
    sources: SourcesSim,
    world: InThread,
    impatient: Callable[[str], None],
    failing: str,
    path: str,
    fault: str,
    options: dict[str, object],
    words: str,
) -> None:
    refresh(client)
    impatient(fault)
    world.do(lambda: sources.fault(fault, match=path, **options))
    answer = refresh(client, NOON + HOUR)
    assert list(answer["errors"]) == [failing]
    assert words in answer["errors"][failing]
    ages = {one["source"]: one["age_seconds"] for one in answer["readings"]}
    assert (ages.pop(failing), *ages.values()) == (3600, 0)
    row = status(engine, failing)
    assert (row.errors, row.successes) == (1, 1)
    assert words in row.last_error


@pytest.mark.parametrize("rows", [[], [{"title": "changed"}] * 20])
def test_answer_that_is_empty_or_of_a_changed_schema_is_named(client: TestClient, sources: SourcesSim, rows: Any) -> None:
    sources.defillama.coins = sources.defillama.exchanges = rows
    answer = refresh(client)
    assert answer["errors"].keys() == {"exchange_flows", "stablecoin_supply"}
    assert all(error.startswith("expected") for error in answer["errors"].values())
    assert answer["readings"] == []


def test_chain_and_context_have_fresh_readings_of_the_market_without_a_key(client: TestClient, engine: Engine) -> None:
    for path in ("/onchain/flows/refresh", "/polymarket/odds/refresh", "/sentiment/mood/refresh"):
        assert client.post(path, json={"as_of": NOON.isoformat()}).json()["errors"] == {}
    with engine.connect() as connection:
        readings = [one for one in newest_readings(connection, [MARKET], NOON) if one.stale_at > NOON and one.confidence > 0]
    assert {(one.factor, one.source) for one in readings} == {
        (Factor.ONCHAIN, "stablecoin_supply"),
        (Factor.ONCHAIN, "exchange_flows"),
        (Factor.CONTEXT, "polymarket"),
        (Factor.CONTEXT, "fear_greed"),
    }
