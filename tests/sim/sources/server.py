"""Every source beside the exchange as one server, one folder a source: `/fng/`, `/coingecko/...`, `/rss/NAME`."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

import orjson

from tests.sim.clock import AffineClock, Clock
from tests.sim.faults import Fault, FaultBook
from tests.sim.journal import Journal
from tests.sim.simulated import Simulated
from tests.sim.sources import newsroom
from tests.sim.sources.coingecko import CoinGecko
from tests.sim.sources.defillama import DefiLlama
from tests.sim.sources.keyed_flows import KeyedFlows
from tests.sim.sources.lunarcrush import LunarCrush
from tests.sim.sources.polymarket import Polymarket
from tests.sim.sources.posts import Posts
from tests.sim.sources.reddit import Reddit, Submission
from tests.sim.sources.whale_alert import WhaleAlert
from tests.sim.wire.http import HttpServer, Request, Response, json_response
from tests.sim.wire.websocket import Peer

SOURCE_FAULTS = frozenset({"src_status", "src_delay", "src_hang", "src_disconnect", "src_half", "src_garbage"})
DAY = 86_400
_CLASSES = ((25, "Extreme Fear"), (45, "Fear"), (56, "Neutral"), (76, "Greed"), (101, "Extreme Greed"))


@dataclass(frozen=True, slots=True)
class Article:
    """An entry of a feed."""

    title: str
    link: str
    guid: str
    published: datetime
    description: str = ""


class SourcesSim(Simulated):
    """The sources. `base("fng")`, `base("coingecko")`, `base("rss")`, `base("gamma")`, `base("clob")`: what the desk is told."""

    def __init__(
        self,
        *,
        port: int = 0,
        clock: Clock | None = None,
        seed: int = 1,
        greed: Callable[[int], int] | None = None,
        newsroom: bool = False,
    ) -> None:
        """Make them.

        `greed` says the Fear & Greed index of a UTC day (a number since 1970), else it is drawn. With a `newsroom` feeds and
        crowds write by themselves; else they have what a test gives them.
        """
        self.clock = clock or AffineClock(0.0, 0.0)
        self.faults = FaultBook(SOURCE_FAULTS, seed)
        self.journal = Journal()
        self.feeds: dict[str, list[Article]] = {}
        self.pages: dict[str, bytes] = {}  # feeds as they are sent, by name
        self._seed = seed
        self._greed = greed or self._drawn_greed
        self._server = HttpServer(self._handle, self._upgrade)
        self._port = port
        self.polymarket = Polymarket(self.clock, seed)
        self.defillama = DefiLlama(self.clock, seed)
        self.coingecko = CoinGecko(self.clock, seed)
        self.lunarcrush = LunarCrush(self.clock, seed)
        self.reddit = Reddit(self.clock)
        self.posts = Posts()
        self._newsroom = newsroom
        self.keyed = KeyedFlows(self.clock, seed)
        self.whale_alert = WhaleAlert(self.clock, seed)
        self._answers: dict[str, Callable[[Request], Response]] = {
            "/fng/fng/": self._fear_greed,
        }

    def base(self, source: str) -> str:
        """Return the address of one source, without a trailing slash."""
        return f"http://127.0.0.1:{self._server.port}/{source}"

    async def start(self) -> None:
        """Listen."""
        await self._server.start(self._port)

    async def stop(self) -> None:
        """Stop."""
        await self._server.stop()

    def fault(self, kind: str, **options: object) -> Fault:
        """Make something go wrong; `match` is a glob over the path, e.g. `/coingecko/*`."""
        return self.faults.add(kind, **options)  # type: ignore[arg-type]

    async def _handle(self, request: Request) -> Response:
        if request.path == "/_sim/fault":
            options: dict[str, object] = orjson.loads(request.body)
            self.fault(str(options.pop("kind")), **options)
            return json_response({"ok": True})
        if request.path == "/_sim/clear":
            self.faults.clear()
            return json_response({"ok": True})
        self.journal.add("call", method=request.method, path=request.path, query=dict(request.query), headers=request.headers)
        return await self._troubled(request.path, self._answer(request))

    def _answer(self, request: Request) -> Response:
        if answer := self._answers.get(request.path):
            return answer(request)
        if self._newsroom:
            self._write_news()
        for source in (
            self.polymarket,
            self.defillama,
            self.coingecko,
            self.lunarcrush,
            self.reddit,
            self.posts,
            self.keyed,
            self.whale_alert,
        ):
            if known := source.answer(request):
                return known
        if page := self.pages.get(request.path.removeprefix("/rss/")):
            return Response(body=page, content_type="application/xml; charset=utf-8")
        feed = self.feeds.get(request.path.removeprefix("/rss/"))
        if request.path.startswith("/rss/") and feed is not None:
            return Response(body=_rss(request.path, feed), content_type="application/rss+xml; charset=utf-8")
        return Response(404, b"<html>not found</html>", "text/html")

    def _upgrade(self, target: str) -> Peer | Response | None:
        path = target.partition("?")[0]
        if fault := self.faults.take(path, "src_status"):
            return Response(int(fault.number("status", 503)), b"busy", "text/plain")
        self.journal.add("ws_connect", path=path)
        return self.whale_alert.websocket(target, self.journal)

    async def _troubled(self, path: str, response: Response) -> Response:
        if late := self.faults.take(path, "src_delay"):
            await asyncio.sleep(late.number("delay", 1.0))
        if self.faults.take(path, "src_hang"):
            return Response(damage="hang")
        if self.faults.take(path, "src_disconnect"):
            return Response(damage="close")
        if fault := self.faults.take(path, "src_status"):
            headers = {"Retry-After": fault.text("retry_after", "")} if fault.options.get("retry_after") else {}
            return Response(int(fault.number("status", 503)), b"<html>busy</html>", "text/html", headers)
        if self.faults.take(path, "src_half"):
            return Response(response.status, response.body, response.content_type, damage="half")
        if self.faults.take(path, "src_garbage"):
            return Response(body=b"<!DOCTYPE html><html><p>Just a moment...</html>", content_type="text/html")
        return response

    def _now(self) -> int:
        return self.clock.now_ms() // 1000

    def _fear_greed(self, request: Request) -> Response:
        """All values are texts, newest day first; only it says how long it holds."""
        today = self._now() // DAY * DAY
        rows = []
        for age in range(max(int(request.query.get("limit", "1")), 1)):
            value = self._greed(today // DAY - age)
            label = next(text for limit, text in _CLASSES if value < limit)
            rows.append({"value": str(value), "value_classification": label, "timestamp": str(today - age * DAY)})
        rows[0]["time_until_update"] = str(today + DAY - self._now())
        return json_response({"name": "Fear and Greed Index", "data": rows, "metadata": {"error": None}})

    def _drawn_greed(self, day: int) -> int:
        return random.Random(f"fng {self._seed} {day * DAY}").randint(10, 90)

    def _write_news(self) -> None:
        now = datetime.fromtimestamp(self.clock.now_ms() / 1000, UTC)
        for feed in newsroom.FEEDS:
            host = f"https://{feed.lower()}.example"
            self.feeds[feed] = [
                Article(one.title, f"{host}/{one.guid}", one.guid, one.at) for one in newsroom.articles(feed, now, self._seed)
            ]
        self.reddit.submissions = [
            Submission(one.title, one.guid, place, one.at.timestamp())
            for place in newsroom.SUBREDDITS
            for one in newsroom.chatter(place, now, self._seed)
        ]
        self.posts.rows = [
            {"id": one.guid, "text": one.title, "created_at": one.at.isoformat()}
            for one in newsroom.chatter("X", now, self._seed)
        ]


def _rss(path: str, articles: list[Article]) -> bytes:
    items = "".join(
        f"<item><title>{escape(article.title)}</title><link>{escape(article.link)}</link>"
        f"<guid isPermaLink={quoteattr('false')}>{escape(article.guid)}</guid>"
        f"<pubDate>{format_datetime(article.published.astimezone(UTC))}</pubDate>"
        f"<description>{escape(article.description)}</description></item>"
        for article in articles
    )
    head = f"<title>{escape(path)}</title><link>http://127.0.0.1/</link><description>simulated</description>"
    return f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>{head}{items}</channel></rss>'.encode()
