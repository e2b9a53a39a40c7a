"""Settlement over HTTP: from candles and the latest price, once, and with patience for what is late."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.pool import NullPool

from db.tables import gap
from functions.market.store import write_universe
from functions.market.universe import Instrument, RankedSymbol
from tests.integration.paper.market import NOON, PAIRS, SPAN, add_candles, alerts, asked, book, opened, quote, settled

QUIET = "100 101 99 100"
LEVELS: dict[str, Any] = {"stop": 95, "targets": [105, 110, 115]}


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def fills(answer: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [(fill["reason"], fill["quantity"], fill["price"], fill["at"][11:16]) for fill in answer["fills"]]


def deny(engine: Engine, first: datetime, last: datetime) -> None:
    row = {"symbol": "BTCUSDT", "timeframe": "5m", "first_open_time": first, "last_open_time": last, "reason": "test"}
    with engine.begin() as connection:
        connection.execute(insert(gap).values(**row, opened_at=NOON, closed_at=NOON, resolution="absent"))


def look(engine: Engine, moment: datetime, *names: str) -> None:
    """Take one look at the exchange's pairs, which finds these."""
    pair = Instrument(
        symbol="",
        base="X",
        quote="USDT",
        status="Trading",
        tick_size=Decimal("0.01"),
        lot_size=Decimal("0.001"),
        min_order_amount=Decimal(5),
        kind="",
        special_treatment=False,
    )
    pairs = [replace(pair, symbol=name) for name in names]
    with engine.begin() as connection:
        write_universe(connection, [RankedSymbol(pair, rank, 1.0) for rank, pair in enumerate(pairs, 1)], moment)


def test_nothing_traded_yet(client: TestClient) -> None:
    nothing = {"trades": 0, "fills": [], "waiting": [], "held": [], "failed": [], "stopped": [], "orders": []}
    assert settled(client, at(5)) == {"as_of": "2024-03-05T12:05:00Z", **nothing}


def test_empty_body_settles_at_the_market_clock(client: TestClient) -> None:
    assert client.post("/paper/settle").raise_for_status().json()["trades"] == 0


def test_targets_then_break_even_from_candles(client: TestClient, engine: Engine) -> None:
    opened(client, **LEVELS)
    add_candles(engine, "BTCUSDT", f"{QUIET} | 100 106 99 105 | 105 111 104 110 | 110 110 100 101 | {QUIET}")
    answer = settled(client, at(25))
    assert fills(answer) == [
        ("target_1", "0.333", "105", "12:10"),
        ("target_2", "0.333", "110", "12:15"),
        ("break_even", "0.334", "100", "12:20"),
    ]
    stops = [(fill["stop"], fill["final"], fill["remaining"]) for fill in answer["fills"]]
    assert stops == [("100", False, "0.667"), ("100", False, "0.334"), (None, True, "0")]
    assert [kind for kind, _ in alerts(engine)] == ["trade_opened", *["trade_closed"] * 3]
    assert [payload for _, payload in alerts(engine)][1:] == answer["fills"]
    assert book(engine).positions == 0


def test_settling_again_changes_nothing(client: TestClient, engine: Engine) -> None:
    opened(client, **LEVELS)
    add_candles(engine, "BTCUSDT", f"{QUIET} | 100 106 99 105")
    assert len(settled(client, at(10))["fills"]) == 1
    settled_book = book(engine)
    assert settled(client, at(10))["fills"] == []
    assert (book(engine), len(alerts(engine))) == (settled_book, 2)


def test_settling_each_minute_equals_settling_once(client: TestClient, engine: Engine) -> None:
    opened(client, **LEVELS)
    add_candles(engine, "BTCUSDT", f"{QUIET} | 100 106 99 105 | 105 111 104 110 | 110 110 94 101")
    all_fills = [fill for minute in range(3, 21) for fill in fills(settled(client, at(minute)))]
    assert all_fills == [
        ("target_1", "0.333", "105", "12:10"),
        ("target_2", "0.333", "110", "12:15"),
        ("break_even", "0.334", "100", "12:20"),
    ]


def test_candle_of_the_entry_counts_by_its_close(client: TestClient, engine: Engine) -> None:
    opened(client, **LEVELS)
    add_candles(engine, "BTCUSDT", "100 200 1 100")
    assert settled(client, at(5))["fills"] == []


def test_latest_price_meets_the_stop_before_the_candle_is_closed(client: TestClient, engine: Engine) -> None:
    opened(client, **LEVELS)
    quote(engine, 94, at(3))
    assert fills(settled(client, at(3.5))) == [("stop", "1", "94", "12:03")]
    add_candles(engine, "BTCUSDT", "100 106 94 100")
    assert settled(client, at(5))["fills"] == []


