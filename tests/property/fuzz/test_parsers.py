"""What outsiders send, spoilt in every way: a reader says in its own error what it cannot read, and what it reads can be kept."""

import dataclasses
import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.collector.feed.intake import Intake
from functions.collector.feed.parse import parse
from functions.delivery.inbox.updates import read_update
from functions.errors import Broken, RetryLater
from functions.factors.reading import FactorReading
from functions.listings.sources.announcements import announcements_of
from functions.market.candles.timeframe import Timeframe
from functions.market.sources import payloads
from functions.onchain.rules import FlowRules
from functions.onchain.sources import cryptoquant, dune, exchanges, stablecoins
from functions.outgoing import Page, Source
from functions.polymarket import gamma
from functions.polymarket.sources.clob import book_of
from functions.sentiment.model.verdict import Unusable, verdicts
from functions.sentiment.news import news_items
from functions.sentiment.posts import PostPaths, posts_of
from functions.sentiment.research.finding import finding
from functions.sentiment.sources import dominance, fear_greed, feeds, lunarcrush, reddit, trending, votes
from functions.whales import payloads as whales
from tests.odd import ODD, places, spoilt
from tests.sim.sources.polymarket import Bet, BetEvent
from tests.sim.sources.whale_alert import Transfer

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
MS = int(NOON.timestamp() * 1000)
HOUR = 3_600_000
SAID = (Broken, RetryLater, Unusable)
NOWHERE = Source("somewhere", "http://127.0.0.1:1")
Reader = Callable[[Any], Any]


def answered(read: Callable[[], Any], module: Any) -> Reader:
    """Return a reader that answers each question of a source's module with the value it is given."""

    def reader(answer: Any) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "get_json", lambda *_arguments, **_options: answer)
            if hasattr(module, "post_json"):
                patch.setattr(module, "post_json", lambda *_arguments, **_options: answer)
            return read()

    return reader


def frame(message: Any) -> Any:
    """Take a frame of the exchange's websocket in, and return what is stored of it."""
    intake = Intake(lambda: MS)
    raw = json.dumps(message, allow_nan=True).encode(errors="surrogatepass")
    return [parse(raw), intake.take(memoryview(raw))]


def update_of(update: Any) -> Any:
    """Read an update; anything but an object is refused before."""
    return read_update(update) if isinstance(update, Mapping) else None


def unheard(_why: str) -> None:
    """Hear of a row that is dropped."""


def kline(rows: Any) -> Any:
    return payloads.candles(rows, "BTCUSDT", Timeframe.H1, MS - 5 * HOUR, MS, unheard)


WHALE = Transfer(number=1, at=int(NOON.timestamp()), symbol="ETH", amount=4000.0, usd=12e6, recipient="binance")
EVENT = BetEvent("1", "Bitcoin in March", [Bet("11", "Will Bitcoin hit $80k?", 0.4, NOON)])
ROW = {
    "symbol": "BTCUSDT", "lastPrice": "50000", "highPrice24h": "51000", "lowPrice24h": "49000", "volume24h": "10",
    "turnover24h": "500000", "price24hPcnt": "0.01", "bid1Price": "49999", "ask1Price": "50001",
}  # fmt: skip
PAIR = {
    "symbol": "BTCUSDT", "baseCoin": "BTC", "quoteCoin": "USDT", "status": "Trading", "priceFilter": {"tickSize": "0.01"},
    "lotSizeFilter": {"basePrecision": "0.000001", "minOrderAmt": "5"}, "symbolType": "", "stTag": "0",
}  # fmt: skip
CANDLE = {
    "start": MS - HOUR, "end": MS - 1, "interval": "60", "open": "1", "close": "2", "high": "3", "low": "0.5", "volume": "1",
    "turnover": "2", "confirm": True, "timestamp": MS,
}  # fmt: skip
SUPPLY = {"pegType": "peggedUSD", "circulating": {"peggedUSD": 100.0}, "circulatingPrevDay": {"peggedUSD": 99.0},
          "circulatingPrevWeek": {"peggedUSD": 98.0}}  # fmt: skip
OPINION = {"subject": "BTC", "stance": "bullish", "score": 0.5, "confidence": 0.6, "factors": ["etf"], "summary": "Good."}
MESSAGE = {
    "update_id": 7,
    "message": {"message_id": 1, "date": int(NOON.timestamp()), "text": "/price btc", "chat": {"id": 1, "type": "private"},
                "from": {"id": 1, "language_code": "ru"}},
}  # fmt: skip
PRESS = {
    "update_id": 8,
    "callback_query": {"id": "q", "data": "took:1", "from": {"id": 1}, "message": {"chat": {"id": 1, "type": "private"}}},
}
PEOPLE = {"data": {"ids": 1, "children": []}, "id": "a1", "title": "Bitcoin", "permalink": "/r/Bitcoin/1", "subreddit": "Bitcoin",
          "created_utc": 1.7e9}  # fmt: skip
