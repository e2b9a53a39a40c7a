"""What is missed, comes late or is corrected is scanned: after any time away, whatever the clock says, and nothing twice."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.market.candles.timeframe import Timeframe
from functions.technical.engine.quality import Problem
from functions.technical.run import scan as scanner
from tests.integration.technical.test_scan import (
    SYMBOLS,
    count,
    done,
    marks,
    open_gap,
    owner,
    put_back,
    remove,
    rising,
    scan,
    watch,
)
from tests.unit.technical.making import END, store_candles, store_symbols

QUARTER = timedelta(minutes=15)


@pytest.fixture
def world(engine: Engine) -> Engine:
    """A rising market: everything up to END, on every timeframe."""
    with engine.begin() as connection:
        store_symbols(connection, SYMBOLS)
        for timeframe in Timeframe:
            store_candles(connection, rising(timeframe))
    return engine


def column(engine: Engine, name: str, **key: Any) -> Any:
    about = {"symbol": "BTCUSDT", "timeframe": "1d", "close": END, **key}
    with engine.connect() as connection:
        query = f"SELECT {name} FROM technical_state WHERE symbol = :symbol AND timeframe = :timeframe AND close_time = :close"
        return connection.scalar(text(query), about)


def correct(engine: Engine, symbol: str, timeframe: str, opened: datetime, factor: float) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE candle SET open = open * :factor, high = high * :factor, low = low * :factor, close = close * :factor"
                " WHERE symbol = :symbol AND timeframe = :timeframe AND open_time = :opened"
            ),
            {"symbol": symbol, "timeframe": timeframe, "opened": opened, "factor": factor},
        )


def test_more_missed_closes_than_one_scan_takes_are_left_to_the_next(
    client: TestClient, world: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanner, "STATES_A_SCAN", 600)
    scan(client, END - 230 * QUARTER)
    first = scan(client)
    assert first["closes"]["15m"] < 230
    assert done(world, "15m") == set(SYMBOLS)  # the newest is among the first
    while scan(client)["states"]:
        pass
    assert all(done(world, "15m", END - back * QUARTER) == set(SYMBOLS) for back in range(230))
    assert marks(world) == {timeframe.value: {"": END} for timeframe in Timeframe}


def test_missed_closes_say_what_a_scan_in_time_would_have_said(client: TestClient, world: Engine, database: str) -> None:
    begin = END - 40 * QUARTER
    said = "SELECT symbol, close_time, reason, trend, failed, state::text FROM technical_state WHERE timeframe = '15m'"
    for back in range(40, -1, -1):
        scan(client, END - back * QUARTER)
    with owner(database).begin() as connection:
        in_time = set(map(tuple, connection.execute(text(said))))
        connection.execute(text("TRUNCATE technical_state, processed_close"))
    scan(client, begin)
    scan(client)
    with world.connect() as connection:
        assert set(map(tuple, connection.execute(text(said)))) == in_time


def test_symbol_whose_missed_candles_load_later_than_those_of_others_is_scanned_from_its_own_close_on(
    client: TestClient, world: Engine
) -> None:
    watch(world, *SYMBOLS)
    scan(client, END - 60 * QUARTER)
    away = remove(world, "CCCUSDT", Timeframe.M15, 60)
    open_gap(world, "CCCUSDT", Timeframe.M15, END - 60 * QUARTER, END - QUARTER)
    scan(client)
    assert marks(world)["15m"] == {"": END, "CCCUSDT": END - 60 * QUARTER}
    assert scan(client)["states"] == 0
    put_back(world, away)
    with world.begin() as connection:
        connection.execute(text("UPDATE gap SET closed_at = :at, resolution = 'filled'"), {"at": END})
    answer = scan(client, END + timedelta(minutes=1))
    assert answer["closes"]["15m"] == 60
    assert all("CCCUSDT" in done(world, "15m", END - back * QUARTER) for back in range(60))
    assert marks(world)["15m"] == {"": END}
    assert {setup["symbol"] for setup in answer["setups"]} == {"CCCUSDT"}


def test_coin_new_to_the_watched_ones_is_scanned_at_the_closes_before_as_well(client: TestClient, world: Engine) -> None:
    away = {timeframe: remove(world, "AAAUSDT", timeframe, 1000) for timeframe in Timeframe}
    for back in range(30, -1, -1):
        scan(client, END - back * QUARTER)
    for rows in away.values():
        put_back(world, rows)
    answer = scan(client, END + timedelta(seconds=20))
    assert answer["states"] >= 24
    assert {setup["symbol"] for setup in answer["setups"]} == {"AAAUSDT"}
    assert scan(client, END + timedelta(seconds=40))["states"] == 0


def test_corrected_daily_candle_moves_the_gate_at_the_next_scan(client: TestClient, world: Engine) -> None:
    scan(client, END - QUARTER)
    scan(client)
    assert column(world, "regime") == 1
    before = count(world, "setup")
    correct(world, "BTCUSDT", "1d", END - timedelta(days=1), 0.05**0.5)
    answer = scan(client, END + timedelta(minutes=5))
    assert (answer["closes"]["1d"], answer["states"]) == (1, 1)
    assert column(world, "regime") == -1
    assert count(world, "setup") == before  # what was found stays as history
    assert scan(client, END + timedelta(minutes=6))["states"] == 0


def test_corrected_candle_makes_anew_every_later_state_that_stands_on_it(client: TestClient, world: Engine) -> None:
    for back in range(4, -1, -1):
        scan(client, END - back * QUARTER, timeframes=["15m"])
    closes = [END - back * QUARTER for back in range(5)]
    before = {close: column(world, "ema50", timeframe="15m", symbol="AAAUSDT", close=close) for close in closes}
    correct(world, "AAAUSDT", "15m", END - 3 * QUARTER, 1.01)  # the candle that closes two quarters before END
    assert scan(client, timeframes=["15m"])["states"] == 3
    after = {close: column(world, "ema50", timeframe="15m", symbol="AAAUSDT", close=close) for close in closes}
    assert [close for close in closes if after[close] != before[close]] == closes[:3]


def test_correction_waits_with_its_state_while_the_history_has_a_hole(client: TestClient, world: Engine) -> None:
    scan(client, timeframes=["1d"])
    correct(world, "BTCUSDT", "1d", END - timedelta(days=1), 0.05**0.5)
    away = remove(world, "BTCUSDT", Timeframe.D1, 30, until=28)
    open_gap(world, "BTCUSDT", Timeframe.D1, END - timedelta(days=30), END - timedelta(days=29))
    assert scan(client, timeframes=["1d"])["states"] == 0
    put_back(world, away)
    assert scan(client, timeframes=["1d"])["states"] == 1
    assert column(world, "regime") == -1


@pytest.mark.parametrize("step", [timedelta(hours=3), -timedelta(hours=3)], ids=["three hours ahead", "three hours back"])
def test_clock_that_steps_loses_no_close_and_scans_none_twice(client: TestClient, world: Engine, step: timedelta) -> None:
    scan(client, END - 2 * QUARTER)
    scan(client, END - QUARTER + step)
    for late in range(3):
        scan(client, END + timedelta(seconds=20 * late))
    assert all(done(world, "15m", END - back * QUARTER) == set(SYMBOLS) for back in range(3))
    assert marks(world)["15m"] == {"": END}


def test_announced_close_is_scanned_although_the_clock_is_behind_it(client: TestClient, world: Engine) -> None:
    scan(client, END - timedelta(minutes=5))
    slow = END - timedelta(seconds=2)
    assert scan(client, slow)["states"] == 0
    answer = scan(client, slow, close_time=END)
    assert datetime.fromisoformat(answer["as_of"]) == END
    assert answer["closes"]["15m"] == 1
    assert done(world, "15m") == set(SYMBOLS)


@pytest.mark.parametrize("behind", [timedelta(seconds=301), timedelta(hours=6), timedelta(days=365)])
def test_announced_close_far_ahead_of_the_clock_is_refused_and_scans_nothing(
    client: TestClient, world: Engine, behind: timedelta
) -> None:
    as_of = {"as_of": (END - behind).isoformat()}
    answer = client.post("/technical/scan", json=as_of, params={"close_time": END.isoformat()})
    assert (answer.status_code, answer.json()["code"]) == (422, "close_ahead")
    assert "clock" in answer.json()["detail"]
    assert (count(world, "technical_state"), marks(world)) == (0, {})


def test_announced_close_five_minutes_ahead_of_the_clock_is_scanned(client: TestClient, world: Engine) -> None:
    assert datetime.fromisoformat(scan(client, END - timedelta(minutes=5), close_time=END)["as_of"]) == END


@pytest.mark.parametrize("seconds", [-2, 2])
def test_clock_two_seconds_off_changes_nothing_but_ages(client: TestClient, world: Engine, seconds: int) -> None:
    scan(client, END - QUARTER)
    answer = scan(client, END + timedelta(seconds=seconds), close_time=END)
    assert (answer["late"], answer["waiting"], answer["failed"]) == ([], [], [])


def test_swapped_coin_gives_no_signal_and_says_why(client: TestClient, world: Engine) -> None:
    with world.begin() as connection:
        connection.execute(
            text(
                "UPDATE candle SET open = open * 1000, high = high * 1000, low = low * 1000, close = close * 1000"
                " WHERE symbol = 'AAAUSDT' AND open_time >= :since"
            ),
            {"since": END - timedelta(hours=4)},
        )
    failed = {found["timeframe"]: found for found in scan(client)["failed"] if found["symbol"] == "AAAUSDT"}
    assert {found["code"] for found in failed.values()} == {"since_step"}
    assert set(failed) == {"4h", "1h", "15m", "5m"}
    assert column(world, "problem", symbol="AAAUSDT", timeframe="1h") == Problem.SINCE_STEP


def test_mark_stays_one_row_a_timeframe_however_many_closes_pass(client: TestClient, world: Engine) -> None:
    for back in range(8, -1, -1):
        scan(client, END - back * QUARTER)
    assert count(world, "processed_close") == len(Timeframe)


def test_setup_keeps_what_it_was_made_of_and_other_states_are_narrow(client: TestClient, world: Engine) -> None:
    scan(client, END - 40 * QUARTER)
    scan(client)
    with world.connect() as connection:
        rows = connection.execute(
            text("SELECT direction, code, failed, state FROM technical_state WHERE timeframe IN ('15m', '1h')")
        ).all()
        context = connection.scalar(text("SELECT count(state) FROM technical_state WHERE timeframe NOT IN ('15m', '1h')"))
    setups = [row for row in rows if row.state is not None]
    assert 0 < len(setups) < len(rows)
    assert context == 0
    assert all(any(row.state["entries"].values()) and row.state["indicators"]["rsi"] for row in setups)
    assert all((row.failed == 0) == (row.direction != "NEUTRAL") for row in setups if row.code != "risk_reward_too_low")
    assert all(row.code != "no_entry" or row.failed for row in rows)
