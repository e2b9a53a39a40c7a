"""The exchange as one server: HTTP, websocket and the control API on one port of 127.0.0.1."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.sim.bybit.altered import Alterations
from tests.sim.bybit.control import BybitControl
from tests.sim.bybit.delivery import STREAM_FAULTS, Delivery
from tests.sim.bybit.feed import Feed, Pace, SentClose
from tests.sim.bybit.firehose import Firehose
from tests.sim.bybit.instruments import read_rows
from tests.sim.bybit.local import LocalStream
from tests.sim.bybit.rest import RestApi
from tests.sim.bybit.sessions import Session, Sessions
from tests.sim.bybit.trouble import REST_FAULTS, RateLimit, troubled
from tests.sim.clock import AffineClock, Clock, ManualClock
from tests.sim.faults import Fault, FaultBook
from tests.sim.journal import Journal
from tests.sim.market.board import Board
from tests.sim.market.exchange import Market, make_market
from tests.sim.simulated import Simulated
from tests.sim.wire.http import HttpServer, Request, Response
from tests.sim.wire.websocket import Peer

DEFAULT_START = "2024-03-05T11:59:30Z"
_STEP = 0.01


class BybitSim(Simulated):
    """Bybit V5 public spot. Use as `async with BybitSim(...) as sim`; addresses are `sim.rest_url` and `sim.ws_url`."""

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        market: Market | None = None,
        symbols: int = 10,
        seed: int = 1,
        data: Path | None = None,
        instruments: Path | None = None,
        port: int = 0,
        pace: Pace | None = None,
        rate_limit: RateLimit | None = None,
    ) -> None:
        self.clock = clock or AffineClock.starting(DEFAULT_START)
        self.market = market or make_market(symbols=symbols, seed=seed, data=data)
        self.faults = FaultBook(STREAM_FAULTS | REST_FAULTS, seed, self.time_of_faults)
        self.journal = Journal()
        self.rate_limit = rate_limit
        self.skew_ms = 0
        self.refuse_until = 0.0
        self.board = Board(self.market)
        self.rest = RestApi(self.market, self.board, read_rows(instruments) if instruments is not None else {})
        self.sessions = Sessions(
            self.market, self._on_request, self._on_left, muted=lambda: self.faults.take("reply", "ws_mute") is not None
        )
        self.altered = Alterations(self.faults)
        self.delivery = Delivery(self.faults, self.altered)
        self.feed = Feed(self.market, self.board, self.sessions, self.delivery, pace or Pace(), seed)
        self.firehose = Firehose(self.market, self.board, self.sessions)
        self.feed.start_at(self.clock.now_ms())
        self.control = BybitControl(self)
        self._server = HttpServer(self._handle, self._upgrade)
        self._port = port
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        return self._server.port

    @property
    def rest_url(self) -> str:
        """Return the REST base address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        """Return the address of the public spot stream."""
        return f"ws://127.0.0.1:{self.port}/v5/public/spot"

    @property
    def closes(self) -> deque[SentClose]:
        """Return when each closing candle was sent."""
        return self.feed.closes

    async def start(self) -> None:
        """Listen and begin to push."""
        self.feed.start_at(self.clock.now_ms())
        self.board.move_to(self.clock.now_ms())
        await self._server.start(self._port)
        if not isinstance(self.clock, ManualClock):
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Close every connection and stop."""
        self.firehose.stop()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        for session in list(self.sessions.all.values()):
            session.peer.close()
        await self._server.stop()

    async def advance(self, seconds: float, step: float = 60.0) -> None:
        """Move a manual clock and push everything that falls due on the way, in order; forming candles every `step` seconds.

        Raises:
            TypeError: the clock runs by itself.
        """
        for _ in self._steps(seconds, step):
            await self.sessions.drained()

    def walk(self, seconds: float, step: float = 60.0) -> None:
        """Do what `advance` does for clients in the same process (`local`), without an event loop or a started server."""
        for _ in self._steps(seconds, step):
            pass

    def local(self, on_message: Callable[[bytes], None], on_close: Callable[[], None] = lambda: None) -> LocalStream:
        """Return a stream without a socket; ConnectionRefusedError while websockets are refused."""
        if self._refuses("local"):
            raise ConnectionRefusedError("the simulated exchange refuses websockets now")
        return LocalStream(self.sessions, on_message, on_close)

    def get(self, path: str, **query: object) -> Response:
        """Answer a REST request without a socket and without faults."""
        return self._answer(Request("GET", path, {name: str(value) for name, value in query.items()}, {}))

    def _steps(self, seconds: float, step: float) -> Iterator[None]:
        if not isinstance(self.clock, ManualClock):
            raise TypeError("expected a ManualClock: an affine clock moves by itself")
        target = self.clock.now_ms() + int(seconds * 1000)
        while self.clock.now_ms() < target:
            started_ms = self.clock.now_ms()
            self.clock.move_to(max(started_ms, min(target, self.feed.next_due_ms(), started_ms + int(step * 1000))))
            now = self.clock.now_ms()
            self.feed.step(now, now + self.skew_ms, 1.0, (now - started_ms) / 1000)
            self.control.tick((now - started_ms) / 1000)
            yield

    async def _run(self) -> None:
        last = time.time()
        while True:
            now = self.clock.now_ms()
            wall = time.time()
            self.feed.step(now, now + self.skew_ms, self.clock.speed, wall - last)
            self.control.tick(wall - last)
            last = wall
            until_due = (self.feed.next_due_ms() - now) / 1000 / self.clock.speed
            await asyncio.sleep(max(0.0005, min(_STEP, until_due)))

    def fault(self, kind: str, **options: object) -> Fault | None:
        """Make something go wrong; the kinds and their options are in tests/sim/README.md."""
        return self.control.fault(kind, dict(options))

    def clear(self, kind: str | None = None) -> None:
        """Lift every fault, or those of a kind."""
        self.control.clear(kind)

    def reset(self) -> None:
        """Lift every fault and forget the journal, the sent closes and the revisions."""
        self.control.reset()

    def _on_request(self, session: Session, request: dict[str, object]) -> None:
        if request.get("op") != "ping":
            self.journal.add("ws", conn_id=session.conn_id, op=request.get("op"), args=request.get("args"))

    def _refuses(self, path: str) -> bool:
        return self.time_of_faults() < self.refuse_until or self.faults.take(path, "ws_refuse") is not None

    def time_of_faults(self) -> float:
        """Return the seconds in which faults last: wall time, or market time on a manual clock."""
        return self.clock.now_ms() / 1000 if isinstance(self.clock, ManualClock) else time.time()

    def _on_left(self, session: Session) -> None:
        self.journal.add("ws_left", conn_id=session.conn_id)

    def _upgrade(self, path: str) -> Peer | None:
        refused = path != "/v5/public/spot" or self._refuses(path)
        self.journal.add("ws_connect", path=path, refused=refused)
        return None if refused else self.sessions.connect()

    async def _handle(self, request: Request) -> Response:
        if request.path.startswith("/_sim/"):
            return self.control.answer(request)
        return await troubled(request, self.faults, self.rate_limit, self._answer, self.clock, self.altered)

    def _answer(self, request: Request) -> Response:
        now = self.clock.now_ms()
        response = self.rest.answer(request, now, now + self.skew_ms)
        self.journal.add("rest", path=request.path, query=dict(request.query), status=response.status, bytes=len(response.body))
        return response