POSTED = {"data": [{"id": "1", "text": "BTC to the moon", "url": "https://x.example/1", "created_at": "2024-03-05T11:00:00Z"}]}
PATHS = PostPaths(items="data", id="id", text="text", published="created_at", link="url")
READERS: dict[str, tuple[Reader, Any]] = {
    "websocket: candle": (frame, {"topic": "kline.60.BTCUSDT", "ts": MS, "type": "snapshot", "data": [CANDLE]}),
    "websocket: ticker": (frame, {"topic": "tickers.BTCUSDT", "ts": MS, "type": "snapshot", "data": ROW}),
    "websocket: answer": (frame, {"op": "subscribe", "success": True, "req_id": "subscribe-1", "ret_msg": ""}),
    "exchange: tickers": (lambda answer: payloads.tickers(answer, unheard), {"time": MS, "result": {"list": [ROW]}}),
    "exchange: pairs": (lambda answer: payloads.instruments(answer, unheard), {"time": MS, "result": {"list": [PAIR]}}),
    "exchange: candles": (
        kline,
        {"time": MS, "result": {"symbol": "BTCUSDT", "list": [[str(MS - 2 * HOUR), "1", "3", "0.5", "2", "10", "20"]]}},
    ),
    "exchange: news": (announcements_of, {"result": {"list": [{"title": "New Listing: (ARB)", "url": "https://b.example/1"}]}}),
    "telegram: message": (update_of, MESSAGE),
    "telegram: button": (update_of, PRESS),
    "whales: page": (whales.page_of, {"result": "success", "count": 1, "cursor": "c", "transactions": [WHALE.row()]}),
    "whales: alert": (whales.alert_of, WHALE.alert("quorum")),
    "odds: page": (gamma.page_of, {"events": [EVENT.row()], "next_cursor": "c"}),
    "odds: market": (lambda answer: gamma.market_of(answer, "1"), EVENT.bets[0].row()),
    "odds: book": (book_of, EVENT.bets[0].book("1")),
    "fear and greed": (
        fear_greed.reading_of,
        {"data": [{"value": "40", "timestamp": str(MS // 1000), "value_classification": "Fear"}]},
    ),
    "dominance": (
        dominance.reading_of,
        {"data": {"market_cap_percentage": {"btc": 52.0}, "updated_at": MS // 1000, "market_cap_change_percentage_24h_usd": 1.5}},
    ),
    "trending": (
        lambda answer: trending.answer_of(answer, NOON),
        {"coins": [{"item": {"symbol": "pepe", "name": "Pepe", "market_cap_rank": 30}}]},
    ),
    "votes": (
        answered(lambda: votes.read(NOWHERE, ["BTC"], NOON, 1), votes),
        {"sentiment_votes_up_percentage": 80.0, "community_data": {"reddit_subscribers": 5}, "watchlist_portfolio_users": 9},
    ),
    "lunarcrush": (
        lambda answer: lunarcrush.answer_of(answer, {"BTC"}),
        {
            "config": {"generated": MS // 1000},
            "data": [{"symbol": "BTC", "sentiment": 80, "market_cap_rank": 1, "social_volume_24h": 300, "interactions_24h": 5}],
        },
    ),
    "stablecoins": (lambda answer: stablecoins.supply_of(answer, FlowRules()), {"peggedAssets": [SUPPLY]}),
    "exchange flows": (
        lambda answer: exchanges.flows_of(answer, FlowRules()),
        {"cexs": [{"name": f"Exchange {n}", "cleanAssetsTvl": 1e9, "inflows_24h": 1e6} for n in range(12)]},
    ),
    "cryptoquant": (
        answered(lambda: cryptoquant.read(cryptoquant.METRICS[0], NOWHERE, NOON, FlowRules()), cryptoquant),
        {"result": {"data": [{"date": "2024-03-03", "netflow_total": 5.0, "reserve": 100.0}]}},
    ),
    "dune": (
        answered(lambda: dune.read(7, NOWHERE, NOON, FlowRules()), dune),
        {
            "execution_ended_at": "2024-03-05T11:00:00Z",
            "execution_id": "01A",
            "state": "QUERY_STATE_COMPLETED",
            "result": {
                "rows": [{"day": "2024-03-03", "cex_name": "Binance", "token_symbol": "ETH", "inflow_usd": 5, "outflow_usd": 4}]
            },
        },
    ),
    "posts": (lambda answer: news_items(posts_of(answer, PATHS) or (), NOON), POSTED),
    "reddit": (
        lambda answer: news_items(reddit.entries_of(iter([answer])), NOON) if isinstance(answer, Mapping) else None,
        PEOPLE,
    ),
    "model: verdicts": (lambda answer: verdicts(json.dumps(answer), ["BTC"], "marker", "instructions"), {"verdicts": [OPINION]}),
    "agent: finding": (lambda answer: finding(json.dumps(answer), "BTC", "marker"), OPINION),
}
FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>News</title><item><title>ETF approved</title>
<link>https://news.example/1</link><guid>g1</guid><pubDate>Tue, 05 Mar 2024 11:00:00 GMT</pubDate><description>Words</description>
</item></channel></rss>"""
PIECES = [b"<", b">", b"&", b"&#0;", b"&#xD800;", b"<![CDATA[", b"]]>", b"\x00", b"\xff\xfe", b"<!ENTITY x SYSTEM 'file:///etc/passwd'>&x;",
          b"<item>", b"</channel>", b"9999-12-31T23:59:59-14:00", b"<atom:link href='x'/>", b"\xed\xa0\x80"]  # fmt: skip


def unkept(value: Any, of: str = "") -> str:
    """Return what a database would not take of what was read: halves of characters, NUL, moments and numbers beyond all bounds.

    Readings are judged where they are stored.
    """
    if isinstance(value, str):
        whole = "\x00" not in value and value.encode(errors="replace") == value.encode(errors="surrogatepass")
        return "" if whole else f"{of}: {value[:40]!r}"
    if isinstance(value, float | Decimal):
        return "" if math.isfinite(value) else f"{of}: {value}"
    if isinstance(value, FactorReading | Enum | bytes) or value is None:
        return ""
    if dataclasses.is_dataclass(value):
        return next(
            (found for one in dataclasses.fields(value) if (found := unkept(getattr(value, one.name, None), one.name))), ""
        )
    if isinstance(value, tuple | list):
        return next((found for one in value if (found := unkept(one, of))), "")
    return ""


def judge(name: str, answer: Any) -> None:
    """Read an answer; only the reader's own errors may come of it, and what it returns can be kept."""
    read, _ = READERS[name]
    try:
        kept = read(answer)
    except SAID:
        return
    if not name.startswith(
        ("websocket", "posts", "reddit")
    ):  # a frame is judged where it is stored, an entry where it is cleaned
        assert not (found := unkept(kept)), f"{name}: {answer!r}: {found}"


@pytest.mark.parametrize("name", READERS)
def test_plain_answer_is_read(name: str) -> None:
    read, plain = READERS[name]
    assert read(plain)
    assert not unkept(read(plain))


@pytest.mark.parametrize("name", READERS)
def test_nothing_odd_anywhere_in_an_answer_surprises_its_reader(name: str) -> None:
    _, plain = READERS[name]
    for place in places(plain):
        for odd in ODD:
            judge(name, spoilt(plain, place, odd))


ANYTHING = st.recursive(
    st.sampled_from(ODD) | st.text(max_size=8) | st.integers() | st.floats(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def disturb(name: str, data: st.DataObject) -> None:
    """Read an answer with a few odd things in it, one of them perhaps under a name that it knows."""
    _, answer = READERS[name]
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.sampled_from(list(places(answer))))
        answer = spoilt(answer, place, data.draw(ANYTHING))
    judge(name, answer)


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=10, database=None)
@given(data=st.data())
def test_no_answer_surprises_its_reader(name: str, data: st.DataObject) -> None:
    disturb(name, data)


@pytest.mark.soak
@pytest.mark.parametrize("name", READERS)
@settings(max_examples=5_000, database=None)
@given(data=st.data())
def test_none_of_many_answers_surprises_its_reader(name: str, data: st.DataObject) -> None:
    disturb(name, data)


def read_page(edits: list[tuple[int, int, bytes]]) -> None:
    """Read a feed with pieces of it replaced."""
    page = FEED
    for start, length, piece in edits:
        page = page[:start] + piece + page[start + length :]
    try:
        entries = feeds.entries_of("News", Page(page, "application/rss+xml"))
    except Broken:
        return
    assert not unkept(news_items(entries, NOON))


EDITS = st.lists(
    st.tuples(st.integers(0, len(FEED)), st.integers(0, 40), st.sampled_from(PIECES) | st.binary(max_size=6)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=40, database=None)
@given(edits=EDITS)
def test_no_feed_surprises_its_reader(edits: list[tuple[int, int, bytes]]) -> None:
    read_page(edits)


@pytest.mark.soak
@settings(max_examples=5_000, database=None)
@given(edits=EDITS)
def test_none_of_many_feeds_surprises_its_reader(edits: list[tuple[int, int, bytes]]) -> None:
    read_page(edits)


FRAMES = st.tuples(
    st.sampled_from([name for name in READERS if name.startswith("websocket")]), st.integers(0, 300), st.binary(max_size=4)
)


def hear(name: str, place: int, piece: bytes) -> None:
    """Take in a frame that is cut and spoilt as bytes."""
    raw = json.dumps(READERS[name][1]).encode()
    spoilt_frame = raw[:place] + piece + raw[place + len(piece) :][: 300 - place]
    parse(spoilt_frame)
    Intake(lambda: MS).take(memoryview(spoilt_frame))


@settings(max_examples=100, database=None)
@given(frame=FRAMES)
def test_no_bytes_surprise_the_websocket(frame: tuple[str, int, bytes]) -> None:
    hear(*frame)


@pytest.mark.soak
@settings(max_examples=20_000, database=None)
@given(frame=FRAMES)
def test_none_of_many_bytes_surprises_the_websocket(frame: tuple[str, int, bytes]) -> None:
    hear(*frame)
