"""Parse a websocket frame; pure, and fast enough for the whole market on one core.

Bybit's frames: `tickers` and `kline` pushes, acknowledgements of subscriptions, and pongs that on spot call themselves `ping`.
Numbers stay the texts they came as until they are stored: of 20 tickers a second only the last is.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from functions.market.candles.forming import FormingCandle
from functions.market.candles.timeframe import Timeframe
from functions.market.universe import Ticker
from functions.market.wire import moment_of, name_of, number_of

BY_INTERVAL = {timeframe.bybit: timeframe for timeframe in Timeframe}
Row = tuple[float, float, float, float, float, float]  # open, high, low, close, volume, turnover


class TickerFrame(NamedTuple):
    """A ticker as it came; `sent_ms` is the exchange's time in ms."""

    symbol: str
    sent_ms: int
    data: Mapping[str, str]


class Closing(NamedTuple):
    """The final values of one candle, and when the exchange sent them (ms)."""

    open_time: int
    sent_ms: int
    values: Row


class Forming(NamedTuple):
    """The open candle as it came: numbers stay texts, since of many pushes a second only the last is stored."""

    sent_ms: int
    data: Mapping[str, str]


class KlineFrame(NamedTuple):
    """The closed candles of a kline push, and of 5m the open one; a push about the open candle alone has no closed one."""

    symbol: str
    timeframe: Timeframe
    sent_ms: int
    closed: tuple[Closing, ...]
    forming: Forming | None = None


class Acknowledged(NamedTuple):
    """An answer to a subscription."""

    request: str
    success: bool
    message: str


class Pong(NamedTuple):
    """An answer to a ping."""


class Other(NamedTuple):
    """A push of a topic that we did not ask for."""

    topic: str


class Malformed(NamedTuple):
    """A frame that is not as the exchange documents it: cut off, damaged, or with a value that is no number."""

    reason: str


Message = TickerFrame | KlineFrame | Acknowledged | Pong | Other | Malformed


def parse(frame: bytes | bytearray | memoryview) -> Message:
    """Return what a text frame means; never raises for anything a peer can send."""
    try:
        message = orjson.loads(frame)
        topic = message.get("topic")
        if topic is None:
            return _answer(message)
        if topic.startswith("tickers."):
            return _ticker_frame(topic, message)
        if topic.startswith("kline."):
            return _kline(topic, message)
        return Other(topic)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return Malformed(f"{type(error).__name__}: {error}"[:200])


def ticker(frame: TickerFrame) -> Ticker:
    """Return a ticker in numbers.

    Raises:
        KeyError: a field is missing.
        ValueError: a number is none, or an impossible one.
    """
    data = frame.data
    return Ticker(
        symbol=frame.symbol,
        price=number_of(data["lastPrice"]),
        high=number_of(data["highPrice24h"]),
        low=number_of(data["lowPrice24h"]),
        volume=number_of(data["volume24h"]),
        turnover=number_of(data["turnover24h"]),
        change=number_of(data["price24hPcnt"]),
        exchange_time=datetime.fromtimestamp(frame.sent_ms / 1000, UTC),
    )


def forming_candle(symbol: str, frame: Forming) -> FormingCandle | None:
    """Return an open candle in numbers; None for one whose time was over when it was said, so that its close is what counts.

    Raises:
        KeyError: a field is missing.
        ValueError: a number is none, or an impossible one.
    """
    data, step = frame.data, Timeframe.M5.milliseconds
    start = moment_of(data["start"])
    if start % step or not start <= frame.sent_ms < start + step:
        return None
    return FormingCandle(
        symbol=symbol,
        open_time=datetime.fromtimestamp(start / 1000, UTC),
        open=number_of(data["open"]),
        high=number_of(data["high"]),
        low=number_of(data["low"]),
        close=number_of(data["close"]),
        exchange_time=datetime.fromtimestamp(frame.sent_ms / 1000, UTC),
    )


def _ticker_frame(topic: str, message: Mapping[str, Any]) -> TickerFrame:
    data = message["data"]
    symbol = name_of(data["symbol"])
    if topic != f"tickers.{symbol}":
        raise ValueError(f"a ticker of {symbol} under {topic}")
    return TickerFrame(symbol, moment_of(message["ts"]), data)


def _kline(topic: str, message: Mapping[str, Any]) -> KlineFrame | Other:
    _, interval, symbol = topic.split(".")
    timeframe = BY_INTERVAL.get(interval)
    if timeframe is None:
        return Other(topic)
    sent_ms = moment_of(message["ts"])
    # Only the exchange's own `true` closes a candle. One push may hold the closed candle and the next, open one.
    closed = tuple(_closing(entry, timeframe, sent_ms) for entry in message["data"] if entry["confirm"] is True)
    forming = _forming(message["data"], sent_ms) if timeframe is Timeframe.M5 else None
    return KlineFrame(name_of(symbol), timeframe, sent_ms, closed, forming)


def _forming(entries: Sequence[Mapping[str, Any]], sent_ms: int) -> Forming | None:
    opened = [entry for entry in entries if entry["confirm"] is False]
    return Forming(sent_ms, opened[-1]) if opened else None


def _closing(entry: Mapping[str, Any], timeframe: Timeframe, sent_ms: int) -> Closing:
    start, step = moment_of(entry["start"]), timeframe.milliseconds
    if start % step or start + step > sent_ms:  # both are the exchange's own clock: no tolerance
        raise ValueError(f"{timeframe} candle of {start} cannot be closed at {sent_ms}")
    values = (
        number_of(entry["open"]),
        number_of(entry["high"]),
        number_of(entry["low"]),
        number_of(entry["close"]),
        number_of(entry["volume"]),
        number_of(entry["turnover"]),
    )
    return Closing(start, sent_ms, values)


def _answer(message: Mapping[str, Any]) -> Message:
    operation = message.get("op")
    if operation == "pong" or message.get("ret_msg") == "pong":
        return Pong()
    if operation in ("subscribe", "unsubscribe"):
        return Acknowledged(str(message.get("req_id", "")), bool(message.get("success")), str(message.get("ret_msg", "")))
    if "success" in message:
        return Acknowledged(str(message.get("req_id", "")), False, str(message.get("ret_msg", "")))
    return Malformed(f"neither a topic nor an answer: {str(message)[:150]}")
