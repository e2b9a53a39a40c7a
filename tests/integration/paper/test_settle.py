"""Settlement over HTTP: from candles and the latest price, once, and with patience for what is late."""

from datetime import datetime, timedelta
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlalchemy.dialects.postgresql import insert

from db.tables import gap
from functions.paper.exact import plain
from tests.integration.paper.market import NOON, OPENED, SPAN, add_candles, alerts, book, opened, quote, settled

QUIET = "100 101 99 100"
LEVELS: dict[str, Any] = {"stop": 95, "targets": [105, 110, 115]}


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def fills(answer: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [(fill["reason"], fill["quantity"], fill["price"], fill["at"][11:16]) for fill in answer["fills"]]


def absent(engine: Engine, first: datetime, last: datetime) -> None:
    row = {"symbol": "BTCUSDT", "timeframe": "5m", "first_open_time": first, "last_open_time": last, "reason": "test"}
    with engine.begin() as connection:
        connection.execute(insert(gap).values(**row, opened_at=NOON, closed_at=NOON, resolution="absent"))


def status(engine: Engine, value: str, seen: datetime = NOON) -> None:
    with engine.begin() as connection:
        row = {"status": value, "seen": seen}
        connection.execute(
            text("""UPDATE symbol SET status = :status, last_seen_at = greatest(last_seen_at, :seen) WHERE symbol = 'BTCUSDT'"""),
            row,
        )


def test_nothing_traded_yet(client: TestClient) -> None:
    assert settled(client, at(5)) == {"as_of": "2024-03-05T12:05:00Z", "trades": 0, "fills": [], "waiting": [], "snapshot": False}


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
    before = book(engine)
    assert settled(client, at(10))["fills"] == []
    assert (book(engine), len(alerts(engine))) == (before, 2)


def test_settling_each_minute_equals_settling_once(client: TestClient, engine: Engine) -> None:
    opened(client, **LEVELS)
    add_candles(engine, "BTCUSDT", f"{QUIET} | 100 106 99 105 | 105 111 104 110 | 110 110 94 101")
    found = [fill for minute in range(3, 21) for fill in fills(settled(client, at(minute)))]
    assert found == [
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


def test_candle_the_exchange_never_had_is_passed(client: TestClient, engine: Engine) -> None:
    opened(client, **LEVELS)
    add_candles(engine, "BTCUSDT", QUIET)
    add_candles(engine, "BTCUSDT", "120 121 119 120", NOON + 3 * SPAN)
    absent(engine, NOON + SPAN, NOON + 2 * SPAN)
    assert [fill[0] for fill in fills(settled(client, at(20)))] == ["target_1", "target_2", "target_3"]


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


def test_delisted_pair_is_closed_at_the_last_price(client: TestClient, engine: Engine) -> None:
    opened(client, stop=50)
    quote(engine, 80, at(4))
    status(engine, "Delisted")
    assert fills(settled(client, at(60))) == [("delisted", "1", "80", "12:04")]
    assert settled(client, at(61))["trades"] == 0


def test_pair_that_one_answer_lacks_keeps_its_trade(client: TestClient, engine: Engine) -> None:
    opened(client, stop=50)
    quote(engine, 80, at(4))
    status(engine, "Delisted")
    assert settled(client, at(9))["fills"] == []
    status(engine, "Trading", seen=at(10))
    assert settled(client, at(60))["fills"] == []
    status(engine, "Delisted")
    assert settled(client, at(19))["fills"] == []
    assert fills(settled(client, at(20))) == [("delisted", "1", "80", "12:04")]


def test_snapshot_once_an_hour_and_only_at_fresh_prices(client: TestClient, engine: Engine) -> None:
    opened(client)
    assert settled(client, OPENED)["snapshot"]
    assert not settled(client, OPENED)["snapshot"]
    assert not settled(client, at(61))["snapshot"]
    quote(engine, 110, at(62))
    assert settled(client, at(62))["snapshot"]
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT cash + positions + unrealised FROM equity ORDER BY hour")).scalars().all()
    assert [plain(row) for row in rows] == ["999.9", "1009.9"]
