"""One websocket to the exchange: subscribe, ping, notice when it is dead, reconnect."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import orjson
from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from functions.collector.feed.intake import Intake
from functions.collector.feed.liveness import Backoff, Liveness
from functions.collector.feed.parse import Acknowledged, KlineFrame, Pong
from functions.collector.feed.topics import requests
from functions.logs import get_logger
from functions.outgoing.proxies import proxy_for

log = get_logger("collector")
HANDSHAKE_SECONDS = 10.0
CHECK_EVERY = 1.0
ANSWER_SECONDS, LONGEST_ANSWER = 10.0, 300.0  # a request that is not answered is sent again, each time after twice as long


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request that waits for its answer."""

    topics: list[str]
    at: float
    patience: float


class _Listener(WSListener):
    """Hands frames to the intake, from inside the event loop's read."""

    def __init__(
        self, intake: Intake, liveness: Liveness, on_answer: Callable[[Acknowledged], None], on_closing: Callable[[], None]
    ) -> None:
        self._take, self._liveness, self._on_answer, self._on_closing = intake.take, liveness, on_answer, on_closing
        self._now = asyncio.get_running_loop().time
        self._part = b""

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.CLOSE:
            transport.send_close()
            transport.disconnect()
            return
        if frame.msg_type in (WSMsgType.PING, WSMsgType.PONG):
            return
        self._liveness.heard(self._now())
        if frame.fin and not self._part:
            message = self._take(frame.get_payload_as_memoryview())
        else:
            self._part += frame.get_payload_as_bytes()
            if not frame.fin:
                return
            whole, self._part = self._part, b""
            message = self._take(whole)
        if type(message) is KlineFrame and message.closed:
            self._on_closing()
        elif type(message) is Pong:
            self._liveness.answered()
        elif type(message) is Acknowledged:
            self._on_answer(message)


class Stream:
    """Keeps a share of the topics subscribed for as long as `run` runs.

    Args:
        url: of the public spot stream.
        topics: this connection's share.
        intake: where frames go.
        connected: called after every subscription, the first one too.
        closing: called when a closed candle came.
        chance: of the jitter.
    """

    def __init__(
        self,
        url: str,
        topics: Sequence[str],
        intake: Intake,
        connected: Callable[["Stream"], None],
        closing: Callable[[], None],
        chance: random.Random,
    ) -> None:
        self._url, self.topics, self._intake = url, list(topics), intake
        self._connected, self._closing, self._chance = connected, closing, chance
        self._transport: WSTransport | None = None
        self._asked: dict[str, _Asked] = {}
        self._number = 0
        self._down_since: float | None = None
        self.connects = 0

    @property
    def up(self) -> bool:
        """Tell whether the connection stands at this moment."""
        return self._transport is not None

    @property
    def unanswered(self) -> int:
        """Return how many topics were asked for without an answer so far."""
        return sum(len(subscription.topics) for subscription in self._asked.values())

    def down_seconds(self) -> float:
        """Return for how long the connection was down before it stood, in wall seconds."""
        return 0.0 if self._down_since is None else asyncio.get_running_loop().time() - self._down_since

    async def run(self) -> None:
        """Connect and reconnect for ever; only cancellation ends it."""
        now = asyncio.get_running_loop().time
        backoff = Backoff(now(), self._chance)
        while True:
            begun = now()
            try:
                reason = await self._live(Liveness.begun(begun))
            except (WSError, OSError, TimeoutError) as error:
                reason = f"{type(error).__name__}: {error}"[:200]
            pause = backoff.pause(begun, now())
            log.warning("stream down", reason=reason, again_in_s=round(pause, 1))
            await asyncio.sleep(pause)

    def resubscribe(self, topics: Sequence[str]) -> None:
        """Unsubscribe and subscribe again to stale topics, those of them that are ours."""
        ours = set(self.topics)
        for operation in ("unsubscribe", "subscribe"):
            for portion in requests([topic for topic in topics if topic in ours]):
                self._ask(operation, portion)

    def follow(self, topics: Sequence[str]) -> None:
        """Subscribe to these topics from now on; topics subscribed already are left alone."""
        old_topics, self.topics = self.topics, list(topics)
        gone, new = set(old_topics).difference(topics), set(topics).difference(old_topics)
        for operation, changed in (("unsubscribe", gone), ("subscribe", new)):
            for portion in requests([topic for topic in (*old_topics, *topics) if topic in changed]):
                self._ask(operation, portion)

    async def _live(self, liveness: Liveness) -> str:
        """Run one connection to its end and return why it ended."""
        transport, _ = await ws_connect(
            lambda: _Listener(self._intake, liveness, self._on_answer, self._closing),
            self._url,
            websocket_handshake_timeout=HANDSHAKE_SECONDS,
            max_frame_size=1_000_000,
            max_redirects=0,  # its address stands in the settings
            proxy=proxy_for(self._url),
        )
        self._transport = transport
        self._asked.clear()
        try:
            for portion in requests(self.topics):
                self._ask("subscribe", portion)
            self.connects += 1
            self._connected(self)
            self._down_since = None
            return await self._watch(transport, liveness)
        finally:
            self._transport = None
            self._down_since = liveness.last_frame
            transport.disconnect(graceful=False)

    async def _watch(self, transport: WSTransport, liveness: Liveness) -> str:
        loop = asyncio.get_running_loop()
        gone = asyncio.ensure_future(transport.wait_disconnected())
        try:
            while True:
                await asyncio.wait([gone], timeout=CHECK_EVERY)
                if gone.done():
                    return "the exchange closed the connection"
                now = loop.time()
                if liveness.ping_due(now):
                    self._send({"req_id": f"ping-{int(now)}", "op": "ping"})
                if reason := liveness.dead(now):
                    return reason
                self._ask_again(now)
        finally:
            gone.cancel()

    def _ask(self, operation: str, topics: list[str], patience: float | None = None) -> None:
        self._number += 1
        request = f"{operation}-{self._number}"
        self._asked[request] = _Asked(topics, asyncio.get_running_loop().time(), patience or ANSWER_SECONDS)
        self._send({"req_id": request, "op": operation, "args": topics})

    def _send(self, message: dict[str, object]) -> None:
        if self._transport is not None and not self._transport.is_disconnected:
            self._transport.send(WSMsgType.TEXT, orjson.dumps(message))

    def _ask_again(self, now: float) -> None:
        """Send unanswered subscriptions again; unanswered unsubscriptions are left alone."""
        for request, asked in [(request, asked) for request, asked in self._asked.items() if now - asked.at > asked.patience]:
            del self._asked[request]
            if request.startswith("subscribe"):
                log.warning("subscription not answered", topics=len(asked.topics), first=asked.topics[0])
                self._ask("subscribe", asked.topics, min(2 * asked.patience, LONGEST_ANSWER))

    def _on_answer(self, answer: Acknowledged) -> None:
        """Ask one by one when a portion is refused: one bad topic spoils it. A topic refused alone is left out."""
        asked = self._asked.pop(answer.request, None)
        if asked is None or answer.success or not answer.request.startswith("subscribe"):
            return
        log.warning("subscription refused", reason=answer.message, topics=len(asked.topics), first=asked.topics[0])
        if len(asked.topics) > 1:
            for topic in asked.topics:
                self._ask("subscribe", [topic])
