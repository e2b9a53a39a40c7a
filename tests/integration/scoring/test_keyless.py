"""A desk without any key: every factor has fresh readings of its own, and one that goes silent drops out for all to see."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from functions.factors.reading import MARKET, Factor
from functions.factors.store import newest_readings
from functions.settings import Settings
from functions.status.keys import KEYED_SOURCES, unconfigured
from tests.conftest import make_settings
from tests.integration.scoring.conftest import Score, answer
from tests.sim import InThread, ManualClock, SourcesSim
from tests.unit.technical.making import END

HEADLINES = (
    "Bitcoin soars to a record as ETF inflows surge",
    "Bitcoin rally continues, analysts are bullish",
    "Bitcoin gains strongly",
)


@pytest.fixture
def sources() -> SourcesSim:
    return SourcesSim(clock=ManualClock(END))


@pytest.fixture
def outside(sources: SourcesSim) -> Iterator[InThread]:
    with InThread(sources) as outside:
        yield outside


@pytest.fixture
def settings(database: str, tmp_path: Path, sources: SourcesSim, outside: InThread) -> Settings:
    places = {"defillama": "llama", "fear_greed": "fng", "polymarket_gamma": "gamma", "polymarket_clob": "clob"}
    places |= {name: name for name in ("stablecoins", "coingecko", "cryptoquant", "dune")}
    urls = {f"{name}_url": sources.base(folder) for name, folder in places.items()}
    return make_settings(database_url=database, data_dir=tmp_path / "data", **urls)


@pytest.fixture
def read(client: TestClient, candles: Engine, scan: Callable[[datetime], dict[str, Any]]) -> TestClient:
    """What n8n calls within an hour, without a key."""
    scan(END)
    items = [
        {"feed": f"feed {number}", "title": title, "link": f"https://news{number}.example/1", "published": END.isoformat()}
        for number, title in enumerate(HEADLINES)
    ]
    answer(client.post("/sentiment/news", json={"as_of": END.isoformat(), "items": items}))
    for path in ("/sentiment/mood/refresh", "/onchain/flows/refresh", "/onchain/keyed/refresh", "/polymarket/odds/refresh"):
        assert answer(client.post(path, json={"as_of": END.isoformat()}))["errors"] == {}
    assert answer(client.post("/whales/refresh", json={"as_of": END.isoformat()}))["configured"] is False
    return client


def fresh(engine: Engine, at: datetime) -> set[Factor]:
    with engine.connect() as connection:
        found = newest_readings(connection, ["BTCUSDT", MARKET], at)
    return {one.factor for one in found if one.stale_at > at and one.confidence > 0}


def test_every_factor_has_fresh_readings_without_a_key(read: TestClient, candles: Engine, settings: Settings) -> None:
    assert {keyed.source for keyed, _ in unconfigured(settings.is_set)} == {keyed.source for keyed in KEYED_SOURCES}
    assert fresh(candles, END) == set(Factor)


def test_score_counts_all_five_and_a_source_that_goes_silent_drops_out_visibly(
    read: TestClient, candles: Engine, score: Score
) -> None:
    score(END)
    whole = shown(read, END)
    assert whole["score"]["coverage"] == pytest.approx(1.0)
    assert {Factor(name) for name in whole["score"]["points"]} == set(Factor)
    later = END + timedelta(hours=7)  # the flows are read no more
    assert Factor.ONCHAIN not in fresh(candles, later)
    chain = next(row for row in shown(read, later)["factors"] if row["factor"] == "onchain")
    assert {reading["source"]: reading["fresh"] for reading in chain["readings"]} == {
        "exchange_flows": False,
        "stablecoin_supply": False,
    }


def test_score_without_the_chain_covers_less(
    client: TestClient, candles: Engine, scan: Callable[[datetime], dict[str, Any]], score: Score
) -> None:
    scan(END)
    for path in ("/sentiment/mood/refresh", "/polymarket/odds/refresh"):
        answer(client.post(path, json={"as_of": END.isoformat()}))
    score(END)
    found = shown(client, END)["score"]
    assert "onchain" not in found["points"]
    assert found["coverage"] < 0.81


def shown(client: TestClient, at: datetime) -> dict[str, Any]:
    return answer(client.get("/scores/BTCUSDT", params={"as_of": at.isoformat()}))
