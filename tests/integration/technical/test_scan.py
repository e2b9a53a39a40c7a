"""`POST /technical/scan` on a real database: what is due is done once, together with its alerts."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from functions.factors.reading import MARKET
from functions.factors.store import newest_readings
from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.technical.engine.span import LONGEST
from tests.unit.technical.making import END, store_candles, store_symbols, walk

SYMBOLS = ("BTCUSDT", "AAAUSDT", "BBBUSDT", "CCCUSDT", "DDDUSDT", "EEEUSDT")
BARS = {Timeframe.D1: 260, Timeframe.H4: 300, Timeframe.H1: 300, Timeframe.M15: 300, Timeframe.M5: 150}
DRIFT = {Timeframe.D1: 0.01, Timeframe.H4: 0.003, Timeframe.H1: 0.001, Timeframe.M15: 0.0005, Timeframe.M5: 0.0}
NOISE = {Timeframe.D1: 0.03, Timeframe.H4: 0.012, Timeframe.H1: 0.006, Timeframe.M15: 0.004, Timeframe.M5: 0.002}


def rising(timeframe: Timeframe, symbols: tuple[str, ...] = SYMBOLS) -> Candles:
    return walk(timeframe, symbols, BARS[timeframe], drift=DRIFT[timeframe], noise=NOISE[timeframe])


@pytest.fixture
def world(engine: Engine) -> Engine:
    """A rising market: everything up to END, on every timeframe."""
    with engine.begin() as connection:
        store_symbols(connection, SYMBOLS)
        for timeframe in Timeframe:
            store_candles(connection, rising(timeframe))
    return engine


def scan(client: TestClient, as_of: datetime = END, close_time: datetime | None = None, **more: object) -> dict[str, Any]:
    announced = {"close_time": close_time.isoformat()} if close_time else {}
    answer = client.post("/technical/scan", params=announced, json={"as_of": as_of.isoformat(), **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def count(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0


def owner(database: str) -> Engine:
    return create_engine(make_url(database).set(drivername="postgresql+psycopg"), poolclass=NullPool)


def marks(engine: Engine) -> dict[str, dict[str, datetime]]:
    """How far each timeframe is scanned, by symbol; the empty one stands for all without a row of their own."""
    marks: dict[str, dict[str, datetime]] = {}
    with engine.connect() as connection:
        for row in connection.execute(text("SELECT timeframe, symbol, close_time FROM processed_close")):
            marks.setdefault(row.timeframe, {})[row.symbol] = row.close_time
    return marks


def done(engine: Engine, timeframe: str, close: datetime = END) -> set[str]:
    """Which symbols were scanned at a close."""
    with engine.connect() as connection:
        query = "SELECT symbol FROM technical_state WHERE timeframe = :timeframe AND close_time = :close"
        return set(connection.scalars(text(query), {"timeframe": timeframe, "close": close}))


def replay(client: TestClient, closes: int) -> list[dict[str, Any]]:
    """Scan the last closes of 15m one by one, with those of longer timeframes among them, and return all setups."""
    found = []
    for back in range(closes, -1, -1):
        found += scan(client, END - back * timedelta(minutes=15), timeframes=["15m", "1h", "4h", "1d"])["setups"]
    return found


def test_first_scan_takes_only_the_newest_close_of_each_timeframe(client: TestClient, world: Engine) -> None:
    answer = scan(client)
    assert answer["closes"] == {"1d": 1, "4h": 1, "1h": 1, "15m": 1, "5m": 1}
    assert answer["states"] == 5 * len(SYMBOLS)
    assert count(world, "technical_state") == 5 * len(SYMBOLS)
    assert marks(world) == {timeframe.value: {"": END} for timeframe in Timeframe}
    assert answer["failed"] == answer["waiting"] == answer["late"] == []


def test_second_scan_finds_nothing_to_do(client: TestClient, world: Engine) -> None:
    scan(client)
    answer = scan(client)
    assert answer["states"] == 0
    assert set(answer["closes"].values()) == {0}


def test_rising_market_gives_setups_and_no_alert(client: TestClient, world: Engine) -> None:
    found = replay(client, 16)
    assert "LONG" in {setup["direction"] for setup in found}
    assert count(world, "setup") == len(found)
    assert count(world, "signal") == count(world, "alert") == 0
    first = next(setup for setup in found if setup["direction"] == "LONG")
    close = datetime.fromisoformat(first["close_time"])
    life = {"15m": timedelta(hours=1), "1h": timedelta(hours=4)}[first["timeframe"]]
    assert datetime.fromisoformat(first["expires_at"]) - close == life
    assert len(first["targets"]) == 3
    assert [reason["code"] for reason in first["reasons"]][:2] == ["gate_open", "daily_trend"]


def test_every_close_of_15m_says_the_technical_factor_of_every_coin(client: TestClient, world: Engine) -> None:
    scan(client)
    with world.connect() as connection:
        readings = {
            (reading.symbol, reading.factor.value): reading for reading in newest_readings(connection, [*SYMBOLS, MARKET], END)
        }
    # A week of 15m candles is not there: nobody says the momentum.
    assert readings.keys() == {(symbol, "technical") for symbol in SYMBOLS}
    said = readings["BTCUSDT", "technical"]
    assert (said.as_of, said.stale_at, said.source) == (END, END + timedelta(minutes=16), "trends")
    assert said.value > 0.3
    assert said.evidence.keys() == {"1d", "4h", "1h", "15m"}


def remove(engine: Engine, symbol: str, timeframe: Timeframe, newest: int = 1, until: int = 0) -> list[Any]:
    """Take a symbol's newest candles away, but for the last `until` of them, and return them."""
    about = {"first": END - newest * timeframe.span, "end": END - until * timeframe.span}
    with engine.begin() as connection:
        return list(
            connection.execute(
                text(
                    "DELETE FROM candle WHERE symbol = :symbol AND timeframe = :timeframe"
                    " AND open_time >= :first AND open_time < :end"
                    " RETURNING symbol, timeframe, open_time, open, high, low, close, volume, source"
                ),
                {"symbol": symbol, "timeframe": timeframe.value, **about},
            )
        )


