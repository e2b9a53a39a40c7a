import contextlib
from typing import Any

import orjson
import pytest

from tests.sim import BybitSim, ManualClock, make_market
from tests.sim.bybit.local import LocalStream
from tests.sim.bybit.messages import kline_row
from tests.sim.market.candles import TIMEFRAMES

TOPICS = [f"kline.{interval}.{symbol}" for interval in ("5", "60") for symbol in ("BTCUSDT", "ETHUSDT")]


def exchange(seed: int = 5) -> BybitSim:
    return BybitSim(market=make_market(symbols=2, seed=5, others=False), seed=seed, clock=ManualClock("2024-03-05T00:00:00Z"))


def listen(sim: BybitSim, hours: int) -> list[bytes]:
    """Walk through hours of market time and return every message; come back each hour after a disconnect."""
    messages: list[bytes] = []
    stream: LocalStream | None = None
    for _ in range(hours):
        if stream is None or not stream.open:
            with contextlib.suppress(ConnectionRefusedError):
                stream = sim.local(messages.append)
                stream.request("subscribe", TOPICS)
        sim.walk(3600, step=600)
    return messages


def parsed(messages: list[bytes]) -> list[dict[str, Any]]:
    return [orjson.loads(message) for message in messages]


def test_a_week_of_closing_candles_equals_the_series() -> None:
    sim = exchange()
    begin = sim.clock.now_ms()
    messages = listen(sim, 7 * 24)
    sim.walk(2)
    frame, spec = TIMEFRAMES["5"], sim.market.spec("ETHUSDT")
    got = {
        candle["start"]: [
            str(candle["start"]),
            *(candle[field] for field in ("open", "high", "low", "close", "volume", "turnover")),
        ]
        for push in parsed(messages)
        if push.get("topic") == "kline.5.ETHUSDT"
        for candle in push["data"]
        if candle["confirm"]
    }
    first, series = sim.market.candles("ETHUSDT", frame, begin, sim.clock.now_ms() - frame.length, sim.clock.now_ms())
    assert list(got.values()) == [kline_row(spec, first + i * frame.length, candle) for i, candle in enumerate(series.T.tolist())]


def test_a_bad_day_is_bad_and_the_same_for_the_same_seed() -> None:
    def bad_day(seed: int) -> list[bytes]:
        sim = exchange(seed)
        sim.fault("chaos", level=3, disconnect_every=7200)
        return [message for message in listen(sim, 24) if b"conn_id" not in message]

    first = bad_day(1)
    assert first == bad_day(1)
    assert first != bad_day(2)
    broken = [message for message in first if not is_json(message)]
    assert broken
    assert len(set(first)) < len(first)


def is_json(message: bytes) -> bool:
    try:
        orjson.loads(message)
    except orjson.JSONDecodeError:
        return False
    return True


def test_half_a_frame_ends_the_stream() -> None:
    sim = exchange()
    closed: list[bool] = []
    messages: list[bytes] = []
    stream = sim.local(messages.append, lambda: closed.append(True))
    stream.request("subscribe", TOPICS)
    sim.fault("ws_cut", count=1)
    sim.walk(400)
    assert closed == [True]
    assert not stream.open
    assert [message for message in messages if b"topic" in message] == []
    assert sim.sessions.all == {}


def test_refusing_lasts_for_market_time() -> None:
    sim = exchange()
    sim.fault("ws_disconnect", refuse=120)
    with pytest.raises(ConnectionRefusedError):
        sim.local(lambda message: None)
    sim.walk(121)
    assert isinstance(sim.local(lambda message: None), LocalStream)


def test_rest_answers_without_a_socket() -> None:
    sim = exchange()
    answer = orjson.loads(sim.get("/v5/market/kline", category="spot", symbol="BTCUSDT", interval="D", limit=1000).body)
    assert len(answer["result"]["list"]) == 1000
