"""Research of the largest coins against a simulated gateway: each once in three hours, stored, of bounded weight."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.app import create_app
from functions.market.store import write_universe
from functions.market.universe import Instrument, RankedSymbol
from functions.sentiment.run import research
from functions.settings import Settings
from tests.conftest import TOKEN, make_settings
from tests.sim import GatewaySim, InThread

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
COINS = ["BTC", "ETH", "USDC", *(f"COIN{number}" for number in range(3, 25))]  # by turnover; one is pegged
TWENTY = [coin for coin in COINS if coin != "USDC"][:20]


@dataclass
class Desk:
    """The gateway, the desk that asks it, and its database."""

    sim: GatewaySim
    thread: InThread
    client: TestClient
    engine: Engine
    settings: Settings

    def fault(self, kind: str, **options: object) -> None:
        self.thread.do(lambda: self.sim.fault(kind, **options))

    def run(self, at: datetime = NOON) -> dict[str, Any]:
        answer = self.client.post("/sentiment/research/run", json={"as_of": at.isoformat()})
        assert answer.status_code == 200, answer.text
        done: dict[str, Any] = answer.json()
        return done

    def found(self, at: datetime = NOON) -> dict[str, Any]:
        rows = self.client.get("/sentiment/research", params={"as_of": at.isoformat()}).json()
        return {row["symbol"]: row for row in rows}

    def status(self) -> dict[str, Any]:
        with self.engine.connect() as connection:
            return dict(connection.execute(text("SELECT * FROM source_status WHERE source = 'openclaw'")).mappings().one())


@pytest.fixture
def desk(database: str, engine: Engine) -> Iterator[Desk]:
    ranked = [
        RankedSymbol(
            Instrument(
                symbol=f"{coin}USDT",
                base=coin,
                quote="USDT",
                status="Trading",
                tick_size=Decimal("0.1"),
                lot_size=Decimal("0.1"),
                min_order_amount=Decimal(5),
                kind="",
                special_treatment=False,
            ),
            rank,
            1e9 / rank,
        )
        for rank, coin in enumerate(COINS, start=1)
    ]
    with engine.begin() as connection:
        write_universe(connection, ranked, NOON - timedelta(hours=1))
    sim = GatewaySim()
    with InThread(sim) as thread:
        settings = make_settings(database_url=database, openclaw_url=sim.url, openclaw_token=sim.key)
        with TestClient(create_app(settings), headers={"Authorization": f"Bearer {TOKEN}"}) as client:
            yield Desk(sim, thread, client, engine, settings)


def headline(desk: Desk, words: str, coin: str = "BTC", at: datetime = NOON) -> None:
    with desk.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO sentiment VALUES (:words, :coin, 'Feed', '', :words, :at, :at, 0.1, 0.8, 0.1, true, 'embedding')"),
            {"words": words, "coin": coin, "at": at},
        )


def test_twenty_largest_coins_are_asked_about_once_in_three_hours(desk: Desk) -> None:
    headline(desk, "Bitcoin rises again")
    headline(desk, "Ether falls again", coin="ETH")
    headline(desk, "Bitcoin falls tomorrow", at=NOON + timedelta(hours=1))
    done = desk.run()
    assert (sorted(done["coins"]), done["readings"], done["left"], done["closed"]) == (sorted(TWENTY), 20, 0, "")
    found = desk.found()
    assert len(found) == 20
    assert (found["BTCUSDT"]["value"], found["ETHUSDT"]["value"]) == pytest.approx((0.6, -0.6))
    assert all(row["confidence"] <= 0.5 for row in found.values())
    assert found["BTCUSDT"]["evidence"] == {"summary": "It is bullish.", "factors": ["bullish words"]}
    assert desk.run(NOON + timedelta(hours=2))["coins"] == []
    assert len(desk.sim.calls) == 20
    assert len(desk.run(NOON + timedelta(hours=3))["coins"]) == 20
    assert "falls" in str(next(call for call in desk.sim.calls[20:] if "Subject: BTC\n" in str(call["messages"][-1]["content"])))


def test_nothing_is_said_before_it_was_found(desk: Desk) -> None:
    desk.run()
    assert desk.found(NOON - timedelta(seconds=1)) == {}


def test_gateway_is_given_public_words_and_its_own_token_alone(desk: Desk) -> None:
    desk.run()
    secrets = [value.get_secret_value() for _, value in desk.settings if hasattr(value, "get_secret_value")]
    others = [secret for secret in secrets if secret and secret != desk.sim.key]
    assert others
    for entry in desk.sim.journal.entries("question"):
        assert not [secret for secret in others if secret in str(entry)]
        assert desk.settings.database_url not in str(entry)
        call = entry["call"]
        assert isinstance(call, dict)
        assert not {"tools", "user", "stream"} & call.keys()
        assert call["model"] == "openclaw/news"
        assert not [name for name in entry["headers"] if name.startswith("x-openclaw")]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        ("model_say", {"text": "No response from OpenClaw."}, "it is no JSON"),
        ("model_repeat", {}, "it repeats the marker"),
        ("model_status", {"status": 502, "message": "upstream provider error"}, "openclaw answered 502"),
        ("model_hang", {}, "openclaw does not answer"),
        ("model_garbage", {}, "something else than a completion"),
    ],
)
def test_coin_that_goes_wrong_stops_no_other(
    desk: Desk, kind: str, options: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "model_hang":  # only what hangs is left early, and late enough for a busy machine to hear the others
        monkeypatch.setattr(research, "TRY_SECONDS", 2.0)
    desk.fault(kind, words="Subject: COIN5\n", **options)
    done = desk.run()
    assert words in done["closed"]
    assert done["readings"] == 19
    assert "COIN5USDT" not in desk.found()


def test_answer_that_is_thrown_away_is_kept_and_what_did_not_come_is_asked_again(desk: Desk) -> None:
    desk.fault("model_say", text="Buy!", words="Subject: ETH\n", count=1)
    desk.fault("model_status", status=500, words="Subject: COIN5\n", count=1)
    assert desk.run()["left"] == 1
    again = desk.run(NOON + timedelta(minutes=10))
    assert (again["coins"], again["left"]) == (["COIN5"], 0)
    with desk.engine.connect() as connection:
        kept = connection.execute(text("SELECT words, answer FROM llm_answer WHERE unusable <> ''")).all()
    assert [tuple(row) for row in kept] == [("ETH 2024-03-05 12:00", "Buy!")]


@pytest.mark.parametrize(
    ("fault", "words"), [({"status": 401}, "openclaw refuses the key (401)"), ({"status": 429}, "asks for fewer requests (429)")]
)
def test_gateway_that_refuses_is_left_alone_until_the_next_call(desk: Desk, fault: dict[str, Any], words: str) -> None:
    desk.fault("model_status", **fault)
    done = desk.run()
    assert words in done["closed"]
    assert done["left"] == 20
    assert len(desk.sim.calls) <= research.AT_ONCE
    assert words in desk.status()["last_error"]
    assert desk.found() == {}


def test_without_a_gateway_nothing_is_asked_and_no_source_has_failed(client: TestClient, engine: Engine) -> None:
    done = client.post("/sentiment/research/run").json()
    assert done == {"coins": [], "readings": 0, "left": 0, "closed": "OPENCLAW_URL is not set: there is no research"}
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM source_status WHERE source = 'openclaw'")) == 0
