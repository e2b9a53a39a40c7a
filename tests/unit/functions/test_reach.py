"""Where a call goes whose address an outsider chose: a machine that leads inside, a name that does, and one that does both."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpcore
import pytest

from functions.collector import whales
from functions.collector.feed.liveness import Liveness
from functions.collector.stream import Stream
from functions.collector.whales import WhaleStream
from functions.errors import Broken, RetryLater
from functions.market.sources.bybit import BybitSource
from functions.outgoing import Source, get_page, post_json, reach
from functions.outgoing.reach import PublicBackend, is_public, look_up, place_of
from functions.sentiment.sources import feeds, reddit
from tests.conftest import make_settings
from tests.places import place

PUBLIC = "1.1.1.1"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def places() -> Iterator[Any]:
    """Return a function that opens a place which leads to an address."""
    with ExitStack() as opened:
        yield lambda location="": opened.enter_context(place(location))


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.5", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1"),
        *("240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:10.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::a00:1", "2002:a00:1::"),
        *("2001:0:a00:1::", "2001:db8::1", "::127.0.0.1", "", "localhost", "1.1.1"),
    ],
)
def test_address_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


def test_redirect_into_this_machine_is_refused_and_nobody_is_asked_there(places: Any) -> None:
    inside = places()
    ours = places(f"{inside.url}/secret")
    for ask in (get_page, post_json):
        with pytest.raises(Broken, match=r"somewhere leads to 127\.0\.0\.1, which is not on the public internet") as refused:
            ask(Source("somewhere", ours.url), "/thing", {})
        assert refused.value.code == "address_refused"
    assert (ours.asked, inside.asked) == (["/thing", "/thing"], [])


def test_redirect_within_what_the_settings_name_is_followed(places: Any) -> None:
    answers = places()
    leads = places("/other")
    assert get_page(Source("somewhere", answers.url), "/thing").body == b"{}"
    with pytest.raises(Broken, match="sends us on and on"):
        get_page(Source("somewhere", leads.url), "/thing")
    assert leads.asked[1:] == ["/other"] * 5


@pytest.mark.parametrize("answers", [["127.0.0.1"], [PUBLIC, "127.0.0.1"], ["::1"], []])
def test_name_that_leads_inside_is_refused(places: Any, monkeypatch: pytest.MonkeyPatch, answers: list[str]) -> None:
    inside = places()
    ours = places(f"http://innocent.example:{inside.server_port}/")
    monkeypatch.setattr(reach, "look_up", lambda *_: answers)
    with pytest.raises(Broken, match=r"leads to innocent\.example"):
        get_page(Source("somewhere", ours.url))
    assert inside.asked == []


def test_name_is_looked_up_once_and_the_address_that_was_judged_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is public when it is judged and inside when it is called is called where it was judged."""
    answers, called = [[PUBLIC, "8.8.8.8"], ["127.0.0.1"]], []
    monkeypatch.setattr(reach, "look_up", lambda *_: answers.pop(0))
    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", lambda _self, host, port, *_: called.append((host, port)))
    PublicBackend("somewhere", ("ours", 80)).connect_tcp("changes.example", 443)
    PublicBackend("somewhere", ("ours", 80)).connect_tcp("ours", 80)
    assert called == [(PUBLIC, 443), ("ours", 80)]
    assert answers == [["127.0.0.1"]]


def test_port_beside_that_of_the_settings_is_another_place() -> None:
    with pytest.raises(Broken, match="leads to 127"):
        PublicBackend("somewhere", place_of("http://127.0.0.1:9000")).connect_tcp("127.0.0.1", 5432)


def test_name_that_nobody_knows_is_a_source_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_place: object) -> list[str]:
        raise OSError("nobody knows this name")

    monkeypatch.setattr(reach, "look_up", unknown)
    with pytest.raises(RetryLater, match="somewhere does not answer: nobody knows this name"):
        get_page(Source("somewhere", "https://unknown.example", ours=False), tries=1)


def test_names_are_looked_up_ipv4_first() -> None:
    assert look_up("127.0.0.1", 80) == ["127.0.0.1"]
    assert look_up("localhost", 80)[0] == "127.0.0.1"


def test_feed_at_an_address_inside_is_read_only_if_the_settings_name_it(places: Any) -> None:
    feed = places()
    with pytest.raises(Broken, match="leads to 127"):
        feeds.read("News", feed.url, ours=False)
    assert feed.asked == []
    with pytest.raises(Broken, match="no feed with entries"):
        feeds.read("News", feed.url, ours=True)
    assert feed.asked == ["/"]


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "127.0.0.1", "[::1]", "router", "postgres", "printer.local", "metadata.google.internal", "a.localhost."),
        *("2130706433", "0x7f000001", "127.1", "169.254.169.254", "nas.lan", "x.home.arpa"),
    ],
)
def test_through_a_proxy_what_is_written_is_judged(places: Any, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    proxy = places(f"http://{host}/secret")
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    with pytest.raises(Broken, match="not on the public internet"):
        get_page(Source("somewhere", "http://source.example"), tries=1)
    assert proxy.asked == ["http://source.example/"]
    with pytest.raises(Broken, match="not on the public internet"):
        get_page(Source("feed", f"http://{host}", ours=False), tries=1)
    assert len(proxy.asked) == 1


def test_through_a_proxy_a_public_place_is_reached(places: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = places()
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    assert get_page(Source("feed", "http://feed.example/rss", ours=False)).body == b"{}"
    assert proxy.asked == ["http://feed.example/rss"]


async def test_exchange_that_leads_elsewhere_is_not_followed(places: Any) -> None:
    inside = places()
    ours = places(f"{inside.url}/v5/market/time")
    async with BybitSource(ours.url, 100.0) as exchange:
        with pytest.raises(RetryLater, match="Bybit"):
            await exchange.server_time()
    assert ours.asked
    assert inside.asked == []


async def test_stream_that_leads_elsewhere_is_not_followed(places: Any) -> None:
    inside = places()
    ours = places(inside.url.replace("http", "ws"))
    nobody: Any = None
    stream = Stream(ours.url.replace("http", "ws"), ["tickers.BTCUSDT"], nobody, nobody, nobody, random.Random(1))
    with pytest.raises(Exception, match="302"):
        await stream._live(Liveness.begun(0.0))
    assert (len(ours.asked), inside.asked) == (1, [])


async def test_whales_that_lead_elsewhere_are_not_followed(places: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = places()
    ours = places(inside.url.replace("http", "ws"))
    reasons: asyncio.Queue[str] = asyncio.Queue()
    monkeypatch.setattr(WhaleStream, "_fail", lambda _self, reason: reasons.put(reason))
    nobody: Any = None
    settings = make_settings(whale_alert_ws_url=ours.url.replace("http", "ws"), whale_alert_key="k")
    task = asyncio.create_task(whales.run_whales(settings, nobody))
    assert await reasons.get() == "whale_alert_stream answered 302"
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert inside.asked == []


def test_reddit_that_leads_elsewhere_is_not_followed(places: Any) -> None:
    inside = places()
    ours = places(f"{inside.url}/api/v1/access_token")
    with pytest.raises((Broken, RetryLater)):
        reddit.read(ours.url, ours.url, "id", "secret", ["CryptoCurrency"])
    assert ours.asked
    assert inside.asked == []
