"""A real session of the exchange goes through the parser without one unknown message."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard

from functions.collector.feed.intake import Intake
from functions.collector.feed.parse import Acknowledged, KlineFrame, Malformed, Other, TickerFrame, parse, ticker

SESSION = Path(__file__).parents[4] / "shared/data/payloads/bybit_v5_recorded_2026/BYBIT.jsonl.zst"
pytestmark = pytest.mark.skipif(not SESSION.exists(), reason="the recorded session is not in ../shared")


def records() -> Iterator[dict[str, Any]]:
    with SESSION.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as reader:
        text = reader.read().decode()
    yield from map(json.loads, text.splitlines())


@pytest.fixture(scope="module")
def spot_frames() -> list[bytes]:
    """Every frame that the spot stream sent."""
    everything = list(records())
    spot = {one["conn"] for one in everything if one["t"] == "connect" and one["addr"].endswith("/spot")}
    return [one["data"].encode() for one in everything if one["t"] == "recv" and one["conn"] in spot]


def test_no_frame_of_the_real_stream_is_unknown(spot_frames: list[bytes]) -> None:
    kinds = Counter(type(parse(frame)) for frame in spot_frames)
    assert len(spot_frames) == 681
    assert kinds[Malformed] == 0
    assert kinds[TickerFrame] == 81
    assert kinds[Acknowledged] == 7


def test_frames_of_other_topics_are_books_trades_and_one_minute_candles(spot_frames: list[bytes]) -> None:
    others = {message.topic.split(".")[0] for frame in spot_frames if isinstance(message := parse(frame), Other)}
    assert others == {"orderbook", "publicTrade", "kline"}


def test_real_tickers_are_read_as_numbers(spot_frames: list[bytes]) -> None:
    found = [ticker(message) for frame in spot_frames if isinstance(message := parse(frame), TickerFrame)]
    assert {one.symbol for one in found} == {"BTCUSDT", "ETHUSDT"}
    assert all(one.low <= one.price <= one.high for one in found)


def test_a_real_closing_candle_is_closed_and_the_open_ones_are_not(spot_frames: list[bytes]) -> None:
    # The session holds one-minute candles, which we do not keep: the same frames under the name of a kept timeframe.
    closing, opened = 0, 0
    for frame in spot_frames:
        message = json.loads(frame)
        if not message.get("topic", "").startswith("kline.1."):
            continue
        for entry in message["data"]:
            entry["start"] -= entry["start"] % 300_000
        message["topic"] = message["topic"].replace("kline.1.", "kline.5.")
        message["ts"] += 300_000
        found = parse(json.dumps(message).encode())
        assert isinstance(found, KlineFrame)
        closing += len(found.closed)
        opened += len(message["data"]) - len(found.closed)
    assert (closing, opened) == (2, 23)


def test_the_whole_session_goes_through_the_intake(spot_frames: list[bytes]) -> None:
    intake = Intake()
    for frame in spot_frames:
        intake.take(frame)
    assert intake.counts["Malformed"] == 0
    assert len(intake.tickers()) == 2
