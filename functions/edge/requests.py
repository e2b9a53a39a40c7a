"""What happens around every request: an id, a size limit, a line in the log, a figure in the metrics, no unhandled error."""

import re
import time
import uuid
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from prometheus_client import Counter, Histogram
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from functions.edge import problems
from functions.logs import get_logger

log = get_logger("functions")
BODY_LIMIT = 1_000_000
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

REQUESTS = Counter("quorum_requests_total", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram("quorum_request_seconds", "Time from request to answer", ["method", "route"])


class RequestEnvelope:
    """The outermost ASGI layer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"").decode("latin-1")
        request_id = given if _ID.fullmatch(given) else uuid.uuid4().hex
        structlog.contextvars.bind_contextvars(request_id=request_id)
        exchange = _Exchange(receive, send, request_id)
        started = time.perf_counter()
        try:
            await self.app(scope, exchange.receive, exchange.send)
        except Exception:
            log.exception("unhandled error", path=scope["path"])
            detail = "this is a fault of ours; the log has it under the request id"
            await exchange.fail(problems.document(scope["path"], 500, "internal_error", detail))
        finally:
            _measure(scope, exchange.status, time.perf_counter() - started)
            structlog.contextvars.unbind_contextvars("request_id")


class _Exchange:
    """One request and its answer, watched."""

    def __init__(self, receive: Receive, send: Send, request_id: str) -> None:
        self._receive, self._send, self._id = receive, send, request_id
        self._size = 0
        self.status = 0

    async def receive(self) -> Message:
        message = await self._receive()
        self._size += len(message.get("body", b""))
        if self._size > BODY_LIMIT:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"expected a body of at most {BODY_LIMIT} bytes")
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", []), (b"x-request-id", self._id.encode())]
        await self._send(message)

    async def fail(self, problem: dict[str, Any]) -> None:
        if self.status:  # the answer has begun: nothing can be said any more
            return
        headers = [(b"content-type", problems.MEDIA_TYPE.encode())]
        await self.send({"type": "http.response.start", "status": problem["status"], "headers": headers})
        await self.send({"type": "http.response.body", "body": orjson.dumps(problem)})


def _measure(scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "unknown")
    REQUESTS.labels(scope["method"], route, status).inc()
    SECONDS.labels(scope["method"], route).observe(seconds)
    log.debug("request", method=scope["method"], route=route, status=status, ms=round(seconds * 1000, 1))