def put_back(engine: Engine, rows: list[Any]) -> None:
    with engine.begin() as connection:
        for row in rows:
            connection.execute(
                text(
                    "INSERT INTO candle (symbol, timeframe, open_time, open, high, low, close, volume, source)"
                    " VALUES (:symbol, :timeframe, :open_time, :open, :high, :low, :close, :volume, :source)"
                ),
                row._asdict(),
            )


def test_symbol_that_arrives_late_is_scanned_when_it_comes(client: TestClient, world: Engine) -> None:
    away = remove(world, "CCCUSDT", Timeframe.M15)
    first = scan(client, timeframes=["15m", "4h", "1d"])
    assert [(found["symbol"], found["reason"]) for found in first["late"]] == [
        ("CCCUSDT", "no signal because CCCUSDT 15m is 1 candle late")
    ]
    put_back(world, away)
    second = scan(client, END + timedelta(seconds=30), timeframes=["15m"])
    assert second["states"] == 1
    assert done(world, "15m") == set(SYMBOLS)
    assert marks(world)["15m"] == {"": END}


def test_close_waits_for_a_higher_candle_that_is_on_its_way(client: TestClient, world: Engine) -> None:
    scan(client, END - timedelta(hours=1))
    away = remove(world, "BTCUSDT", Timeframe.D1)
    first = scan(client, END + timedelta(seconds=1), timeframes=["1d", "4h", "1h", "15m"])
    waiting = [found for found in first["waiting"] if found["timeframe"] == "15m"]
    assert {found["symbol"] for found in waiting} == set(SYMBOLS)
    assert {found["reason"] for found in waiting} == {"no signal because BTCUSDT 1d is 1 candle late"}
    put_back(world, away)
    second = scan(client, END + timedelta(seconds=2), timeframes=["1d", "4h", "1h", "15m"])
    assert second["waiting"] == []
    assert second["states"] == 1 + 2 * len(SYMBOLS)  # BTC's day, then everybody's newest 1h and 15m


def test_close_is_neutral_when_the_gate_stays_away(client: TestClient, world: Engine) -> None:
    remove(world, "BTCUSDT", Timeframe.D1, 3)
    scan(client, END - timedelta(days=3), timeframes=["1d", "4h"])
    answer = scan(client, END + timedelta(minutes=2))
    assert answer["waiting"] == []
    with world.connect() as connection:
        reasons = connection.scalars(text("SELECT DISTINCT reason FROM technical_state WHERE timeframe = '15m'")).all()
    assert reasons == ["no signal because BTCUSDT 1d is 3 candles late"]


