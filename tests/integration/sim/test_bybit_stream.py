import time

import httpx
import numpy as np
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.integration.sim.client import StreamClient
from tests.sim import AffineClock, BybitSim, ManualClock, Pace, make_market
from tests.sim.bybit.messages import kline_row
from tests.sim.market.candles import TIMEFRAMES

FIVE = "kline.5.BTCUSDT"


async def test_subscribing_is_acknowledged(stream: StreamClient) -> None:
    reply = await stream.request("subscribe", ["tickers.BTCUSDT", FIVE], req_id="a1")
    assert reply == {"success": True, "ret_msg": "subscribe", "conn_id": reply["conn_id"], "req_id": "a1", "op": "subscribe"}
    assert list(reply) == ["success", "ret_msg", "conn_id", "req_id", "op"]
    assert "req_id" not in await stream.request("subscribe", ["tickers.ETHUSDT"])


async def test_a_pong_says_ping(stream: StreamClient) -> None:
    reply = await stream.request("ping", req_id="7")
    assert (reply["ret_msg"], reply["op"], reply["req_id"]) == ("pong", "ping", "7")


async def test_more_than_ten_topics_are_refused_whole(bybit: BybitSim, stream: StreamClient) -> None:
    topics = [f"kline.{interval}.{symbol}" for interval in ("5", "15", "60") for symbol in bybit.market.symbols[:4]]
    reply = await stream.request("subscribe", topics[:11])
    assert (reply["success"], reply["ret_msg"]) == (False, "args size >10")
    assert (await stream.request("subscribe", topics[:10]))["success"]


@pytest.mark.parametrize("topic", ["kline.7.BTCUSDT", "tickers.NOPEUSDT", "nothing", "kline.5.", "tickers.5.BTCUSDT"])
async def test_a_bad_topic_fails_its_request(stream: StreamClient, topic: str) -> None:
    reply = await stream.request("subscribe", ["tickers.BTCUSDT", topic])
    assert reply["success"] is False
    assert topic in reply["ret_msg"]


async def test_text_that_is_not_a_request_is_refused(stream: StreamClient) -> None:
    assert (await stream.request("dance"))["success"] is False
    assert (await stream.request("subscribe"))["success"] is False


async def test_a_connection_takes_21000_characters_of_topics() -> None:
    async with (
        BybitSim(symbols=400, clock=AffineClock.starting("2024-03-05T12:01:00Z")) as sim,
        StreamClient(sim.ws_url) as client,
    ):
        names = sim.market.symbols[:400]
        topics = [f"kline.{interval}.{name}" for interval in ("5", "15", "60", "240") for name in names]
        answers = [await client.request("subscribe", topics[first : first + 10]) for first in range(0, len(topics), 10)]
    accepted = sum(answer["success"] for answer in answers)
    assert 120 < accepted < 160
    assert answers[-1]["ret_msg"] == "args length exceeds 21000"


async def test_tickers_are_snapshots_without_bid_and_ask(bybit: BybitSim, stream: StreamClient) -> None:
    await stream.request("subscribe", ["tickers.BTCUSDT"])
    await bybit.advance(2)
    await stream.until(lambda: bool(stream.pushes("tickers.BTCUSDT")))
    push = stream.pushes("tickers.BTCUSDT")[0]
    assert push["type"] == "snapshot"
    assert set(push["data"]) == {
        "symbol", "lastPrice", "highPrice24h", "lowPrice24h", "prevPrice24h", "volume24h", "turnover24h", "price24hPcnt",
        "usdIndexPrice",
    }  # fmt: skip
    assert all(isinstance(value, str) for value in push["data"].values())


async def test_the_ticker_is_the_close_of_the_open_candle(bybit: BybitSim, stream: StreamClient) -> None:
    await stream.request("subscribe", ["tickers.BTCUSDT", FIVE])
    await bybit.advance(2)
    await stream.until(lambda: bool(stream.pushes("tickers.BTCUSDT") and stream.pushes(FIVE)))
    assert stream.pushes("tickers.BTCUSDT")[-1]["data"]["lastPrice"] == stream.pushes(FIVE)[-1]["data"][0]["close"]


