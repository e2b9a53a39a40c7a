"""What each frame means."""

from typing import Any

import orjson
import pytest

from functions.collector.feed.parse import (
    Acknowledged,
    Forming,
    KlineFrame,
    Malformed,
    Other,
    Pong,
    TickerFrame,
    forming_candle,
    parse,
    ticker,
)
from functions.market.candles.timeframe import Timeframe
from tests.unit.collector import frames
from tests.unit.collector.frames import MINUTE, NOON


def test_closing_kline_is_one_closed_candle() -> None:
    message = parse(frames.kline(NOON))
    assert isinstance(message, KlineFrame)
    assert (message.symbol, message.timeframe) == ("BTCUSDT", Timeframe.M15)
    (closing,) = message.closed
    assert closing.open_time == NOON
    assert closing.values == (100.0, 102.25, 99.0, 101.5, 12.5, 1260.125)


@pytest.mark.parametrize("confirm", [False, None, "true", 1, "false"])
def test_only_the_exchanges_own_true_closes_a_candle(confirm: object) -> None:
    message = parse(frames.kline(NOON, confirm=confirm))
    assert isinstance(message, KlineFrame)
    assert message.closed == ()


def test_closed_and_open_candle_in_one_push_yield_the_closed_one() -> None:
    opened = {
        "start": NOON + 15 * MINUTE,
        "open": "1",
        "close": "1",
        "high": "1",
        "low": "1",
        "volume": "0",
        "turnover": "0",
        "confirm": False,
    }
    message = parse(frames.kline(NOON, also=[opened]))
    assert isinstance(message, KlineFrame)
    assert [closing.open_time for closing in message.closed] == [NOON]


@pytest.mark.parametrize("early", [1, 1_000, 60_000, 5 * MINUTE])
def test_a_candle_confirmed_before_its_end_is_malformed(early: int) -> None:
    end = NOON + 15 * MINUTE
    assert isinstance(parse(frames.kline(NOON, sent_ms=end - early)), Malformed)
    message = parse(frames.kline(NOON, sent_ms=end))
    assert isinstance(message, KlineFrame)
    assert [closing.sent_ms for closing in message.closed] == [end]


def test_a_candle_off_the_grid_is_malformed() -> None:
    assert isinstance(parse(frames.kline(NOON + MINUTE, sent_ms=NOON + 30 * MINUTE)), Malformed)


def test_ticker_keeps_the_exchanges_numbers() -> None:
    message = parse(frames.ticker())
    assert isinstance(message, TickerFrame)
    found = ticker(message)
    assert (found.price, found.turnover, found.change) == (65140.5, 191907024.69597728, 0.0015)
    assert found.exchange_time.isoformat() == "2024-03-05T12:00:00+00:00"
    assert found.bid is None


def test_spot_pong_calls_itself_ping() -> None:
    assert parse(b'{"success":true,"ret_msg":"pong","conn_id":"x","op":"ping"}') == Pong()
    assert parse(b'{"op":"pong","args":["1"]}') == Pong()


def test_refused_subscription_says_which_and_why() -> None:
    frame = b'{"success":false,"ret_msg":"args size >10","conn_id":"x","req_id":"subscribe-3","op":"subscribe"}'
    assert parse(frame) == Acknowledged("subscribe-3", False, "args size >10")


def test_topics_we_did_not_ask_for_are_told_apart_from_damage() -> None:
    assert parse(b'{"topic":"orderbook.200.BTCUSDT","data":{}}') == Other("orderbook.200.BTCUSDT")
    assert parse(frames.kline(NOON, interval="1", sent_ms=NOON + 2 * MINUTE)) == Other("kline.1.BTCUSDT")


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b'{"topic":5}',
        b'{"topic":"tickers.BTCUSDT"}',
        b'{"topic":"kline.15"}',
        b'{"topic":"kline.15.BTCUSDT","ts":1,"data":[{}]}',
        frames.kline(NOON, close="n/a"),
        frames.ticker()[:100],
        b"\xff\xfe",
        frames.ticker("BTC\x00USDT"),
        frames.ticker().replace(b'"BTCUSDT"', b"[]"),
        frames.ticker(sent_ms=10**20),
        frames.ticker(sent_ms=-5),
        frames.ticker().replace(str(NOON).encode(), b"null"),
        frames.ticker().replace(str(NOON).encode(), b"1e308"),
        frames.ticker("币安人生USDT"),
        frames.ticker().replace(b"tickers.BTCUSDT", b"tickers.ETHUSDT"),
        frames.kline(NOON, symbol="币安人生USDT"),
        frames.kline(NOON, sent_ms=10**20),
        frames.kline(-900_000, sent_ms=NOON),
        frames.kline(NOON).replace(b'"start":' + str(NOON).encode(), b'"start":' + b"9" * 18),
        frames.kline(NOON, close="1e999"),
    ],
)
def test_damage_never_raises(frame: bytes) -> None:
    assert isinstance(parse(frame), Malformed)


def test_field_order_does_not_matter() -> None:
    message = orjson.loads(frames.kline(NOON))
    turned = orjson.dumps(dict(reversed(message.items())))
    assert parse(turned) == parse(frames.kline(NOON))


def test_open_candle_of_5m_is_told_with_its_range() -> None:
    data: dict[str, Any] = {"start": NOON, "open": "100", "high": "102", "low": "99", "close": "101", "confirm": False}
    pushed = {"topic": "kline.5.BTCUSDT", "ts": NOON + MINUTE, "type": "snapshot", "data": [data]}
    message = parse(orjson.dumps(pushed))
    assert isinstance(message, KlineFrame)
    assert message.forming is not None
    candle = forming_candle("BTCUSDT", message.forming)
    assert candle is not None
    assert (candle.open, candle.high, candle.low, candle.close) == (100.0, 102.0, 99.0, 101.0)
    assert (candle.exchange_time - candle.open_time).total_seconds() == 60
    assert forming_candle("BTCUSDT", Forming(NOON + 5 * MINUTE, data)) is None  # its close says more
    with pytest.raises(ValueError, match="between"):
        forming_candle("BTCUSDT", Forming(NOON + MINUTE, {**data, "high": "100.5"}))