def test_close_is_neutral_when_the_gate_was_never_seen(client: TestClient, world: Engine) -> None:
    remove(world, "BTCUSDT", Timeframe.D1, 1000)
    answer = scan(client, END + timedelta(minutes=2))
    assert {found["code"] for found in answer["failed"]} == {"gate_unknown"}
    with world.connect() as connection:
        reasons = connection.scalars(text("SELECT DISTINCT reason FROM technical_state WHERE timeframe = '1h'")).all()
    assert reasons == ["no signal because the daily state of BTCUSDT, the gate, is not known"]


def test_symbol_with_bad_data_fails_beside_those_that_pass(client: TestClient, world: Engine) -> None:
    with world.begin() as connection:
        connection.execute(text("UPDATE candle SET volume = 0 WHERE symbol = 'DDDUSDT' AND timeframe = '1h'"))
    answer = scan(client)
    assert [(found["symbol"], found["timeframe"], found["code"]) for found in answer["failed"]] == [
        ("DDDUSDT", "1h", "no_trades")
    ]
    assert answer["states"] == 5 * len(SYMBOLS)


def test_symbol_whose_higher_timeframe_is_bad_fails_beside_those_that_pass(client: TestClient, world: Engine) -> None:
    with world.begin() as connection:
        connection.execute(text("UPDATE candle SET volume = 0 WHERE symbol = 'DDDUSDT' AND timeframe = '1d'"))
    failed = {(found["symbol"], found["timeframe"], found["code"]) for found in scan(client)["failed"]}
    assert failed == {
        ("DDDUSDT", "1d", "no_trades"),
        ("DDDUSDT", "1h", "higher_unusable"),
        ("DDDUSDT", "15m", "higher_unusable"),
    }


