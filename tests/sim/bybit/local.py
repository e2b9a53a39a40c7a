"""The exchange's stream without a socket: for property tests over many simulated days, deterministic and fast."""

from collections.abc import Callable, Iterable

import orjson

from tests.sim.bybit.sessions import Session, Sessions
from tests.sim.wire.websocket import split_frames

Listener = Callable[[bytes], None]


class LocalStream:
    """A client in the same process. It gets what a socket would have carried, faults included, during `sim.walk`."""

    def __init__(self, sessions: Sessions, on_message: Listener, on_close: Callable[[], None]) -> None:
        self._on_message = on_message
        self._on_close = on_close
        self._sessions = sessions
        self.open = True
        self.paused = False
        sessions.all[self] = Session(self)

    def request(self, operation: str, topics: Iterable[str] = ()) -> None:
        """Send a request; the answer comes as a message, before this returns."""
        self._sessions.heard(self, orjson.dumps({"op": operation, "args": list(topics)}))

    def send(self, data: bytes) -> None:
        """Take frames from the exchange."""
        if self.open:
            for payload in split_frames(data):
                self._on_message(payload)

    def waiting(self) -> int:
        """Return how many bytes wait: none, they are taken at once."""
        return 0

    def close(self, code: int = 1001) -> None:
        """End the stream."""
        self.abort()

    def cut_after(self, data: bytes) -> None:
        """Take all but the broken last frame, then the stream ends."""
        self.send(data)
        self.abort()

    def abort(self) -> None:
        """End the stream without a word."""
        if self.open:
            self.open = False
            self._sessions.gone(self)
            self._on_close()
