"""What can happen to a REST request before or after the exchange has answered it."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tests.sim.bybit.altered import REST_ALTERED, Alterations
from tests.sim.bybit.messages import envelope
from tests.sim.clock import Clock
from tests.sim.faults import FaultBook
from tests.sim.wire.http import Request, Response

REST_FAULTS = frozenset(
    {
        "rest_status",
        "rest_ret_code",
        "rest_delay",
        "rest_half",
        "rest_disconnect",
        "rest_hang",
        "rest_garbage",
        "maintenance",
        "ws_refuse",
        *REST_ALTERED,
    }
)
_TOO_FREQUENT = Response(403, b"403, access too frequent", "text/plain")


@dataclass(slots=True)
class RateLimit:
    """The exchange's limit by address: `requests` in `seconds`, then HTTP 403 for `ban` seconds of wall time."""

    requests: int = 600
    seconds: float = 5.0
    ban: float = 600.0
    _times: deque[float] = field(default_factory=deque)
    _banned_until: float = 0.0

    def allows(self, now: float) -> bool:
        """Count a request; False when it comes too often or during a ban."""
        if now < self._banned_until:
            return False
        self._times.append(now)
        while self._times and self._times[0] <= now - self.seconds:
            self._times.popleft()
        if len(self._times) > self.requests:
            self._banned_until = now + self.ban
            return False
        return True


async def troubled(
    request: Request,
    faults: FaultBook,
    limit: RateLimit | None,
    answer: Callable[[Request], Response],
    clock: Clock,
    altered: Alterations,
) -> Response:
    """Answer a request as the faults in force allow."""
    path = request.path
    if late := faults.take(path, "rest_delay"):
        await asyncio.sleep(late.number("delay", 1.0))
    if limit is not None and not limit.allows(time.time()):
        return _TOO_FREQUENT
    if fault := faults.take(path, "rest_status", "maintenance", "rest_disconnect", "rest_hang", "rest_ret_code"):
        return _instead(
            fault.kind, clock, int(fault.number("status", 503)), int(fault.number("code", 10006)), fault.text("body", "")
        )
    response = altered.answer(path, request.query, answer(request))
    if faults.take(path, "rest_garbage"):
        return replace(response, body=b"<html>" + response.body[: len(response.body) // 3])
    if faults.take(path, "rest_half"):
        return replace(response, damage="half")
    return response


def _instead(kind: str, clock: Clock, status: int, code: int, body: str) -> Response:
    """Return what comes instead of an answer."""
    now = clock.now_ms()
    if kind == "rest_disconnect":
        return Response(damage="close")
    if kind == "rest_hang":
        return Response(damage="hang")
    if kind == "maintenance":
        return Response(body=envelope({}, now, code=10016, message="System maintenance in progress"))
    if kind == "rest_ret_code":
        message = {10006: "Too many visits!", 10000: "Server Timeout", 10016: "Server error"}.get(code, "error")
        headers = {"X-Bapi-Limit": "600", "X-Bapi-Limit-Status": "0", "X-Bapi-Limit-Reset-Timestamp": str(now + 1000)}
        return Response(body=envelope({}, now, code=code, message=message), headers=headers if code == 10006 else {})
    if status == 403 and not body:
        return _TOO_FREQUENT
    retry = {"Retry-After": "1"} if status == 429 else {}
    return Response(status, body.encode() or f"{status} error".encode(), "text/plain", headers=retry)