async def test_a_closing_candle_comes_late_confirmed_and_equals_rest(bybit: BybitSim, stream: StreamClient) -> None:
    await stream.request("subscribe", [FIVE, "kline.15.ETHUSDT"])
    await bybit.advance(30)
    await stream.until(lambda: bool(stream.candles(FIVE, confirm=False)))
    assert stream.candles(FIVE, confirm=True) == []
    await bybit.advance(60)
    await stream.until(lambda: bool(stream.candles(FIVE, confirm=True) and stream.candles("kline.15.ETHUSDT", confirm=True)))
    candle = stream.candles(FIVE, confirm=True)[0]
    assert 300 <= candle["timestamp"] - candle["end"] <= 901
    async with httpx.AsyncClient() as http:
        query = {"category": "spot", "symbol": "BTCUSDT", "interval": "5", "start": candle["start"], "limit": 1}
        row = (await http.get(f"{bybit.rest_url}/v5/market/kline", params=query)).json()["result"]["list"][0]
    fields = ("open", "high", "low", "close", "volume", "turnover")
    assert [str(candle["start"]), *(candle[field] for field in fields)] == row
    close = bybit.closes[0]
    assert {(close.symbol, close.interval, close.start) for close in bybit.closes} >= {("BTCUSDT", "5", candle["start"])}
    assert abs(close.wall - time.time()) < 60


async def test_every_bar_of_a_day_is_confirmed_once_and_exactly(bybit: BybitSim, stream: StreamClient) -> None:
    intervals = ["5", "15", "60", "240", "D"]
    await stream.request("subscribe", [f"kline.{interval}.ETHUSDT" for interval in intervals])
    begin = bybit.clock.now_ms()
    await bybit.advance(86_400)
    for interval in intervals:
        frame, topic = TIMEFRAMES[interval], f"kline.{interval}.ETHUSDT"
        expected = 86_400_000 // frame.length
        await stream.until(lambda topic=topic, expected=expected: len(stream.candles(topic, confirm=True)) >= expected)  # type: ignore[misc]
        got = stream.candles(topic, confirm=True)
        first, series = bybit.market.candles("ETHUSDT", frame, begin, bybit.clock.now_ms() - frame.length, bybit.clock.now_ms())
        spec = bybit.market.spec("ETHUSDT")
        rows = [kline_row(spec, first + i * frame.length, candle) for i, candle in enumerate(series.T.tolist())]
        fields = ("open", "high", "low", "close", "volume", "turnover")
        assert [[str(candle["start"]), *(candle[field] for field in fields)] for candle in got] == rows


async def test_field_order_varies_and_some_confirms_bring_the_new_bar(bybit: BybitSim, stream: StreamClient) -> None:
    await stream.request("subscribe", [FIVE])
    await bybit.advance(86_400)
    await stream.until(lambda: len(stream.candles(FIVE, confirm=True)) >= 288)
    assert {next(iter(push)) for push in stream.pushes(FIVE)} == {"type", "topic"}
    assert {len(push["data"]) for push in stream.pushes(FIVE)} == {1, 2}


async def test_a_bar_without_a_trade_is_not_pushed(bybit: BybitSim, stream: StreamClient) -> None:
    topic, frame = "kline.5.XRPUSDT", TIMEFRAMES["5"]
    await stream.request("subscribe", [topic, FIVE])
    begin = bybit.clock.now_ms()
    await bybit.advance(86_400)
    await stream.until(lambda: len(stream.candles(FIVE, confirm=True)) >= 288)
    first, series = bybit.market.candles("XRPUSDT", frame, begin, bybit.clock.now_ms() - frame.length, bybit.clock.now_ms())
    traded = first + np.flatnonzero(series[4]) * frame.length
    assert 0 < traded.size < 288
    assert [candle["start"] for candle in stream.candles(topic, confirm=True)] == traded.tolist()