def test_target_waits_for_its_candle_which_may_hold_the_stop(client: TestClient, engine: Engine) -> None:
    opened(client, **LEVELS)
    add_candles(engine, "BTCUSDT", QUIET)
    quote(engine, 106, at(6))
    assert settled(client, at(6.5))["fills"] == []
    add_candles(engine, "BTCUSDT", "100 106 94 100", NOON + SPAN)
    assert fills(settled(client, at(10))) == [("stop", "1", "95", "12:10")]


def test_stale_price_settles_nothing(client: TestClient, engine: Engine) -> None:
    opened(client, **LEVELS)
    quote(engine, 50, at(3))
    assert settled(client, at(4.5))["fills"] == []


def test_after_an_outage_the_latest_price_waits_for_the_missed_candles(client: TestClient, engine: Engine) -> None:
    opened(client, **LEVELS)
    quote(engine, 120, at(600))
    answer = settled(client, at(600))
    assert answer["fills"] == []
    assert answer["waiting"] == ["trade 1 waits: BTCUSDT 5m is 119 candles late"]
    add_candles(engine, "BTCUSDT", " | ".join([QUIET] * 60 + ["93 94 92 93"] + ["120 121 119 120"] * 59))
    assert fills(settled(client, at(600))) == [("stop", "1", "93", "17:00")]


def test_missing_candle_holds_what_comes_after_it(client: TestClient, engine: Engine) -> None:
    opened(client, **LEVELS)
    add_candles(engine, "BTCUSDT", QUIET)
    add_candles(engine, "BTCUSDT", "120 121 119 120", NOON + 2 * SPAN)
    answer = settled(client, at(15))
    assert (answer["fills"], answer["waiting"]) == ([], ["trade 1 waits: BTCUSDT 5m is 2 candles late"])
    add_candles(engine, "BTCUSDT", "100 100 90 91", NOON + SPAN)
    assert fills(settled(client, at(15))) == [("stop", "1", "95", "12:10")]


def test_candle_the_exchange_denies_settles_nothing_for_an_hour_and_is_told_after_it(client: TestClient, engine: Engine) -> None:
    opened(client, **LEVELS)
    add_candles(engine, "BTCUSDT", QUIET)
    add_candles(engine, "BTCUSDT", "120 121 119 120", NOON + 3 * SPAN)
    deny(engine, NOON + SPAN, NOON + 2 * SPAN)
    waits = (
        "trade 1 waits: the exchange says it has no BTCUSDT 5m candle of 12:05 UTC; it is passed after an hour of later prices"
    )
    assert (settled(client, at(20))["fills"], settled(client, at(20))["waiting"]) == ([], [waits])
    assert client.post("/paper/trades/close", json=closing(at(20))).json()["code"] == "trade_waits"
    quote(engine, 120, at(70))
    answer = settled(client, at(70))
    assert [(fill["reason"], fill["unseen"]) for fill in answer["fills"]] == [("target_1", 2), ("target_2", 2), ("target_3", 2)]
    shown = client.get("/paper/portfolio", params={"as_of": at(70).isoformat()}).json()["closed"]
    assert [trade["unseen"] for trade in shown] == [2]


def closing(moment: datetime, key: str = "end", **more: object) -> dict[str, object]:
    return {"request_id": key, "symbol": "BTCUSDT", "as_of": moment.isoformat(), **more}


@pytest.mark.parametrize("price", [None, 104])
def test_close_by_hand_waits_for_the_candles_of_an_outage(client: TestClient, engine: Engine, price: float | None) -> None:
    opened(client, stop=90, targets=[110])
    quote(engine, 104, at(60))
    answer = client.post("/paper/trades/close", json=closing(at(60), price=price))
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "trade_waits", "10")
    assert answer.json()["detail"].startswith("trade 1 waits: BTCUSDT 5m is 11 candles late; its stop may have been met there")
    add_candles(engine, "BTCUSDT", " | ".join(["100 101 99 100", "100 100 80 85", "85 104 84 104", *["104 104 104 104"] * 9]))
    answer = client.post("/paper/trades/close", json=closing(at(60), price=price))
    assert (answer.status_code, answer.json()["code"]) == (409, "already_closed")
    assert "closed by its stop at 2024-03-05T12:10:00+00:00" in answer.json()["detail"]


def test_close_by_hand_of_a_trade_without_levels_waits_for_nothing(client: TestClient, engine: Engine) -> None:
    opened(client)
    quote(engine, 104, at(60))
    assert client.post("/paper/trades/close", json=closing(at(60))).raise_for_status().json()["price"] == "104"


