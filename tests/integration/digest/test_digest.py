"""`POST /digest/run` and `/digest/report` on a real Postgres and the simulated exchange."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlalchemy.dialects.postgresql import insert

from db.tables import signal, technical_state
from functions.digest.payload import DailyReport, Digest
from functions.market.candles.timeframe import Timeframe
from functions.technical.setups.rules import VERSION
from tests.sim import BybitSim, InThread
from tests.unit.delivery.making import write_rejection

CLOSE = datetime(2024, 3, 5, tzinfo=UTC)
NOW = datetime(2024, 3, 5, 12, 0, 10, tzinfo=UTC)


def post(client: TestClient, path: str, **body: object) -> dict[str, Any]:
    answer = client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def codes(digest: dict[str, Any]) -> set[str]:
    return {one["code"] for one in digest["missing"]}


def alerts(engine: Engine, kind: str) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT payload FROM alert WHERE kind = :kind ORDER BY id"), {"kind": kind})
        return [row.payload for row in rows]


def add_state(
    engine: Engine,
    symbol: str,
    *,
    close_time: datetime = CLOSE,
    regime: int | None = 1,
    close: float = 110.0,
    ema200: float | None = 90.0,
) -> None:
    """Write a state as a scan leaves it, with EMA50 at 100."""
    row: dict[str, Any] = {
        "symbol": symbol,
        "timeframe": Timeframe.D1.value,
        "close_time": close_time,
        "version": VERSION,
        "direction": "NEUTRAL",
        "reason": "a daily state",
        "code": "context_only",
        "trend": 1,
        "strength": 1.0,
        "regime": regime,
        "close": close,
        "ema50": 100.0,
        "ema200": ema200,
    }
    with engine.begin() as connection:
        connection.execute(insert(technical_state).values(row))


def add_signal(engine: Engine, close_time: datetime, created_at: datetime | None = None) -> None:
    created_at = created_at or close_time
    row = {
        "symbol": "ETHUSDT",
        "timeframe": "1h",
        "close_time": close_time,
        "version": VERSION,
        "source": "technical",
        "direction": "LONG",
        "confidence": 0.7,
        "entry": "3000.50",
        "stop": "2900",
        "targets": ["3100", "3200", "3300"],
        "risk_reward": 2.0,
        "position_pct": 5.0,
        "reasons": [],
        "indicators": {},
        "created_at": created_at,
        "expires_at": close_time + timedelta(hours=4),
    }
    with engine.begin() as connection:
        connection.execute(insert(signal).values(**row))


def test_empty_desk_says_what_it_does_not_know(client: TestClient, engine: Engine) -> None:
    answer = post(client, "/digest/run")
    digest = answer["digest"]
    assert answer["raised"]
    assert codes(digest) == {
        *("price_none", "gate_none", "breadth_none", "fear_greed_none", "dominance_none", "news_none"),
        *("screener_none", "paper_none"),
    }
    assert digest["market"]["gate"]["state"] == "unknown"
    assert (digest["screening"], digest["paper"], digest["market"]["fear_greed"]) == (None, None, None)
    assert alerts(engine, "digest") == [digest]
    Digest.model_validate(digest)


def test_signals_of_a_day_are_those_of_its_closes_whenever_they_were_written(client: TestClient, engine: Engine) -> None:
    add_signal(engine, NOW - timedelta(hours=30), created_at=NOW - timedelta(hours=1))
    add_signal(engine, NOW - timedelta(hours=20), created_at=NOW - timedelta(minutes=30))
    add_signal(engine, NOW - timedelta(hours=3), created_at=NOW - timedelta(hours=2))
    add_signal(engine, NOW - timedelta(hours=2), created_at=NOW + timedelta(hours=1))
    digest = post(client, "/digest/run")["digest"]
    assert digest["signals_count"] == 2
    assert [line["age_seconds"] for line in digest["signals"]] == [pytest.approx(hours * 3600, abs=1) for hours in (3, 20)]


def test_full_desk_in_one_digest_with_the_age_of_each_number(client: TestClient, engine: Engine) -> None:
    post(client, "/screener/run")
    add_state(engine, "BTCUSDT")
    add_state(engine, "ETHUSDT", close=95.0)
    add_state(engine, "SOLUSDT", close=120.0, ema200=None)
    add_state(engine, "XRPUSDT", close_time=CLOSE - timedelta(days=1))
    add_signal(engine, NOW - timedelta(hours=2))
    add_signal(engine, NOW - timedelta(hours=25))
    with engine.begin() as connection:
        for hours, name in ((1, "SOLUSDT"), (2, "SOLUSDT"), (3, "XRPUSDT"), (25, "XRPUSDT")):
            write_rejection(connection, name, NOW.replace(second=0) - timedelta(hours=hours))
    trade = {"request_id": "a", "symbol": "ETHUSDT", "side": "long", "notional": 100}
    client.post("/paper/trades", json=trade).raise_for_status()

    digest = post(client, "/digest/run")["digest"]
    market = digest["market"]
    assert market["gate"] == {
        "state": "long",
        "trend": "up",
        "close_time": "2024-03-05T00:00:00Z",
        "age_seconds": pytest.approx(43210, abs=1),
    }
    assert market["price"]["stale"] is False
    assert market["price"]["age_seconds"] < 1
    assert float(market["price"]["price"]) > 10_000
    breadth = market["breadth"]
    assert (breadth["coins"], breadth["above_ema50"], breadth["late"]) == (3, pytest.approx(0.6667), 1)
    assert (breadth["above_ema200"], breadth["known_ema200"]) == (1.0, 2)
    assert digest["screening"]["ranked"] == 8
    assert all(coin["price"]["age_seconds"] < 1 for coin in digest["screening"]["coins"])
    assert [one["age_seconds"] for one in digest["signals"]] == [pytest.approx(7200, abs=1)]
    assert (digest["signals_count"], digest["signals"][0]["entry"]) == (1, "3000.50")
    assert digest["held_back"] == [
        {
            "code": "no_consensus",
            "params": {"agreeing": 2, "limit": 3},
            "text": "2 of the 3 factors that have to agree do",
            "count": 3,
            "symbols": ["SOLUSDT", "XRPUSDT"],
        }
    ]
    assert [one["symbol"] for one in digest["paper"]["open"]] == ["ETHUSDT"]
    assert digest["paper"]["opened_24h"] == 1
    assert codes(digest) == {"breadth_late", "fear_greed_none", "dominance_none", "news_none"}


def test_old_numbers_are_said_and_shown_with_their_age(client: TestClient, engine: Engine) -> None:
    post(client, "/screener/run")
    add_state(engine, "BTCUSDT", close_time=CLOSE)
    later = NOW + timedelta(days=2)
    digest = post(client, "/digest/run", as_of=later.isoformat())["digest"]
    assert digest["market"]["price"]["stale"] is True
    assert digest["market"]["price"]["age_seconds"] == pytest.approx(2 * 86400, abs=1)
    assert digest["market"]["gate"]["state"] == "unknown"
    assert digest["market"]["gate"]["age_seconds"] == pytest.approx(86400 * 2.5 + 10, abs=1)
    assert digest["screening"]["stale"] is True
    assert {"price_stale", "gate_late", "screener_old", "breadth_none"} <= codes(digest)


@pytest.mark.parametrize(("regime", "state"), [(1, "long"), (-1, "short"), (0, "closed"), (None, "unknown")])
def test_gate_state_follows_the_daily_regime(client: TestClient, engine: Engine, regime: int | None, state: str) -> None:
    add_state(engine, "BTCUSDT", regime=regime)
    digest = post(client, "/digest/run")["digest"]
    assert digest["market"]["gate"]["state"] == state
    assert ("gate_unusable" in codes(digest)) == (regime is None)


def test_one_digest_a_day_also_when_asked_at_the_same_time(client: TestClient, engine: Engine) -> None:
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: post(client, "/digest/run"), range(3)))
    assert [answer["raised"] for answer in answers].count(True) == 1
    again = post(client, "/digest/run", as_of=(NOW + timedelta(hours=5)).isoformat())
    assert (again["raised"], again["digest"]) == (False, answers[0]["digest"])
    assert len(alerts(engine, "digest")) == 1
    assert post(client, "/digest/run", day="2024-03-06")["raised"], "the reader's day has turned"


def test_new_pair_is_in_the_digest(client: TestClient, exchange: BybitSim, world: InThread) -> None:
    post(client, "/listings/check")
    world.run(exchange.advance(60))
    world.do(lambda: exchange.fault("list", symbol="NEWCUSDT", price=1.5))
    post(client, "/listings/check")
    digest = post(client, "/digest/run", as_of=(NOW + timedelta(hours=1)).isoformat())["digest"]
    assert [(one["symbol"], one["event"]) for one in digest["listings"]] == [("NEWCUSDT", "listed")]


def test_report_is_silent_before_the_first_trade_and_once_a_day_after(client: TestClient, engine: Engine) -> None:
    quiet = post(client, "/digest/report")
    assert (quiet["raised"], quiet["report"]["report"]["accounts"]) == (False, [])
    assert quiet["quiet"] == "nothing is open and nothing was booked since the last one"
    post(client, "/market/universe/refresh")
    trade = {"request_id": "a", "symbol": "BTCUSDT", "side": "long", "notional": 100}
    client.post("/paper/trades", json=trade).raise_for_status()
    first, second = post(client, "/digest/report"), post(client, "/digest/report")
    assert (first["raised"], second["raised"]) == (True, False)
    assert first["report"] == second["report"]
    [payload] = alerts(engine, "daily_report")
    told = DailyReport.model_validate(payload).report
    assert [(trade.symbol, trade.account) for trade in told.open] == [("BTCUSDT", "manual")]
    assert [(account.name, account.open, account.opened) for account in told.accounts] == [("manual", 1, 1)]


def test_day_after_a_report_of_a_moment_in_a_far_time_zone_is_reported_too(client: TestClient, engine: Engine) -> None:
    post(client, "/market/universe/refresh")
    trade = {"request_id": "a", "symbol": "BTCUSDT", "side": "long", "notional": 100}
    client.post("/paper/trades", json=trade).raise_for_status()
    far = (NOW + timedelta(minutes=5)).astimezone(timezone(timedelta(hours=22, minutes=18)))
    for day in ("2024-03-05", "2024-03-06"):
        assert post(client, "/digest/report", as_of=far.isoformat(), day=day)["raised"]
    assert [payload["report"]["as_of"] for payload in alerts(engine, "daily_report")] == ["2024-03-05T12:05:10Z"] * 2
