"""The REST feed on a real Postgres and a simulated source: kept once, told once, and every way in which it fails."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.settings import Settings
from functions.whales.run import refresh as run
from tests.conftest import make_settings
from tests.integration.whales.conftest import NOON, refresh
from tests.sim import InThread, ManualClock, SourcesSim

MINUTE = timedelta(minutes=1)


def status(engine: Engine) -> Any:
    with engine.connect() as connection:
        return connection.execute(text("SELECT * FROM source_status WHERE source = 'whale_alert'")).one()


def kept(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(text("SELECT hash FROM whale_transaction ORDER BY hash")))


def alerts(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(
            connection.execute(text("SELECT class, priority, symbol, payload FROM alert WHERE kind = 'whale' ORDER BY id"))
        )


def test_transactions_above_their_coins_threshold_are_kept_once(client: TestClient, engine: Engine, sources: SourcesSim) -> None:
    add = sources.whale_alert.add
    large = [
        add(symbol="BTC", usd=1_000_001),
        add(symbol="eth", usd=2e6),
        add(symbol="SOL", usd=600_000),
        add(symbol="WBTC", usd=1.5e6),
    ]
    for symbol, usd in (("BTC", 1_000_000), ("ETH", 999_999), ("WBTC", 800_000), ("SOL", 500_000)):
        add(symbol=symbol, usd=usd)
    assert refresh(client, NOON + MINUTE)["new"] == 4
    assert refresh(client, NOON + 2 * MINUTE)["new"] == 0
    assert kept(engine) == sorted(one.hash for one in large)
    shown = client.get("/whales/transactions", params={"as_of": (NOON + MINUTE).isoformat(), "coin": "BTC"}).json()
    assert sorted(one["asset"] for one in shown) == ["BTC", "WBTC"]
    assert client.get("/whales/transactions", params={"as_of": NOON.isoformat()}).json() == []


def test_pages_are_walked_to_their_end(client: TestClient, engine: Engine, sources: SourcesSim) -> None:
    for _ in range(205):
        sources.whale_alert.add()
    assert refresh(client, NOON + MINUTE)["new"] == 205
    sources.whale_alert.add()
    assert refresh(client, NOON + 2 * MINUTE)["new"] == 1
    assert len(kept(engine)) == 206


def test_budget_of_a_minute_is_kept_and_the_walk_goes_on(engine: Engine, sources: SourcesSim, settings: Settings) -> None:
    """Three calls are allowed in a minute: what lies after them waits for the next one."""
    poor = make_settings(**{**settings.model_dump(), "whale_alert_requests_per_minute": 3})
    for _ in range(320):
        sources.whale_alert.add()
    assert run.refresh(poor, engine, NOON + MINUTE).new == 300
    assert run.refresh(poor, engine, NOON + MINUTE).new == 0
    with engine.begin() as connection:
        connection.execute(text("UPDATE whale_poll SET asked_at = ARRAY[]::timestamptz[]"))
    assert run.refresh(poor, engine, NOON + MINUTE).new == 20
    assert len([call for call in sources.journal.entries("call") if call["path"] == "/whale/transactions"]) == 4


def test_largest_are_told_once_as_news_after_trades_and_signals(client: TestClient, engine: Engine, sources: SourcesSim) -> None:
    sources.whale_alert.add(symbol="ETH", amount=5000, usd=12e6, sender="", recipient="binance")
    sources.whale_alert.add(symbol="USDT", usd=10e6, sender="binance", recipient="binance")
    sources.whale_alert.add(symbol="BTC", usd=9.9e6)
    assert refresh(client, NOON + MINUTE)["told"] == 2
    assert refresh(client, NOON + 2 * MINUTE)["told"] == 0
    first, second = alerts(engine)
    assert (first[0], first[2], first[3]["kind"], first[3]["to"]) == ("news", "ETHUSDT", "inflow", "binance")
    assert (second[2], second[3]["kind"]) == (None, "internal")
    assert first[1] > 2  # trades and signals go before it


def test_old_transactions_are_no_news(engine: Engine, sources: SourcesSim, settings: Settings, clock: ManualClock) -> None:
    patient = make_settings(**{**settings.model_dump(), "whale_alert_history_hours": 24})
    sources.whale_alert.history = 24 * 3600
    sources.whale_alert.add(usd=20e6)
    clock.move_to(int((NOON + 61 * MINUTE).timestamp() * 1000))
    outcome = run.refresh(patient, engine, NOON + 61 * MINUTE)
    assert (outcome.new, outcome.told) == (1, 0)


def test_without_a_key_nothing_is_asked(database: str, client: TestClient, engine: Engine, sources: SourcesSim) -> None:
    assert not run.refresh(make_settings(database_url=database), engine, NOON).configured
    assert sources.journal.entries("call") == []


@pytest.mark.parametrize(
    ("fault", "options", "words"),
    [
        ("src_status", {"status": 401}, "whale_alert refuses with 401"),
        ("src_status", {"status": 402}, "whale_alert wants another plan, or has no credits left"),
        ("src_status", {"status": 403}, "whale_alert refuses with 403"),
        ("src_status", {"status": 429, "retry_after": "600"}, "(429)"),
        ("src_status", {"status": 500}, "answered 500"),
        ("src_garbage", {}, "answered something else than JSON"),
        ("src_half", {}, "does not answer"),
        ("src_hang", {}, "does not answer"),
        ("src_disconnect", {}, "does not answer"),
    ],
)
def test_feed_that_fails_is_named_and_goes_on_where_it_was(
    client: TestClient,
    engine: Engine,
    sources: SourcesSim,
    world: InThread,
    impatient: Callable[[str], None],
    fault: str,
    options: dict[str, object],
    words: str,
) -> None:
    refresh(client, NOON + MINUTE)
    sources.whale_alert.add()
    impatient(fault)
    world.do(lambda: sources.fault(fault, match="/whale/*", count=1, **options))
    assert words in refresh(client, NOON + 2 * MINUTE)["errors"]["whale_alert"]
    row = status(engine)
    assert (row.errors, row.successes) == (1, 1)
    assert words in row.last_error
    with engine.begin() as connection:
        connection.execute(text("UPDATE whale_poll SET not_before = NULL"))
    assert refresh(client, NOON + 3 * MINUTE)["new"] == 1


def test_wait_that_the_source_asks_for_is_kept(client: TestClient, sources: SourcesSim, world: InThread) -> None:
    world.do(lambda: sources.fault("src_status", match="/whale/*", count=1, status=429, retry_after="600"))
    refresh(client, NOON)
    calls = len(sources.journal.entries("call"))
    assert refresh(client, NOON + MINUTE)["errors"] == {}
    assert len(sources.journal.entries("call")) == calls


def test_wrong_key_and_a_plan_without_it_are_shown_as_such(engine: Engine, sources: SourcesSim, settings: Settings) -> None:
    wrong = make_settings(**{**settings.model_dump(), "whale_alert_rest_key": "another"})
    assert run.refresh(wrong, engine, NOON).errors == {"whale_alert": "whale_alert refuses with 401"}
    sources.whale_alert.paid = False
    assert "wants another plan" in run.refresh(settings, engine, NOON).errors["whale_alert"]


@pytest.mark.parametrize("rows", [[{"title": "changed"}], "none"])
def test_changed_schema_is_named(client: TestClient, sources: SourcesSim, monkeypatch: pytest.MonkeyPatch, rows: Any) -> None:
    monkeypatch.setattr(sources.whale_alert, "altered", {"result": "success", "count": 1, "cursor": "c1", "transactions": rows})
    assert refresh(client, NOON)["errors"]["whale_alert"].startswith("expected")


def test_cursor_that_stands_still_ends_the_walk_with_an_error(client: TestClient, engine: Engine, sources: SourcesSim) -> None:
    for _ in range(150):
        sources.whale_alert.add()
    sources.whale_alert.cursors = "stuck"
    assert "expected another cursor" in refresh(client, NOON)["errors"]["whale_alert"]
    sources.whale_alert.cursors = ""
    refresh(client, NOON + 2 * MINUTE)
    assert len(kept(engine)) == 150


def test_cursor_that_is_refused_is_given_up_and_nothing_is_missed(
    client: TestClient, engine: Engine, sources: SourcesSim
) -> None:
    refresh(client, NOON)
    with engine.begin() as connection:
        connection.execute(text("UPDATE whale_poll SET cursor = 'gone'"))
    sources.whale_alert.add()
    assert "refuses with 400" in refresh(client, NOON + MINUTE)["errors"]["whale_alert"]
    assert refresh(client, NOON + 2 * MINUTE)["new"] == 1