def test_partial_exit_by_a_target_stays_when_the_close_is_refused(client: TestClient, engine: Engine) -> None:
    opened(client, **LEVELS)
    add_candles(engine, "BTCUSDT", f"{QUIET} | 100 106 99 105")
    assert client.post("/paper/trades/close", json=closing(at(15))).status_code == 503
    assert [payload["reason"] for _, payload in alerts(engine)[1:]] == ["target_1"]


@pytest.mark.parametrize("swapped", [0.1, 100_000])
def test_swapped_coin_fills_nothing_is_told_once_and_closes_at_a_named_price(
    client: TestClient, engine: Engine, swapped: float
) -> None:
    opened(client, **LEVELS)
    add_candles(engine, "BTCUSDT", f"{QUIET} | 100 104 100 103")
    add_candles(engine, "BTCUSDT", f"{swapped} {swapped} {swapped} {swapped}", NOON + 2 * SPAN)
    quote(engine, swapped, at(15))
    for minute in (15, 15.5, 16):
        answer = settled(client, at(minute))
        assert (answer["fills"], answer["waiting"], len(answer["held"])) == ([], [], 1)
    assert "went from 103 to" in answer["held"][0]
    assert [kind for kind, _ in alerts(engine)] == ["trade_opened", "trade_held"]
    portfolio = client.get("/paper/portfolio", params={"as_of": at(16).isoformat()}).json()
    assert (portfolio["open"][0]["price"], portfolio["open"][0]["held_at"]) == ("103", "2024-03-05T12:10:00Z")
    assert portfolio["account"]["equity"] == "1002.9"
    assert client.post("/paper/trades/close", json=closing(at(16), "latest")).json()["code"] == "trade_held"
    assert client.post("/paper/trades/close", json=closing(at(16), "new", price=swapped)).json()["code"] == "price_out_of_range"
    answer = client.post("/paper/trades/close", json=closing(at(16), "old", price=103)).raise_for_status().json()
    assert (answer["price"], answer["named"], answer["final"]) == ("103", True, True)


def test_feed_that_stumbles_holds_a_trade_for_as_long_only(client: TestClient, engine: Engine) -> None:
    opened(client, **LEVELS)
    quote(engine, 0.1, at(3))
    assert len(settled(client, at(3))["held"]) == 1
    quote(engine, 94, at(4))
    answer = settled(client, at(4))
    assert (answer["held"], fills(answer)) == ([], [("stop", "1", "94", "12:04")])


def test_trade_that_fails_is_told_and_the_others_settle(client: TestClient, engine: Engine) -> None:
    opened(client, **LEVELS)
    opened(client, "two", "ETHUSDT", **LEVELS)
    for name in ("BTCUSDT", "ETHUSDT"):
        add_candles(engine, name, f"{QUIET} | 94 95 93 94")
    with engine.begin() as connection:  # no exit can be computed in steps of nothing
        connection.execute(text("UPDATE symbol SET tick_size = 0 WHERE symbol = 'BTCUSDT'"))
    for minute in (10, 11):
        answer = settled(client, at(minute))
        assert answer["failed"] == ["trade 1 in BTCUSDT could not be settled: InvalidOperation"]
    with engine.connect() as connection:
        states = connection.execute(text("SELECT symbol, state FROM paper_trade ORDER BY id")).all()
    assert [tuple(state) for state in states] == [("BTCUSDT", "open"), ("ETHUSDT", "closed")]
    assert [kind for kind, _ in alerts(engine)] == ["trade_opened", "trade_opened", "trade_held", "trade_closed"]