async def test_unsubscribing_ends_pushes(bybit: BybitSim, stream: StreamClient) -> None:
    await stream.request("subscribe", ["tickers.BTCUSDT", "tickers.ETHUSDT"])
    await stream.request("unsubscribe", ["tickers.BTCUSDT"])
    await bybit.advance(5)
    await stream.until(lambda: bool(stream.pushes("tickers.ETHUSDT")))
    assert stream.pushes("tickers.BTCUSDT") == []


async def close_with(bybit: BybitSim, stream: StreamClient, kind: str, **options: object) -> None:
    """Subscribe, put a fault in force for one message, and let a candle close."""
    await stream.request("subscribe", [FIVE, "kline.5.ETHUSDT"])
    bybit.fault(kind, match=FIVE, **{"count": 1, **options})
    await bybit.advance(62)
    await stream.until(lambda: bool(stream.candles("kline.5.ETHUSDT", confirm=True)))


async def test_lost_confirm(bybit: BybitSim, stream: StreamClient) -> None:
    await close_with(bybit, stream, "ws_lose_confirm")
    await bybit.advance(10)
    await stream.until(lambda: len(stream.candles(FIVE, confirm=False)) > 2)
    assert stream.candles(FIVE, confirm=True) == []


async def test_dropped_and_frozen(bybit: BybitSim, stream: StreamClient) -> None:
    await close_with(bybit, stream, "ws_freeze", count=None)
    assert stream.pushes(FIVE) == []
    bybit.faults.clear("ws_freeze")
    bybit.fault("ws_drop", match="kline.5.ETHUSDT")
    await bybit.advance(300)
    await stream.until(lambda: bool(stream.candles(FIVE, confirm=True)))


async def test_duplicates(bybit: BybitSim, stream: StreamClient) -> None:
    await close_with(bybit, stream, "ws_duplicate", count=None)
    await stream.until(lambda: len(stream.candles(FIVE, confirm=True)) == 2)
    one, two = stream.candles(FIVE, confirm=True)
    assert one == two


async def test_reordering(bybit: BybitSim, stream: StreamClient) -> None:
    await stream.request("subscribe", [FIVE])
    bybit.fault("ws_reorder", count=1)
    await bybit.advance(70)
    await stream.until(lambda: len(stream.candles(FIVE, confirm=True)) == 1)
    starts = [push["data"][0]["start"] for push in stream.pushes(FIVE)]
    assert starts[0] > starts[1]


async def test_delay(bybit: BybitSim, stream: StreamClient) -> None:
    await close_with(bybit, stream, "ws_delay", count=None, delay=20.0)
    assert stream.candles(FIVE, confirm=True) == []
    await bybit.advance(30)
    await stream.until(lambda: bool(stream.candles(FIVE, confirm=True)))


@pytest.mark.parametrize("kind", ["ws_truncate", "ws_garbage"])
async def test_malformed_frames(bybit: BybitSim, stream: StreamClient, kind: str) -> None:
    await close_with(bybit, stream, kind)
    await stream.until(lambda: any("broken" in message for message in stream.received))


async def test_mute_stops_pongs_too(bybit: BybitSim, stream: StreamClient) -> None:
    bybit.fault("ws_mute", count=1)
    await stream.send({"op": "ping", "req_id": "lost"})
    reply = await stream.request("ping", req_id="heard")
    assert reply["req_id"] == "heard"


async def test_disconnect_and_refusal(bybit: BybitSim, stream: StreamClient) -> None:
    bybit.fault("ws_disconnect", refuse=60)
    await stream.until(lambda: stream.closed)
    with pytest.raises(InvalidStatus):
        await connect(bybit.ws_url)
    bybit.reset()
    bybit.fault("ws_refuse", count=1)
    with pytest.raises(InvalidStatus):
        await connect(bybit.ws_url)
    async with StreamClient(bybit.ws_url) as again:
        assert (await again.request("ping"))["success"]


async def test_disconnects_at_random_repeat_with_the_seed() -> None:
    async def cuts() -> list[int]:
        market = make_market(symbols=1, seed=5)
        async with BybitSim(market=market, seed=4, clock=ManualClock("2024-03-05T11:59:00Z")) as sim:
            sim.fault("ws_disconnect", every=3600)
            moments = []
            for _ in range(24 * 12):
                before = len(sim.journal.entries("cut"))
                await sim.advance(300)
                if len(sim.journal.entries("cut")) > before:
                    moments.append(sim.clock.now_ms())
            return moments

    first = await cuts()
    assert 8 < len(first) < 50
    assert first == await cuts()


