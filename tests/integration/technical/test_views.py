"""What is known about one coin over HTTP: its states, the gate, its signal, and any indicator."""

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.market.candles.timeframe import Timeframe
from functions.technical.engine.adhoc import known_indicators
from functions.technical.engine.analysis import analyse
from tests.integration.technical.test_scan import SYMBOLS, rising, scan
from tests.unit.technical.making import END, store_candles, store_symbols


@pytest.fixture
def world(engine: Engine) -> Engine:
    with engine.begin() as connection:
        store_symbols(connection, SYMBOLS)
        for timeframe in Timeframe:
            store_candles(connection, rising(timeframe))
    return engine


def get(client: TestClient, path: str, **parameters: Any) -> dict[str, Any]:
    answer = client.get(path, params={"as_of": END.isoformat(), **parameters})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_view_shows_every_timeframe_fresh_and_the_gate(client: TestClient, world: Engine) -> None:
    scan(client)
    found = get(client, "/technical/AAAUSDT")
    assert list(found["timeframes"]) == ["5m", "15m", "1h", "4h", "1d"]
    assert all(view["fresh"] and view["age_seconds"] == 0 for view in found["timeframes"].values())
    assert found["gate"] == 1
    assert found["gate_reason"]["text"] == "BTCUSDT's daily close is above EMA50 and EMA200"
    day = found["timeframes"]["1d"]
    assert day["reasons"][0]["code"] == "context_only"
    expected = analyse(rising(Timeframe.D1), 1).indicators.ema50[SYMBOLS.index("AAAUSDT"), 0]
    assert day["state"]["indicators"]["ema50"] == expected


def test_view_of_a_moment_later_says_how_late_each_state_is(client: TestClient, world: Engine) -> None:
    scan(client)
    found = get(client, "/technical/AAAUSDT", as_of=(END + timedelta(minutes=46)).isoformat())
    quarter = found["timeframes"]["15m"]
    assert (quarter["fresh"], quarter["direction"]) == (False, "NEUTRAL")
    assert quarter["reasons"][0]["text"] == "no signal because AAAUSDT 15m is 3 candles late"
    assert found["timeframes"]["1h"]["fresh"]


def test_view_of_an_earlier_moment_sees_nothing_later(client: TestClient, world: Engine) -> None:
    scan(client, END - timedelta(hours=1))
    scan(client)
    earlier = END - timedelta(minutes=31)
    found = get(client, "/technical/AAAUSDT", as_of=earlier.isoformat())
    assert found["timeframes"]["15m"]["close_time"] == (END - timedelta(minutes=45)).isoformat().replace("+00:00", "Z")


def test_view_says_when_the_gate_is_not_known(client: TestClient, world: Engine) -> None:
    with world.begin() as connection:
        connection.execute(text("DELETE FROM candle WHERE symbol = 'BTCUSDT' AND timeframe = '1d'"))
    scan(client, END + timedelta(minutes=2))
    found = get(client, "/technical/AAAUSDT", as_of=(END + timedelta(minutes=2)).isoformat())
    assert (found["gate"], found["gate_reason"]["code"]) == (None, "gate_unknown")


def test_view_of_a_late_gate_says_how_late_it_is_also_behind_a_malformed_candle(client: TestClient, world: Engine) -> None:
    scan(client, END - timedelta(days=1))
    with world.begin() as connection:
        connection.execute(
            text("UPDATE candle SET high = 0.001 WHERE symbol = 'BTCUSDT' AND timeframe = '1d' AND open_time = :newest"),
            {"newest": END - timedelta(days=1)},
        )
    later = END + timedelta(minutes=2)
    scan(client, later)
    found = get(client, "/technical/AAAUSDT", as_of=later.isoformat())
    assert found["gate"] is None
    assert found["gate_reason"]["text"] == "no signal because BTCUSDT 1d is 1 candle late"
    assert found["timeframes"]["15m"]["reasons"] == [found["gate_reason"]]


def test_unknown_symbol_is_not_found(client: TestClient) -> None:
    answer = client.get("/technical/NOPEUSDT")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_symbol")


@pytest.mark.parametrize("symbol", ["BTC.USDT", "A" * 31, "%00"])
def test_malformed_symbol_is_rejected(client: TestClient, symbol: str) -> None:
    assert client.get(f"/technical/{symbol}").status_code == 422


def test_any_indicator_at_the_newest_close(client: TestClient, world: Engine) -> None:
    found = get(client, "/indicators/AAAUSDT", timeframe="1h", names="supertrend, adx,RSI")
    assert set(found["indicators"]) == {"supertrend", "adx", "rsi"}
    assert found["fresh"]
    assert found["failed"] == {}
    ours = analyse(rising(Timeframe.H1), 1).indicators
    row = SYMBOLS.index("AAAUSDT")
    assert found["indicators"]["rsi"]["RSI_14"] == pytest.approx(ours.rsi[row, 0], rel=1e-4)
    assert found["indicators"]["adx"]["ADX_14"] == pytest.approx(ours.adx[row, 0], rel=1e-4)


def test_unknown_indicator_is_named(client: TestClient, world: Engine) -> None:
    answer = client.get("/indicators/AAAUSDT", params={"as_of": END.isoformat(), "names": "adx,nonsense"})
    assert answer.status_code == 422
    assert answer.json()["detail"] == "expected an indicator of pandas-ta, e.g. supertrend or adx, got 'nonsense'"


def test_indicators_of_late_candles_say_so(client: TestClient, world: Engine) -> None:
    found = get(client, "/indicators/AAAUSDT", timeframe="15m", names="adx", as_of=(END + timedelta(minutes=45)).isoformat())
    assert (found["fresh"], found["reason"]) == (False, "AAAUSDT 15m is 3 candles late")


def test_no_candles_is_not_found(client: TestClient) -> None:
    answer = client.get("/indicators/AAAUSDT", params={"names": "adx"})
    assert (answer.status_code, answer.json()["code"]) == (404, "no_candles")


# These want a second series or a choice that a symbol's candles do not make; docs/technical.md lists them.
NEED_MORE = {"beta", "correl", "long_run", "ma", "mavp", "short_run", "tsignals", "xsignals"}


@pytest.mark.slow
def test_every_known_indicator_has_a_value_but_those_that_need_more_than_candles(client: TestClient, world: Engine) -> None:
    names = known_indicators()
    failed, empty = set(), set()
    for first in range(0, len(names), 20):
        part = names[first : first + 20]
        found = get(client, "/indicators/AAAUSDT", timeframe="1h", names=",".join(part))
        assert set(found["indicators"]) | set(found["failed"]) == set(part)
        failed |= set(found["failed"])
        for name, values in found["indicators"].items():
            assert all(value is None or np.isfinite(value) for value in values.values())
            empty |= {name} if all(value is None for value in values.values()) else set()
    assert failed == NEED_MORE
    assert empty == set()


def test_centred_indicator_is_given_as_it_was_known(client: TestClient, world: Engine) -> None:
    close = pd.Series(rising(Timeframe.H1).close[SYMBOLS.index("AAAUSDT")])
    found = get(client, "/indicators/AAAUSDT", timeframe="1h", names="dpo")["indicators"]["dpo"]["DPO_20"]
    assert found == pytest.approx(close.iloc[-1] - close.rolling(20).mean().iloc[-1 - 11])
