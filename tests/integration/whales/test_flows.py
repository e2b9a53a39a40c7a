"""Flows that follow from transactions and labels: recomputed when a label is revised, the old ones kept and marked."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, insert, text

from db.tables import symbol
from functions.factors.reading import MARKET
from functions.factors.store import newest_readings
from functions.settings import Settings
from functions.whales import store
from functions.whales.rules import WhaleRules
from functions.whales.run.flows import add_up
from functions.whales.transaction import Party, Transaction
from tests.integration.whales.conftest import NOON, refresh
from tests.sim import ManualClock, SourcesSim

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DESK, HOT = "a" * 40, "b" * 40


def to(clock: ManualClock, moment: datetime) -> None:
    clock.move_to(int(moment.timestamp() * 1000))


def flows(client: TestClient, at: datetime, **query: Any) -> dict[str, Any]:
    shown: dict[str, Any] = client.get("/whales/flows", params={"as_of": at.isoformat(), **query}).json()
    return shown


@pytest.fixture
def pairs(engine: Engine) -> None:
    with engine.begin() as connection:
        for name in ("BTCUSDT", "ETHUSDT"):
            sizes = {"tick_size": 1, "lot_size": 1, "min_order_amount": 1, "kind": "", "special_treatment": False}
            seen = {"status": "Trading", "first_seen_at": NOON, "last_seen_at": NOON}
            connection.execute(insert(symbol).values(symbol=name, base=name[:3], quote="USDT", **sizes, **seen))


def readings(engine: Engine, at: datetime) -> dict[str, Any]:
    with engine.connect() as connection:
        found = newest_readings(connection, ["BTCUSDT", "ETHUSDT", MARKET], at)
    return {one.symbol: one for one in found if one.source == "whale_flow"}


def test_hour_is_added_up_when_it_is_over_and_moves_between_exchanges_are_no_net_flow(
    client: TestClient, sources: SourcesSim, clock: ManualClock, pairs: None, engine: Engine
) -> None:
    add = sources.whale_alert.add
    add(symbol="BTC", usd=6e6, sender="", recipient="binance")
    add(symbol="BTC", usd=2e6, sender="kraken", recipient="")
    add(symbol="WBTC", usd=3e6, sender="binance", recipient="binance")
    add(symbol="BTC", usd=4e6, sender="binance", recipient="kraken")
    add(symbol="BTC", usd=5e6, sender="", recipient="")
    add(symbol="USDT", usd=9e6, sender="", recipient="okx")
    add(symbol="USDT", usd=7e6, sender="", recipient="okx", action="mint")
    to(clock, NOON + 3 * MINUTE)
    assert refresh(client, NOON + 3 * MINUTE)["flows"] == 0
    to(clock, NOON + 66 * MINUTE)
    assert refresh(client, NOON + 66 * MINUTE)["flows"] == 1
    bitcoin, tether = flows(client, NOON + 66 * MINUTE)["flows"][::-1]
    names = ("inflow_usd", "outflow_usd", "net_usd", "internal_usd", "cross_usd", "other_usd", "transactions")
    assert [float(bitcoin[name]) for name in names] == [6e6, 2e6, 4e6, 3e6, 4e6, 5e6, 5]
    assert [float(tether[name]) for name in names] == [9e6, 0, 9e6, 0, 0, 7e6, 2]
    found = readings(engine, NOON + 66 * MINUTE)
    assert (found["BTCUSDT"].value, found["BTCUSDT"].confidence) == (-0.5, 0.05)
    assert found[MARKET].value == 1.0  # stablecoins that come may buy
    assert found["BTCUSDT"].as_of == NOON + HOUR


def test_relabelled_address_recomputes_the_flow_and_marks_the_old_one_revised(
    client: TestClient, sources: SourcesSim, clock: ManualClock, pairs: None, engine: Engine
) -> None:
    add = sources.whale_alert.add
    add(symbol="ETH", usd=8e6, sender="", recipient="binance", sender_address=DESK, recipient_address=HOT)
    add(symbol="ETH", usd=2e6, sender="binance", recipient="", sender_address=HOT)
    refresh(client, NOON)
    to(clock, NOON + 66 * MINUTE)
    refresh(client, NOON + 66 * MINUTE)
    before = readings(engine, NOON + 66 * MINUTE)["ETHUSDT"]
    at = NOON + 90 * MINUTE
    label = {"blockchain": "ethereum", "address": DESK, "owner": "Binance", "owner_type": "exchange"}
    answer = client.post("/whales/labels", json={"labels": [label], "as_of": at.isoformat()})
    assert answer.json() == {"labels": 1, "flows": 1}
    shown = flows(client, at)
    assert float(shown["flows"][0]["net_usd"]) == -2e6
    assert float(shown["flows"][0]["internal_usd"]) == 8e6
    assert [(one["coin"], float(one["net_usd"]), one["revised_at"]) for one in shown["revised"]] == [
        ("ETH", 6e6, "2024-03-05T13:30:00Z")
    ]
    after = readings(engine, at)["ETHUSDT"]  # what went in and out is too little now
    assert [(one.as_of, one.value, one.confidence) for one in (before, after)] == [
        (NOON + HOUR, -0.6, 0.05),
        (NOON + HOUR, 1.0, 0.0),
    ]
    assert flows(client, at - MINUTE)["revised"] == []  # at that moment nobody knew
    assert float(flows(client, at - MINUTE)["flows"][0]["net_usd"]) == 6e6
    again = client.post("/whales/labels", json={"labels": [label], "as_of": (at + MINUTE).isoformat()})
    assert again.json() == {"labels": 0, "flows": 0}


def test_reading_of_a_revised_flow_is_corrected_beside_the_old_one(
    client: TestClient, sources: SourcesSim, clock: ManualClock, pairs: None, engine: Engine
) -> None:
    add = sources.whale_alert.add
    add(symbol="ETH", usd=8e6, sender="", recipient="binance", sender_address=DESK)
    add(symbol="ETH", usd=9e6, sender="", recipient="binance")
    add(symbol="ETH", usd=9e6, sender="binance", recipient="")
    refresh(client, NOON)
    to(clock, NOON + 66 * MINUTE)
    refresh(client, NOON + 66 * MINUTE)
    label = {"blockchain": "ethereum", "address": DESK, "owner": "binance"}
    client.post("/whales/labels", json={"labels": [label], "as_of": (NOON + 70 * MINUTE).isoformat()})
    refresh(client, NOON + 71 * MINUTE)
    with engine.connect() as connection:
        said = connection.execute(
            text("""SELECT r.as_of, value, seen_at FROM factor_reading r JOIN factor_series s ON s.id = series_id
            WHERE source = 'whale_flow' AND symbol = 'ETHUSDT' ORDER BY seen_at""")
        ).all()
    assert [(row.as_of, round(row.value, 3), row.seen_at) for row in said] == [
        (NOON + HOUR, round(-8 / 26, 3), NOON + 66 * MINUTE),
        (NOON + HOUR, 0.0, NOON + 70 * MINUTE),
    ]


def test_owner_that_the_feed_names_later_is_a_revision_and_the_desks_word_stands(client: TestClient, engine: Engine) -> None:
    def transfer(number: int, owner: str, at: datetime) -> Transaction:
        sender = Party(DESK, owner, "exchange" if owner else "unknown")
        return Transaction(
            "ethereum", f"{number:064x}", "1", at, "transfer", "ETH", Decimal(1), Decimal(3_000_000), sender, Party()
        )

    def kinds(at: datetime) -> list[str]:
        with engine.connect() as connection:
            return [one.kind.value for one in store.transactions_between(connection, NOON, NOON + HOUR, at)]

    with engine.begin() as connection:
        store.keep_transactions(connection, [transfer(1, "", NOON)], "whale_alert", NOON)
    with engine.begin() as connection:
        store.keep_transactions(connection, [transfer(2, "kraken", NOON + MINUTE)], "whale_alert", NOON + MINUTE)
    assert (kinds(NOON), kinds(NOON + MINUTE)) == (["other"], ["outflow", "outflow"])
    with engine.begin() as connection:  # a feed that does not know is no revision
        store.keep_transactions(connection, [transfer(3, "", NOON)], "whale_alert", NOON + 2 * MINUTE)
        store.revise_labels(connection, [store.Label("ethereum", DESK, "", "unknown")], NOON + 3 * MINUTE)
    with engine.begin() as connection:
        store.keep_transactions(connection, [transfer(4, "kraken", NOON)], "whale_alert", NOON + 4 * MINUTE)
    assert kinds(NOON + 2 * MINUTE) == ["outflow"] * 3
    assert kinds(NOON + 4 * MINUTE) == ["other"] * 4


def test_reprocessing_changes_nothing(
    client: TestClient, engine: Engine, sources: SourcesSim, clock: ManualClock, pairs: None
) -> None:
    for hour in range(5):
        to(clock, NOON + hour * HOUR)
        sources.whale_alert.add(symbol="BTC", usd=6e6 + hour, recipient="binance")
        refresh(client, NOON + hour * HOUR)
    tables = ("whale_transaction", "whale_label", "whale_flow", "factor_reading", "alert")

    def everything() -> list[Any]:
        with engine.connect() as connection:
            return [connection.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4")).all() for table in tables]

    before = everything()
    with engine.begin() as connection:
        connection.execute(text("UPDATE whale_poll SET cursor = NULL, start_at = NULL"))
    for _ in range(2):
        refresh(client, NOON + 4 * HOUR)
    assert everything() == before


def test_flows_say_nothing_new_while_no_feed_answers(
    client: TestClient, engine: Engine, sources: SourcesSim, clock: ManualClock, pairs: None
) -> None:
    sources.whale_alert.add(symbol="BTC", usd=6e6, recipient="binance")
    refresh(client, NOON)
    to(clock, NOON + 66 * MINUTE)
    refresh(client, NOON + 66 * MINUTE)
    sources.whale_alert.paid = False
    with engine.begin() as connection:
        connection.execute(text("UPDATE source_status SET last_success_at = last_success_at - interval '61 minutes'"))
    to(clock, NOON + 5 * HOUR)
    assert "wants another plan" in refresh(client, NOON + 5 * HOUR)["errors"]["whale_alert"]
    newest = readings(engine, NOON + 5 * HOUR)["BTCUSDT"]
    assert (newest.as_of, newest.stale_at <= NOON + 5 * HOUR) == (NOON + HOUR, True)


def test_days_are_the_sum_of_their_hours_and_activity_counts_the_days_before(
    client: TestClient, engine: Engine, sources: SourcesSim, settings: Settings
) -> None:
    def transfer(day: int, usd: int) -> Transaction:
        at = NOON - timedelta(days=day) - HOUR
        return Transaction(
            "bitcoin", f"{day:064x}", "1", at, "transfer", "BTC", Decimal(1), Decimal(usd), Party(), Party(HOT, "okx", "exchange")
        )

    with engine.begin() as connection:
        whales = [transfer(day, 10_000_000 + day) for day in range(9)]
        store.keep_transactions(connection, whales, "whale_alert", NOON - timedelta(days=9))
        hours = [one.at for one in whales]
        add_up(connection, NOON + 6 * MINUTE, WhaleRules(), hours)
    days = flows(client, NOON + 6 * MINUTE, by="day", hours=24 * 9)["flows"]
    assert [(one["since"][:10], one["transactions"]) for one in days[:2]] == [("2024-03-05", 1), ("2024-03-04", 1)]
    busy = client.get("/whales/activity", params={"as_of": (NOON + 6 * MINUTE).isoformat()}).json()
    assert [(one["coin"], one["score"], one["days"]) for one in busy] == [("BTC", 0.0, 8)]