@pytest.mark.parametrize("missed", [3, 23, 24, 130, 230], ids=lambda missed: f"{missed} closes")
def test_after_a_stop_every_missed_close_is_scanned(client: TestClient, world: Engine, missed: int) -> None:
    before = scan(client, END - missed * timedelta(minutes=15))["setups"]
    answer = scan(client)
    assert answer["closes"]["15m"] == missed
    assert all(done(world, "15m", END - back * timedelta(minutes=15)) == set(SYMBOLS) for back in range(missed))
    assert count(world, "setup") == len(before) + len(answer["setups"])
    with world.connect() as connection:
        waiting = connection.execute(text("SELECT timeframe, cardinality(symbols) FROM close_to_score")).all()
    assert Counter(waiting) == {("15m", 6): missed + 1, ("1h", 6): -(-missed // 4) + 1}
    assert marks(world)["15m"] == {"": END}
    assert scan(client)["states"] == 0


def test_failure_while_writing_leaves_nothing_behind(client: TestClient, world: Engine, database: str) -> None:
    with owner(database).begin() as connection:
        connection.execute(text("ALTER TABLE processed_close ADD CONSTRAINT broken CHECK (timeframe <> '15m')"))
    assert client.post("/technical/scan", json={"as_of": END.isoformat()}).status_code == 500
    assert count(world, "technical_state") == count(world, "setup") == count(world, "close_to_score") == 0
    with owner(database).begin() as connection:
        connection.execute(text("ALTER TABLE processed_close DROP CONSTRAINT broken"))
    assert scan(client)["states"] == 5 * len(SYMBOLS)


@pytest.mark.parametrize(
    "body",
    [
        {"as_of": "2024-03-05T00:00:00"},
        {"as_of": "yesterday"},
        {"timeframes": []},
        {"timeframes": ["3m"]},
    ],
    ids=["time without zone", "no time", "no timeframe", "unknown timeframe"],
)
def test_wrong_request_is_a_problem(client: TestClient, body: dict[str, Any]) -> None:
    answer = client.post("/technical/scan", json=body)
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_request"


def test_scan_before_any_candle_does_nothing(client: TestClient) -> None:
    answer = scan(client)
    assert answer["states"] == 0
    assert answer["late"] == []


def open_gap(engine: Engine, symbol: str, timeframe: Timeframe, first: datetime, last: datetime) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("""INSERT INTO gap (symbol, timeframe, first_open_time, last_open_time, reason, opened_at)
                    VALUES (:symbol, :timeframe, :first, :last, 'start', :at)"""),
            {"symbol": symbol, "timeframe": timeframe.value, "first": first, "last": last, "at": END},
        )


def test_symbol_with_an_open_gap_is_reported_and_waits_until_its_history_is_whole(client: TestClient, world: Engine) -> None:
    away = remove(world, "AAAUSDT", Timeframe.D1, 30, until=19)
    open_gap(world, "AAAUSDT", Timeframe.D1, END - timedelta(days=30), END - timedelta(days=20))
    first = scan(client, timeframes=["1d"])
    assert [(found["symbol"], found["timeframe"], found["code"]) for found in first["waiting"]] == [
        ("AAAUSDT", "1d", "history_incomplete")
    ]
    assert first["late"] == []
    assert done(world, "1d") == set(SYMBOLS) - {"AAAUSDT"}
    put_back(world, away[:-1])
    assert [found["symbol"] for found in scan(client, timeframes=["1d"])["waiting"]] == ["AAAUSDT"]
    put_back(world, away[-1:])  # the ledger's row is closed some time after its last candle has come
    second = scan(client, timeframes=["1d"])
    assert second["waiting"] == []
    assert done(world, "1d") == set(SYMBOLS)


def test_long_open_gap_blocks_only_closes_that_stand_on_what_lacks_of_it(client: TestClient, world: Engine) -> None:
    quarter = Timeframe.M15.span
    remove(world, "AAAUSDT", Timeframe.M15, 3, until=2)
    for symbol in ("AAAUSDT", "CCCUSDT"):
        open_gap(world, symbol, Timeframe.M15, END - 250 * quarter, END + 5 * quarter)
    scan(client, END - 4 * quarter, timeframes=["15m"])
    answer = scan(client, timeframes=["15m"])
    assert [(found["symbol"], found["code"]) for found in answer["waiting"]] == [("AAAUSDT", "history_incomplete")]
    assert ["AAAUSDT" in done(world, "15m", END - back * quarter) for back in (3, 1, 0)] == [True, False, False]
    assert all("CCCUSDT" in done(world, "15m", END - back * quarter) for back in range(4))
    assert marks(world)["15m"] == {"": END, "AAAUSDT": END - 3 * quarter}


def test_open_gap_before_the_scans_window_blocks_nothing(client: TestClient, world: Engine) -> None:
    open_gap(world, "AAAUSDT", Timeframe.M15, END - timedelta(days=30), END - (LONGEST + 1) * Timeframe.M15.span)
    answer = scan(client, timeframes=["15m"])
    assert answer["states"] == len(SYMBOLS)
    assert answer["waiting"] == answer["late"] == []


def watch(engine: Engine, *symbols: str) -> None:
    """Take a universe of these symbols."""
    with engine.begin() as connection:
        for rank, symbol in enumerate(symbols, 1):
            connection.execute(
                text("""INSERT INTO universe_day (day, symbol, turnover_rank, turnover_24h, tick_size, lot_size, kind,
                                                  special_treatment, taken_at)
                        VALUES (:day, :symbol, :rank, 1e6, 0.0001, 0.01, '', false, :at)"""),
                {"day": END.date() - timedelta(days=2), "symbol": symbol, "rank": rank, "at": END - timedelta(days=2)},
            )


def test_watched_symbol_that_fell_silent_long_ago_is_late(client: TestClient, world: Engine) -> None:
    watch(world, *SYMBOLS)
    remove(world, "CCCUSDT", Timeframe.M15, 30)
    remove(world, "DDDUSDT", Timeframe.M15, 1000)
    answer = scan(client, timeframes=["15m"])
    assert [(found["symbol"], found["code"], found["reason"]) for found in answer["late"]] == [
        ("CCCUSDT", "stale_input", "no signal because CCCUSDT 15m is 30 candles late"),
        ("DDDUSDT", "no_candles", "no signal because DDDUSDT 15m has no candles"),
    ]
    assert answer["states"] == len(SYMBOLS) - 2


def test_symbol_that_is_no_longer_watched_is_not_missed(client: TestClient, world: Engine) -> None:
    watch(world, *SYMBOLS[:3])
    remove(world, "EEEUSDT", Timeframe.M15, 5)
    assert scan(client, timeframes=["15m"])["late"] == []
