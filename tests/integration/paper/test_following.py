"""What the accounts open by themselves, on a real Postgres: each idea once, within the limits, every refusal a row."""

import json
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from functions.paper.ideas import FACTOR_CHECKS, NOT_A_COIN
from functions.scoring.filters import Rejection
from tests.integration.paper.market import NOON, OPENED, PAIRS, add_candles, alerts, quote, settled

LEVELS = {"entry": Decimal(100), "stop": Decimal(90), "targets": [Decimal(107), Decimal(120), Decimal(140)]}
SHADOWS = ("technical", "watch_list", "random")


def add_setup(engine: Engine, name: str, close: datetime = NOON, **changed: Any) -> dict[str, Any]:
    values = {"symbol": name, "close": close, "expires": close + timedelta(hours=4), "direction": "LONG", **LEVELS, **changed}
    statement = """
        INSERT INTO setup (symbol, timeframe, close_time, version, direction, entry, stop, targets, risk_reward, cost, reasons,
                           created_at, expires_at)
        VALUES (:symbol, '15m', :close, 1, :direction, :entry, :stop, :targets, 2, 0.03, '[]', :close, :expires)
    """
    with engine.begin() as connection:
        connection.execute(text(statement), values)
    return values


def add_signal(engine: Engine, name: str, close: datetime = NOON, **changed: Any) -> int:
    values = add_setup(engine, name, close, **changed)
    statement = """
        INSERT INTO signal (symbol, timeframe, close_time, version, source, direction, confidence, entry, stop, targets,
                            risk_reward, position_pct, reasons, indicators, created_at, expires_at)
        VALUES (:symbol, '15m', :close, 1, 'score', :direction, 0.8, :entry, :stop, :targets, 2, 5, '[]', '{}', :close, :expires)
        RETURNING id
    """
    with engine.begin() as connection:
        return int(connection.execute(text(statement), values).scalar_one())


def add_rejection(engine: Engine, name: str, failed: Rejection, close: datetime = NOON, **changed: Any) -> int:
    values = {**add_setup(engine, name, close, **changed), "failed": failed.value}
    statement = """
        INSERT INTO rejection (symbol, timeframe, close_time, version, failed, code, reasons, coverage, confidence, factors,
                               created_at)
        VALUES (:symbol, '15m', :close, 1, :failed, 'x', '[]', 1, 0.5, '[]', :close) RETURNING id
    """
    with engine.begin() as connection:
        return int(connection.execute(text(statement), values).scalar_one())


def add_coins(engine: Engine, *names: str, trend: int = 1, atr: float = 5.0) -> None:
    """Write the daily state of coins, and that they were scored at noon."""
    states = """
        INSERT INTO technical_state (symbol, timeframe, close_time, version, direction, reason, trend, close, atr)
        VALUES (:symbol, '1d', :midnight, 1, 'NEUTRAL', '', :trend, 100, :atr),
               (:symbol, '15m', :noon, 1, 'NEUTRAL', '', 0, 100, 1)
    """
    score = "INSERT INTO score (symbol, close_time, version, as_of, coverage, confidence, created_at)"
    with engine.begin() as connection:
        for name in names:
            about = {"symbol": name, "noon": NOON, "midnight": NOON - timedelta(hours=12), "trend": trend, "atr": atr}
            connection.execute(text(states), about)
            connection.execute(text(f"{score} VALUES (:symbol, :noon, 1, :noon, 1, 1, :noon)"), about)


def followed(client: TestClient, at: datetime = OPENED) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/paper/trade", json={"as_of": at.isoformat()}).raise_for_status().json()
    return answer


