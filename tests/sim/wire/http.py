"""A small HTTP/1.1 server whose answers can also break in the ways real networks do.

Requests are parsed by httptools; a request to upgrade hands the connection to a websocket.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

import httptools
import orjson

from tests.sim.wire.websocket import Peer

Damage = Literal["none", "half", "close", "hang"]


@dataclass(frozen=True, slots=True)
class Request:
    """One request, headers in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """One answer; `damage` half stops in the body, close sends nothing and closes, hang sends nothing."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    damage: Damage = "none"

    def encode(self) -> bytes:
        """Return the bytes of the whole answer."""
        phrase = HTTPStatus(self.status).phrase if self.status in HTTPStatus._value2member_map_ else "Unknown"
        lines = [f"HTTP/1.1 {self.status} {phrase}", f"Content-Type: {self.content_type}", f"Content-Length: {len(self.body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + self.body


def json_response(payload: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON answer."""
    return Response(status, orjson.dumps(payload), headers=headers or {})


Handler = Callable[[Request], Awaitable[Response]]
Upgrade = Callable[[str], "Peer | Response | None"]  # of a path with its query


class Connection(asyncio.Protocol):
    """One client connection: requests in order, or a websocket after an upgrade."""

    def __init__(self, server: "HttpServer") -> None:
        self._server = server
        self._parser = httptools.HttpRequestParser(self)
        self._raw = bytearray()
        self._queue: asyncio.Queue[Request] = asyncio.Queue()
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body = bytearray()
        self.transport: asyncio.Transport | None = None
        self._worker: asyncio.Task[None] | None = None
        self._peer: Peer | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start answering."""
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "write")
        self.transport = transport  # type: ignore[assignment]
        self._server.connections.add(self)
        self._worker = asyncio.get_running_loop().create_task(self._answer())

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._server.connections.discard(self)
        if self._worker is not None:
            self._worker.cancel()
        if self._peer is not None:
            self._peer.lost()

    def data_received(self, data: bytes) -> None:
        """Feed the parser, or the websocket once upgraded."""
        if self._peer is not None:
            self._peer.received(data)
            return
        self._raw += data
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._upgrade()
        except httptools.HttpParserError:
            self._write(Response(400, b"bad request", "text/plain").encode())
            self._close()

    def eof_received(self) -> bool:
        """Let the websocket see the end; close otherwise."""
        if self._peer is not None:
            self._peer.ended()
        return False

    def pause_writing(self) -> None:
        """Tell the websocket that its client reads too slowly."""
        if self._peer is not None:
            self._peer.paused = True

    def resume_writing(self) -> None:
        """Tell the websocket that its client has caught up."""
        if self._peer is not None:
            self._peer.paused = False

    def on_url(self, url: bytes) -> None:
        """Collect the address (parser callback)."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect a header (parser callback)."""
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        """Collect the body (parser callback)."""
        self._body += body

    def on_message_complete(self) -> None:
        """Queue the request (parser callback)."""
        if self._parser.should_upgrade():
            return
        parts = urlsplit(self._url.decode("latin-1"))
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        method = self._parser.get_method().decode()
        self._queue.put_nowait(Request(method, unquote(parts.path), query, self._headers, bytes(self._body)))
        self._url, self._headers = b"", {}
        self._body.clear()
        self._raw.clear()

    def _upgrade(self) -> None:
        peer = self._server.upgrade(self._url.decode("latin-1")) if self._server.upgrade is not None else None
        if not isinstance(peer, Peer):
            self._write((peer or Response(503, b"", "text/plain")).encode())
            self._close()
            return
        assert self.transport is not None
        self._peer = peer
        peer.start(self.transport)
        peer.received(bytes(self._raw))

    async def _answer(self) -> None:
        while True:
            request = await self._queue.get()
            response = await self._server.handler(request)
            if response.damage == "hang":
                return
            if response.damage == "none":
                self._write(response.encode())
                if request.headers.get("connection", "").lower() != "close":
                    continue
                self._close()
                return
            if response.damage == "half":
                whole = response.encode()
                self._write(whole[: len(whole) - len(response.body) // 2 - 1])
            self._close()
            return

    def _write(self, data: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)

    def _close(self) -> None:
        if self.transport is not None:
            self.transport.close()

    def abort(self) -> None:
        """Cut the connection."""
        if self.transport is not None:
            self.transport.abort()


class HttpServer:
    """Listens on 127.0.0.1 and gives each request to the handler."""

    def __init__(self, handler: Handler, upgrade: Upgrade | None = None) -> None:
        self.handler = handler
        self.upgrade = upgrade
        self.connections: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self, port: int) -> None:
        """Listen; port 0 takes a free one and `port` tells which."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and cut every connection."""
        if self._server is not None:
            self._server.close()
            for connection in list(self.connections):
                connection.abort()
            await self._server.wait_closed()
            self._server = None
            while self.connections:  # noqa: ASYNC110 -- until each has seen its end, which takes a turn of the loop
                await asyncio.sleep(0)