async def test_a_delisted_symbol_falls_silent(bybit: BybitSim, stream: StreamClient) -> None:
    await stream.request("subscribe", [FIVE, "kline.5.ETHUSDT"])
    bybit.fault("delist", symbol="BTCUSDT")
    await bybit.advance(70)
    await stream.until(lambda: bool(stream.candles("kline.5.ETHUSDT", confirm=True)))
    assert stream.pushes(FIVE) == []
    assert (await stream.request("subscribe", ["tickers.BTCUSDT"]))["success"] is False


async def test_a_listed_symbol_streams(bybit: BybitSim, stream: StreamClient) -> None:
    bybit.fault("list", symbol="NEWUSDT", price=0.5)
    await stream.request("subscribe", ["kline.5.NEWUSDT", "tickers.NEWUSDT"])
    await bybit.advance(70)
    await stream.until(lambda: bool(stream.candles("kline.5.NEWUSDT", confirm=True) and stream.pushes("tickers.NEWUSDT")))


async def test_an_affine_clock_pushes_by_itself() -> None:
    market, pace = make_market(symbols=2), Pace(confirm_delay=(0.05, 0.1))
    clock = AffineClock.starting("2024-03-05T11:59:40Z", speed=20)
    async with BybitSim(market=market, clock=clock, pace=pace) as sim, StreamClient(sim.ws_url) as client:
        await client.request("subscribe", ["tickers.BTCUSDT", FIVE])
        await client.until(lambda: bool(client.candles(FIVE, confirm=True) and client.pushes("tickers.BTCUSDT")))
        candle = client.candles(FIVE, confirm=True)[0]
        sent = next(close for close in sim.closes if close.start == candle["start"])
        assert sent.wall >= clock.wall_at(candle["end"]) + 0.04


async def test_the_firehose_pours_subscribed_tickers_and_counts_them(bybit: BybitSim, stream: StreamClient) -> None:
    await stream.request("subscribe", ["tickers.BTCUSDT", "tickers.ETHUSDT"])
    bybit.fault("firehose", rate=0)
    await stream.until(lambda: len(stream.received) > 20_000)
    bybit.fault("firehose", rate=-1)
    sent = bybit.firehose.sent
    await stream.until(lambda: len(stream.received) == sent + 1)
    assert {message["topic"] for message in stream.received[1:]} == {"tickers.BTCUSDT", "tickers.ETHUSDT"}


async def test_only_the_public_spot_path_is_a_websocket(bybit: BybitSim) -> None:
    with pytest.raises(InvalidStatus):
        await connect(bybit.ws_url.replace("spot", "linear"))


async def test_a_client_that_closes_is_forgotten(bybit: BybitSim) -> None:
    async with StreamClient(bybit.ws_url) as client:
        await client.request("subscribe", ["tickers.BTCUSDT"])
    await bybit.journal.until(lambda: not bybit.sessions.all)
    assert bybit.sessions.tickers["BTCUSDT"] == set()


async def test_half_a_frame_then_the_connection_is_gone(bybit: BybitSim, stream: StreamClient) -> None:
    await stream.request("subscribe", [FIVE])
    bybit.fault("ws_cut", count=1)
    await bybit.advance(70)
    await stream.until(lambda: stream.closed)
    assert stream.pushes(FIVE) == []


async def test_midnight_after_a_delisting_goes_on_for_the_others() -> None:
    clock = AffineClock.starting("2024-03-05T22:58:00Z", speed=900)
    async with BybitSim(symbols=60, clock=clock) as sim, StreamClient(sim.ws_url) as client:
        gone = sim.market.symbols[-1]
        await client.request("subscribe", ["kline.60.BTCUSDT"])
        sim.fault("delist", symbol=gone)
        await client.until(lambda: len(client.candles("kline.60.BTCUSDT", confirm=True)) == 2)
