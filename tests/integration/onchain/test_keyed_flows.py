"""CryptoQuant and Dune on a real Postgres and simulated hosts: what they say, and every way in which they do not."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, insert, text

from db.tables import symbol
from functions.onchain.run import flows
from functions.onchain.sources import dune
from functions.settings import Settings
from tests.conftest import make_settings
from tests.sim import InThread, SourcesSim
from tests.sim.sources.keyed_flows import CRYPTOQUANT_KEY, DUNE_KEY, QUERY

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
MIDNIGHT = NOON - timedelta(hours=12)
CRYPTOQUANT = {"cryptoquant_btc", "cryptoquant_eth", "cryptoquant_stablecoins"}


@pytest.fixture(autouse=True)
def _dune_asked_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dune, "EVERY_SECONDS", 0.01)


@pytest.fixture
def settings(database: str, tmp_path: Path, sources: SourcesSim, world: InThread) -> Settings:
    return make_settings(
        database_url=database,
        data_dir=tmp_path / "data",
        cryptoquant_url=sources.base("cryptoquant"),
        cryptoquant_key=CRYPTOQUANT_KEY,
        dune_url=sources.base("dune"),
        dune_key=DUNE_KEY,
        dune_query_id=QUERY,
    )


@pytest.fixture(autouse=True)
def pairs(engine: Engine) -> None:
    with engine.begin() as connection:
        for name in ("BTCUSDT", "ETHUSDT"):
            sizes = {"tick_size": 1, "lot_size": 1, "min_order_amount": 1, "kind": "", "special_treatment": False}
            seen = {"status": "Trading", "first_seen_at": NOON, "last_seen_at": NOON}
            connection.execute(insert(symbol).values(symbol=name, base=name[:3], quote="USDT", **sizes, **seen))


def refresh(client: TestClient, at: datetime = NOON) -> dict[str, Any]:
    answer = client.post("/onchain/keyed/refresh", json={"as_of": at.isoformat()})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def count(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(text("SELECT count(*) FROM exchange_flow")) or 0


@pytest.mark.parametrize("newest_first", [True, False])
def test_last_whole_day_is_read_whatever_the_order_with_its_unit_and_confidence(
    client: TestClient, engine: Engine, sources: SourcesSim, newest_first: bool
) -> None:
    sources.keyed.newest_first = newest_first
    first = refresh(client)
    assert first["errors"] == {}
    said = {(one["source"], one["symbol"]): one for one in first["readings"]}
    assert {place: one["confidence"] for place, one in said.items()} == {
        ("cryptoquant_btc", "BTCUSDT"): 0.05,
        ("cryptoquant_eth", "ETHUSDT"): 0.3,
        ("cryptoquant_stablecoins", "MARKET"): 0.3,
        ("dune", "ETHUSDT"): 0.3,
        ("dune", "MARKET"): 0.3,
    }
    assert {one["as_of"] for one in said.values()} == {MIDNIGHT.isoformat().replace("+00:00", "Z")}
    bitcoin, stable = (
        next(one for one in first["flows"] if one["source"] == name) for name in ("cryptoquant_btc", "cryptoquant_stablecoins")
    )
    assert (bitcoin["unit"], bitcoin["asset"], float(bitcoin["balance"])) == ("BTC", "BTC", 2.4e6)
    share = float(bitcoin["net"]) / float(bitcoin["balance"])
    assert said["cryptoquant_btc", "BTCUSDT"]["value"] == pytest.approx(-share / 0.01)
    assert said["cryptoquant_stablecoins", "MARKET"]["value"] == pytest.approx(
        float(stable["net"]) / float(stable["balance"]) / 0.01
    )
    assert count(engine) == 3 + 12


def test_reading_it_again_adds_nothing_and_runs_no_query(client: TestClient, engine: Engine, sources: SourcesSim) -> None:
    refresh(client)
    refresh(client, NOON + timedelta(hours=1))
    assert (count(engine), sources.keyed.runs) == (15, 1)
    refresh(client, NOON + timedelta(hours=4))
    assert sources.keyed.runs == 2


def test_day_that_is_restated_is_a_row_beside_the_one_before(client: TestClient, engine: Engine, sources: SourcesSim) -> None:
    sources.keyed.days = [{"date": "2024-03-04", "netflow_total": 1000, "reserve": 100_000}]
    refresh(client)
    sources.keyed.days = [{"date": "2024-03-04", "netflow_total": -500, "reserve": 100_000}]
    refresh(client, NOON + timedelta(hours=1))
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT at, seen_at, net FROM exchange_flow WHERE source = 'cryptoquant_btc' ORDER BY seen_at")
        )
        assert [tuple(row) for row in rows] == [(MIDNIGHT, NOON, 1000), (MIDNIGHT, NOON + timedelta(hours=1), -500)]


FAULTS: list[tuple[str, dict[str, object], str]] = [
    ("src_status", {"status": 401}, "refuses with 401"),
    ("src_status", {"status": 402}, "wants another plan, or has no credits left"),
    ("src_status", {"status": 403}, "refuses with 403"),
    ("src_status", {"status": 429, "retry_after": "600"}, "(429)"),
    ("src_status", {"status": 500, "retry_after": "600"}, "answered 500"),
    ("src_garbage", {}, "answered something else than JSON"),
    ("src_half", {}, "does not answer"),
    ("src_hang", {}, "does not answer"),
    ("src_disconnect", {}, "does not answer"),
]
CALLS = [("/cryptoquant/eth/*", {"cryptoquant_eth"}), ("/dune/*", {"dune"})]


@pytest.mark.parametrize(
    ("path", "failing", "fault", "options", "words"),
    [(*call, *fault) for call, faults in zip(CALLS, (FAULTS, FAULTS[::2]), strict=True) for fault in faults],
)
def test_source_that_fails_is_named_and_stops_no_other(
    client: TestClient,
    sources: SourcesSim,
    world: InThread,
    impatient: Callable[[str], None],
    path: str,
    failing: set[str],
    fault: str,
    options: dict[str, object],
    words: str,
) -> None:
    impatient(fault)
    world.do(lambda: sources.fault(fault, match=path, **options))
    answer = refresh(client)
    assert answer["errors"].keys() == failing
    assert all(words in error for error in answer["errors"].values())
    assert {one["source"] for one in answer["readings"]} == (CRYPTOQUANT | {"dune"}) - failing


def test_plan_that_does_not_pay_and_wrong_keys_are_told_as_such(client: TestClient, sources: SourcesSim) -> None:
    sources.keyed.paid = False
    errors = refresh(client)["errors"]
    assert errors.keys() == CRYPTOQUANT | {"dune"}
    assert all("wants another plan, or has no credits left" in error for error in errors.values())


@pytest.mark.parametrize("rows", [[], [{"title": "changed"}] * 3])
def test_answer_that_is_empty_or_of_a_changed_schema_is_named(client: TestClient, sources: SourcesSim, rows: Any) -> None:
    sources.keyed.days = sources.keyed.rows = rows
    answer = refresh(client)
    assert answer["errors"].keys() == CRYPTOQUANT | {"dune"}
    assert all(error.startswith("expected") for error in answer["errors"].values())


def test_pages_of_a_result_are_read_to_the_last(client: TestClient, engine: Engine, sources: SourcesSim) -> None:
    sources.keyed.page = 10
    assert refresh(client)["errors"] == {}
    assert count(engine) == 15


def test_query_that_fails_or_takes_too_long_is_named_and_its_result_read_next_time(
    client: TestClient, sources: SourcesSim, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources.keyed.ended = "QUERY_STATE_FAILED"
    assert refresh(client)["errors"] == {"dune": "dune ended the query as QUERY_STATE_FAILED"}
    monkeypatch.setattr(dune, "RUN_SECONDS", 0.05)
    sources.keyed.ended, sources.keyed.steps = "QUERY_STATE_COMPLETED", ("QUERY_STATE_EXECUTING",) * 10**4
    assert "still runs the query" in refresh(client)["errors"]["dune"]
    sources.keyed.ran_at = NOON
    assert (refresh(client)["errors"], sources.keyed.runs) == ({}, 2)


def test_without_keys_nothing_is_asked(client: TestClient, sources: SourcesSim, settings: Settings, engine: Engine) -> None:
    bare = make_settings(database_url=settings.database_url)
    assert flows.refresh(bare, engine, NOON, keyed=True) == {}
    assert sources.journal.entries("call") == []
