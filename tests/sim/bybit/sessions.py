"""Websocket clients and what they are subscribed to."""

import asyncio
import secrets
from collections.abc import Callable
from typing import Protocol

import orjson

from tests.sim.clock import DAY
from tests.sim.market.candles import TIMEFRAMES
from tests.sim.market.exchange import Market
from tests.sim.wire.websocket import Peer, text_frame

_TOPICS_A_REQUEST = 10
_TOPIC_TEXT_A_CONNECTION = 21_000
STREAMED = {interval: frame for interval, frame in TIMEFRAMES.items() if frame.length <= DAY}


class Client(Protocol):
    """What carries messages to a client: a websocket, or a test in the same process."""

    paused: bool

    @property
    def open(self) -> bool:
        """Return whether it takes messages."""
        ...

    def send(self, data: bytes) -> None:
        """Carry frames."""

    def waiting(self) -> int:
        """Return how many bytes are on their way."""
        ...

    def cut_after(self, data: bytes) -> None:
        """Carry bytes that end inside a frame, then nothing any more."""

    def close(self, code: int = 1001) -> None:
        """Close in order."""

    def abort(self) -> None:
        """Cut."""


class Session:
    """One client of the public spot stream."""

    def __init__(self, peer: Client) -> None:
        self.peer = peer
        self.topics: set[str] = set()
        self.conn_id = secrets.token_hex(10)
        self.tickers_sent = 0

    def send(self, payload: bytes) -> None:
        """Send one message."""
        self.peer.send(text_frame(payload))


class Sessions:
    """All clients, and who wants which topic."""

    def __init__(
        self,
        market: Market,
        on_request: Callable[[Session, dict[str, object]], None],
        on_left: Callable[[Session], None],
        *,
        muted: Callable[[], bool],
    ) -> None:
        self._market = market
        self._on_request = on_request
        self._on_left = on_left
        self._muted = muted
        self.all: dict[Client, Session] = {}
        self.tickers: dict[str, set[Session]] = {}
        self.klines: dict[str, dict[str, set[Session]]] = {interval: {} for interval in STREAMED}
        self.version = 0

    def connect(self) -> Peer:
        """Return the websocket side of a new client."""
        peer = Peer(self.heard, self.gone)
        self.all[peer] = Session(peer)
        return peer

    async def drained(self) -> None:
        """Give the clients a turn; return when none is far behind."""
        await asyncio.sleep(0)
        while any(session.peer.paused and session.peer.open for session in self.all.values()):  # noqa: ASYNC110
            await asyncio.sleep(0.001)

    def gone(self, peer: Client) -> None:
        """Forget a client."""
        session = self.all.pop(peer, None)
        if session is not None:
            self._leave(session, set(session.topics))
            self._on_left(session)

    def heard(self, peer: Client, text: bytes) -> None:
        """Answer a client's message."""
        session = self.all[peer]
        try:
            request = orjson.loads(text)
        except orjson.JSONDecodeError:
            request = None
        if not isinstance(request, dict):
            self._reply(session, {"success": False, "ret_msg": "invalid request", "conn_id": session.conn_id, "op": ""})
            return
        self._on_request(session, request)
        success, message = self._perform(session, request)
        reply: dict[str, object] = {"success": success, "ret_msg": message, "conn_id": session.conn_id}
        if request.get("req_id"):
            reply["req_id"] = request["req_id"]
        self._reply(session, {**reply, "op": request.get("op", "")})

    def _reply(self, session: Session, reply: dict[str, object]) -> None:
        if not self._muted():
            session.send(orjson.dumps(reply))

    def _perform(self, session: Session, request: dict[str, object]) -> tuple[bool, str]:
        operation, args = request.get("op"), request.get("args", [])
        if operation == "ping":
            return True, "pong"
        if operation not in ("subscribe", "unsubscribe"):
            return False, f"unknown op: {operation}"
        if not isinstance(args, list) or not args or not all(isinstance(topic, str) for topic in args):
            return False, "args is empty or not a list of topics"
        if len(args) > _TOPICS_A_REQUEST:
            return False, "args size >10"
        topics = {str(topic) for topic in args}
        if operation == "unsubscribe":
            self._leave(session, topics & session.topics)
            return True, ""
        return self._join(session, topics)

    def _join(self, session: Session, topics: set[str]) -> tuple[bool, str]:
        for topic in sorted(topics):
            if self._audience(topic) is None:
                return False, f"error:handler not found,topic:{topic}"
        if sum(map(len, session.topics | topics)) > _TOPIC_TEXT_A_CONNECTION:
            return False, "args length exceeds 21000"
        for topic in topics:
            audience = self._audience(topic)
            assert audience is not None
            audience.add(session)
        session.topics |= topics
        self.version += 1
        return True, "subscribe"

    def _leave(self, session: Session, topics: set[str]) -> None:
        for topic in topics:
            audience = self._audience(topic, known_only=False)
            if audience is not None:
                audience.discard(session)
        session.topics -= topics
        self.version += 1

    def _audience(self, topic: str, *, known_only: bool = True) -> set[Session] | None:
        """Return the clients of a topic; None for a topic that does not exist."""
        name, _, rest = topic.partition(".")
        interval, _, symbol = rest.rpartition(".")
        if known_only and symbol not in self._market:
            return None
        if name == "tickers" and not interval:
            return self.tickers.setdefault(symbol, set())
        if name == "kline" and interval in self.klines:
            return self.klines[interval].setdefault(symbol, set())
        return None