def opened_by(answer: dict[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for trade in answer["opened"]:
        found.setdefault(trade["account"], []).append(trade["symbol"])
    return found


def rows(engine: Engine, statement: str) -> list[Any]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def test_signal_is_traded_by_the_desk_and_beside_it(client: TestClient, engine: Engine) -> None:
    number = add_signal(engine, "BTCUSDT")
    add_coins(engine, "BTCUSDT", "ETHUSDT")
    answer = followed(client)
    assert opened_by(answer) == {"desk": ["BTCUSDT"], "technical": ["BTCUSDT"], "random": ["ETHUSDT"]}
    assert (answer["refused"], answer["waiting"], answer["stopped"]) == ({}, [], [])
    trade = answer["opened"][0]
    # 0.5% of 1000 over a stop that is 10 away.
    assert (trade["price"], trade["quantity"], trade["stop"], trade["targets"]) == ("100", "0.5", "90", ["107", "120", "140"])
    [known] = rows(engine, "SELECT idea, signal_id, source, leaves_at FROM paper_trade WHERE account_id = 1")
    assert known == (f"signal:{number}", number, "signal", OPENED + timedelta(days=7))
    assert [payload["account"] for _, payload in alerts(engine)] == ["desk"]  # a shadow tells nobody


def test_asked_again_nothing_changes(client: TestClient, engine: Engine) -> None:
    add_signal(engine, "BTCUSDT")
    add_rejection(engine, "SOLUSDT", Rejection.GATE_CLOSED)
    assert followed(client)["opened"]
    again = followed(client, OPENED + timedelta(seconds=30))
    assert (again["opened"], again["refused"]) == ([], {})
    assert rows(engine, "SELECT count(*) FROM paper_trade") == [(3,)]


def test_random_entry_is_of_another_coin_that_the_gate_lets_through_and_has_its_own_range(
    client: TestClient, engine: Engine
) -> None:
    add_signal(engine, "BTCUSDT")
    add_coins(engine, "BTCUSDT", atr=5.0)
    add_coins(engine, *PAIRS[1:5], atr=2.5)
    add_coins(engine, PAIRS[5], trend=-1)  # its own trend is against the side
    answer = followed(client)
    [drawn] = [trade for trade in answer["opened"] if trade["account"] == "random"]
    assert drawn["symbol"] in PAIRS[1:5]
    assert (drawn["stop"], drawn["targets"]) == ("95", ["103.5", "110", "120"])  # half of the signal's distances


def test_what_a_score_rejects_is_traded_by_the_shadows_it_belongs_to(client: TestClient, engine: Engine) -> None:
    add_rejection(engine, "BTCUSDT", Rejection.NO_CONSENSUS | Rejection.CONFIDENCE_LOW)
    add_rejection(engine, "ETHUSDT", Rejection.GATE_CLOSED | Rejection.NO_CONSENSUS)
    add_rejection(engine, "SOLUSDT", Rejection.PAIR_EXCLUDED)
    assert opened_by(followed(client)) == {"technical": ["BTCUSDT"], "watch_list": ["BTCUSDT", "ETHUSDT"]}


def test_checks_are_those_of_the_score() -> None:
    factors = Rejection.NO_CONSENSUS | Rejection.SCORE_AGAINST | Rejection.CONFIDENCE_LOW | Rejection.TEXT_AGAINST
    assert (factors | Rejection.COOLDOWN).value == FACTOR_CHECKS
    assert Rejection.PAIR_EXCLUDED.value == NOT_A_COIN


def test_every_refusal_is_a_row_with_its_figures(client: TestClient, engine: Engine) -> None:
    for name in PAIRS[:4]:
        add_signal(engine, name)
    add_signal(engine, "ADAUSDT", direction="SHORT", stop=Decimal(110), targets=[Decimal(93)])
    add_signal(engine, "DOTUSDT", NOON - timedelta(hours=2))
    answer = followed(client)
    assert opened_by(answer)["desk"] == list(PAIRS[:3])
    assert answer["refused"]["desk"] == {"too_many_in_one_direction": 1, "shorts_off": 1, "too_late": 1}
    found = rows(engine, "SELECT symbol, code, reasons FROM paper_refusal WHERE account_id = 1 ORDER BY symbol")
    assert [(name, code) for name, code, _ in found] == [
        ("ADAUSDT", "shorts_off"),
        ("DOTUSDT", "too_late"),
        ("XRPUSDT", "too_many_in_one_direction"),
    ]
    assert found[2][2] == [
        {"code": "too_many_in_one_direction", "figures": {"side": "long", "open": "3", "most": "3"}},
    ]


@pytest.mark.parametrize(
    ("price", "code"),
    [
        (90, "stop_passed"),
        (89, "stop_passed"),
        (107, "target_passed"),
        (95, None),
        (94.9, "far_from_entry"),
        (106, "far_from_entry"),
    ],
)
def test_price_that_moved_since_the_signal(client: TestClient, engine: Engine, price: float, code: str | None) -> None:
    add_signal(engine, "BTCUSDT")
    quote(engine, price, OPENED)
    answer = followed(client)
    refused = [*answer["refused"].get("desk", {})]
    assert refused == ([code] if code else [])
    if not code:  # 5 USDT of risk at the price of the fill, not at the signal's entry
        assert Decimal(answer["opened"][0]["quantity"]) * (Decimal(str(price)) - 90) == 5


def test_stale_price_waits_and_is_asked_again_until_it_is_too_late(client: TestClient, engine: Engine) -> None:
    add_signal(engine, "BTCUSDT")
    late = OPENED + timedelta(minutes=3)
    answer = followed(client, late)
    assert (answer["opened"], len(answer["waiting"])) == ([], 2)
    assert answer["refused"] == {"random": {"no_other_coin": 1}}
    assert "desk: no trade because BTCUSDT price is 180 s old" in answer["waiting"][0]
    quote(engine, 100, late)
    assert opened_by(followed(client, late))["desk"] == ["BTCUSDT"]


def test_cooldown_daily_loss_and_pause_are_kept_in_the_account_alone(client: TestClient, engine: Engine) -> None:
    moment = OPENED
    for number, name in enumerate(PAIRS[:4]):
        close = NOON + timedelta(minutes=15 * number)
        moment = close + timedelta(minutes=2)
        quote(engine, 100, moment, name)
        add_signal(engine, name, close)
        followed(client, moment)
        add_candles(engine, name, "100 100 90 90|90 90 90 90", close)
        add_candles(engine, name, "90 90 90 90", close + timedelta(minutes=10))
        quote(engine, 90, moment + timedelta(minutes=10), name)
        settled(client, moment + timedelta(minutes=10))
    closed = rows(engine, "SELECT count(*) FROM paper_trade WHERE account_id = 1 AND state = 'closed'")
    assert closed == [(4,)]
    close = NOON + timedelta(hours=1)
    moment = close + timedelta(minutes=12)
    quote(engine, 100, moment)
    add_signal(engine, "BTCUSDT", close)
    answer = followed(client, moment)
    [(reasons,)] = rows(engine, f"SELECT reasons FROM paper_refusal WHERE account_id = 1 AND at = '{moment.isoformat()}'")
    assert [reason["code"] for reason in reasons] == ["cooldown", "daily_loss", "paused_after_losses"]
    assert answer["refused"]["desk"] == {"cooldown": 1}
    assert client.post(
        "/paper/trades",
        json={"request_id": "own", "symbol": "BTCUSDT", "side": "long", "notional": 100, "as_of": moment.isoformat()},
    ).is_success  # the trader's own account has lost nothing


def test_account_whose_ledger_does_not_balance_stands_still_alone(client: TestClient, engine: Engine, database: str) -> None:
    add_signal(engine, "BTCUSDT")
    followed(client)
    owner = create_engine(make_url(database).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with owner.begin() as connection:
        connection.execute(text("ALTER TABLE ledger_entry DISABLE TRIGGER ALL"))
        connection.execute(
            text("INSERT INTO ledger_entry (account_id, account, amount, at) VALUES (1, 'cash', 1, :at)"), {"at": OPENED}
        )
        connection.execute(text("ALTER TABLE ledger_entry ENABLE TRIGGER ALL"))
    add_signal(engine, "ETHUSDT")
    before = len(alerts(engine))
    answer = followed(client)
    assert answer["stopped"] == ["the account desk is stopped, for its ledger does not balance"]
    assert opened_by(answer) == {"technical": ["ETHUSDT"]}
    add_candles(engine, "BTCUSDT", "100 101 80 85|85 85 85 85")
    quote(engine, 85, NOON + timedelta(minutes=10))
    answer = settled(client, NOON + timedelta(minutes=10))
    assert (answer["stopped"], len(answer["fills"])) == (["the account desk is stopped, for its ledger does not balance"], 1)
    told = alerts(engine)[before:]
    assert [(kind, payload["account"]) for kind, payload in told] == [("account_stopped", "desk")]  # once a day, shadows nothing
    assert rows(engine, "SELECT state FROM paper_trade WHERE account_id = 1") == [("open",)]


def test_two_runs_at_once_open_one_trade(client: TestClient, engine: Engine) -> None:
    from concurrent.futures import ThreadPoolExecutor

    for name in PAIRS[:3]:
        add_signal(engine, name)
    with ThreadPoolExecutor(3) as threads:
        answers = list(threads.map(lambda _: followed(client), range(3)))
    opened = Counter((trade["account"], trade["symbol"]) for answer in answers for trade in answer["opened"])
    assert set(opened.values()) == {1}
    assert json.dumps(sorted(name for account, name in opened if account == "desk")) == json.dumps(sorted(PAIRS[:3]))
