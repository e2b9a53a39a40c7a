"""Ticker messages as fast as a client takes them, or at a rate: encoded once, sent over and over.

For throughput benchmarks only: the prices repeat and `ts` stands still.
"""

import asyncio
import time
from dataclasses import dataclass

import numpy as np

from tests.sim.bybit.messages import ticker_push
from tests.sim.bybit.sessions import Session, Sessions
from tests.sim.market.board import Board
from tests.sim.market.exchange import Market
from tests.sim.wire.websocket import text_frame

_VARIANTS = 8
_BURST = 0.005
_WAITING = 2**20


@dataclass(slots=True)
class _Ring:
    """One client's frames joined into one text, and where each frame begins."""

    data: bytes
    edges: list[int]
    position: int = 0

    def next(self, count: int) -> bytes:
        """Return the next `count` frames, at most one round."""
        last = min(self.position + count, len(self.edges) - 1)
        chunk = self.data[self.edges[self.position] : self.edges[last]]
        self.position = 0 if last == len(self.edges) - 1 else last
        return chunk

    def left(self, count: int) -> int:
        """Return how many frames `next(count)` will give."""
        return min(count, len(self.edges) - 1 - self.position)


class Firehose:
    """Sends to every client the tickers that it is subscribed to."""

    def __init__(self, market: Market, board: Board, sessions: Sessions) -> None:
        self._market = market
        self._board = board
        self._sessions = sessions
        self._task: asyncio.Task[None] | None = None
        self.sent = 0

    @property
    def running(self) -> bool:
        """Return whether it sends now."""
        return self._task is not None and not self._task.done()

    def start(self, now_ms: int, rate: float, seconds: float) -> None:
        """Send `rate` messages a second to all clients together (0: all they take) for `seconds` (0: until `stop`)."""
        self.stop()
        rings = {session: ring for session in self._sessions.all.values() if (ring := self._ring(session, now_ms)) is not None}
        self._task = asyncio.get_running_loop().create_task(self._run(rings, rate, seconds))

    def stop(self) -> None:
        """Stop sending."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _ring(self, session: Session, now_ms: int) -> _Ring | None:
        self._board.move_to(now_ms)
        symbols = [symbol for symbol in self._board.symbols if f"tickers.{symbol}" in session.topics]
        if not symbols:
            return None
        rows = np.array([self._board.position[symbol] for symbol in symbols])
        frames = []
        for variant in range(_VARIANTS):
            columns = self._board.tickers(now_ms - now_ms % 300_000 + variant * 30_000, rows).T.tolist()
            for symbol, column in zip(symbols, columns, strict=True):
                payload = ticker_push(self._market.spec(symbol), column, now_ms, now_ms * 100 + variant)
                frames.append(text_frame(payload))
        edges = np.concatenate([[0], np.cumsum([len(frame) for frame in frames])]).tolist()
        return _Ring(b"".join(frames), edges)

    async def _run(self, rings: dict[Session, _Ring], rate: float, seconds: float) -> None:
        began = time.perf_counter()
        first = self.sent
        while rings and (seconds == 0 or time.perf_counter() - began < seconds):
            owed = int((time.perf_counter() - began) * rate) - (self.sent - first) if rate else 2_000 * len(rings)
            for session, ring in list(rings.items()):
                if not session.peer.open:
                    del rings[session]
                    continue
                self._pour(session, ring, max(0, owed) // max(1, len(rings)))
            await asyncio.sleep(_BURST if rate else 0)

    def _pour(self, session: Session, ring: _Ring, count: int) -> None:
        while count > 0 and session.peer.waiting() < _WAITING:
            given = ring.left(count)
            session.peer.send(ring.next(count))
            session.tickers_sent += given
            self.sent += given
            count -= given
