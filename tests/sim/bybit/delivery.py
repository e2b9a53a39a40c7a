"""The way of a stream message to its clients, and all that can happen to it on the way."""

import heapq
from collections.abc import Iterable

from tests.sim.bybit.altered import STREAM_ALTERED, Alterations
from tests.sim.bybit.sessions import Session
from tests.sim.faults import FaultBook
from tests.sim.wire.websocket import text_frame

STREAM_FAULTS = frozenset(
    {
        "ws_drop",
        "ws_freeze",
        "ws_delay",
        "ws_duplicate",
        "ws_reorder",
        "ws_truncate",
        "ws_garbage",
        "ws_lose_confirm",
        "ws_mute",
        "ws_cut",
        *STREAM_ALTERED,
    }
)


class Delivery:
    """Collects the frames of one step for each client and writes them at once; applies the stream's faults."""

    def __init__(self, faults: FaultBook, altered: Alterations) -> None:
        self._faults, self._altered = faults, altered
        self._frames: dict[Session, list[bytes]] = {}
        self._late: list[tuple[int, int, Session, bytes]] = []
        self._held: dict[Session, list[bytes]] = {}
        self._order = 0
        self.sent = 0

    def push(self, topic: str, payload: bytes, audience: Iterable[Session], now_ms: int, speed: float) -> None:
        """Queue a message for its audience."""
        if not self._faults and not self._held:
            frame = text_frame(payload)
            for session in audience:
                self._frames.setdefault(session, []).append(frame)
            return
        for session in list(audience):
            self._push_faulty(topic, payload, session, now_ms, speed)

    def _push_faulty(self, topic: str, payload: bytes, session: Session, now_ms: int, speed: float) -> None:
        take = self._faults.take
        if take(topic, "ws_drop", "ws_freeze", "ws_mute"):
            return
        if b'"confirm":true' in payload and take(topic, "ws_lose_confirm"):
            payload = payload.replace(b'"confirm":true', b'"confirm":false')
        payload = self._altered.push(topic, payload)
        if take(topic, "ws_cut"):
            self._cut(session, text_frame(payload))
            return
        if take(topic, "ws_truncate"):
            payload = payload[: len(payload) * 2 // 3]
        if take(topic, "ws_garbage"):
            payload = b"\x7b\xef\xbf\xbd garbage " + payload[::-1].decode("ascii", "replace").encode()
        copies = 2 if take(topic, "ws_duplicate") else 1
        if late := take(topic, "ws_delay"):
            self._order += 1
            due = now_ms + int(late.number("delay", 2.0) * 1000 * speed)
            heapq.heappush(self._late, (due, self._order, session, text_frame(payload) * copies))
            return
        if take(topic, "ws_reorder"):
            self._held.setdefault(session, []).append(text_frame(payload) * copies)
            return
        frames = self._frames.setdefault(session, [])
        frames.extend([text_frame(payload)] * copies)
        frames.extend(self._held.pop(session, []))

    def _cut(self, session: Session, frame: bytes) -> None:
        """Send what is queued and half a frame, then the connection is gone."""
        session.peer.cut_after(b"".join(self._frames.pop(session, [])) + frame[: len(frame) // 2])

    def flush(self, now_ms: int) -> None:
        """Write what is queued, and what was delayed until now."""
        while self._late and self._late[0][0] <= now_ms:
            _, _, session, frame = heapq.heappop(self._late)
            self._frames.setdefault(session, []).append(frame)
        for session, frames in self._frames.items():
            session.peer.send(b"".join(frames))
            self.sent += len(frames)
        self._frames.clear()