@pytest.mark.parametrize(("state", "code"), [("40P01", "database_deadlock"), ("57014", "database_slow")])
def test_transaction_of_one_trade_that_is_undone_holds_up_no_other(
    client: TestClient, engine: Engine, database: str, state: str, code: str
) -> None:
    opened(client, **LEVELS)
    opened(client, "two", "ETHUSDT", **LEVELS)
    for name in ("BTCUSDT", "ETHUSDT"):
        add_candles(engine, name, f"{QUIET} | 94 95 93 94")
    undone = f"CREATE FUNCTION undone() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE SQLSTATE '{state}'; END$$"
    trigger = "CREATE TRIGGER undone BEFORE UPDATE ON paper_trade FOR EACH ROW WHEN (OLD.symbol = 'BTCUSDT')"
    owner = create_engine(make_url(database).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with owner.begin() as connection:
        connection.execute(text(undone))
        connection.execute(text(f"{trigger} EXECUTE FUNCTION undone()"))
    answer = client.post("/paper/settle", json={"as_of": at(10).isoformat()})
    assert (answer.status_code, answer.json()["code"]) == (503, code)
    with owner.begin() as connection:
        states = connection.execute(text("SELECT symbol, state FROM paper_trade ORDER BY id")).all()
        connection.execute(text("DROP TRIGGER undone ON paper_trade"))
    assert [tuple(row) for row in states] == [("BTCUSDT", "open"), ("ETHUSDT", "closed")]
    assert [fill["symbol"] for fill in settled(client, at(10))["fills"]] == ["BTCUSDT"]


@pytest.mark.parametrize("hours", [3, -3])
def test_clock_that_steps_changes_nothing_that_is_booked(client: TestClient, engine: Engine, hours: int) -> None:
    step = timedelta(hours=hours)
    opened(client, **LEVELS)
    opened(client, "bare", "ETHUSDT")
    add_candles(engine, "BTCUSDT", QUIET)
    deny(engine, NOON + SPAN, NOON + 2 * SPAN)
    quote(engine, 106, at(16))
    look(engine, at(16), *PAIRS[1:])
    settled_book = book(engine)
    for moment in (at(16) + step, at(17) + step):
        assert settled(client, moment)["fills"] == []
        for name in ("BTCUSDT", "ETHUSDT"):
            for price in (None, 106):
                key = f"{name}:{moment.isoformat()}:{price}"
                body = closing(moment, key, symbol=name, price=price)
                assert client.post("/paper/trades/close", json=body).status_code in (409, 503)
        assert client.post("/paper/trades", json=asked("three", "SOLUSDT", at=moment)).status_code == 503
    assert book(engine) == settled_book
    look(engine, at(17), *PAIRS)
    add_candles(engine, "BTCUSDT", "100 101 99 100 | 100 101 94 95", NOON + SPAN)
    assert fills(settled(client, at(17))) == [("stop", "1", "95", "12:15")]


def test_unclosed_candle_is_not_seen(client: TestClient, engine: Engine) -> None:
    opened(client, **LEVELS)
    add_candles(engine, "BTCUSDT", f"{QUIET} | 100 101 90 95")
    assert settled(client, at(9.9))["fills"] == []


def test_one_trade_waiting_does_not_hold_the_others(client: TestClient, engine: Engine) -> None:
    opened(client, **LEVELS)
    opened(client, "two", "ETHUSDT", **LEVELS)
    add_candles(engine, "ETHUSDT", f"{QUIET} | 94 95 93 94")
    answer = settled(client, at(10))
    assert [(fill["symbol"], fill["reason"], fill["price"]) for fill in answer["fills"]] == [("ETHUSDT", "stop", "94")]
    assert (answer["trades"], answer["waiting"]) == (2, ["trade 1 waits: BTCUSDT 5m is 1 candle late"])


def test_trade_without_levels_waits_for_nothing(client: TestClient) -> None:
    opened(client)
    answer = settled(client, at(600))
    assert (answer["trades"], answer["fills"], answer["waiting"]) == (1, [], [])


def test_delisted_pair_is_closed_at_the_last_price_after_two_looks(client: TestClient, engine: Engine) -> None:
    opened(client, stop=50)
    quote(engine, 80, at(4))
    look(engine, at(4.5), *PAIRS[1:])
    look(engine, at(14), *PAIRS[1:])
    assert settled(client, at(14))["fills"] == []
    look(engine, at(14.5), *PAIRS[1:])
    assert fills(settled(client, at(14.6))) == [("delisted", "1", "80", "12:04")]
    assert settled(client, at(61))["trades"] == 0


def test_one_answer_that_lacks_the_pair_after_hours_off_closes_nothing(client: TestClient, engine: Engine) -> None:
    opened(client, stop=90, targets=[110])
    look(engine, at(120), *PAIRS[1:])
    assert settled(client, at(120.5))["fills"] == []
    assert settled(client, at(180))["fills"] == [], "nobody has looked again"
    look(engine, at(181), *PAIRS)
    look(engine, at(240), *PAIRS[1:])
    assert settled(client, at(240.5))["fills"] == [], "it had come back"


def test_candles_up_to_a_delisting_are_settled_first(client: TestClient, engine: Engine) -> None:
    opened(client, stop=90, targets=[110])
    for minute in (120, 131):
        look(engine, at(minute), *PAIRS[1:])
    assert settled(client, at(131))["fills"] == []
    add_candles(engine, "BTCUSDT", " | ".join([QUIET] * 9 + ["100 100 80 85"] + ["85 86 84 85"] * 14))
    assert fills(settled(client, at(132))) == [("stop", "1", "90", "12:50")]
