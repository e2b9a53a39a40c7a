"""A plain websocket client of the exchange's stream."""

import asyncio
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Self

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

Message = dict[str, Any]


class StreamClient:
    """Keeps what it receives, text that is not JSON as `{"broken": text}`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self.received: list[Message] = []
        self.closed = False

    async def __aenter__(self) -> Self:
        self._connection = await connect(self._url, ping_interval=None)
        self._reader = asyncio.get_running_loop().create_task(self._read(self._connection))
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._connection is not None
        assert self._reader is not None
        await self._connection.close()
        await self._reader

    async def _read(self, connection: ClientConnection) -> None:
        try:
            async for text in connection:
                try:
                    self.received.append(orjson.loads(text))
                except orjson.JSONDecodeError:
                    self.received.append({"broken": text})
                self._changed.set()
        except ConnectionClosed:
            pass
        finally:
            self.closed = True
            self._changed.set()

    async def send(self, request: Message) -> None:
        assert self._connection is not None
        await self._connection.send(orjson.dumps(request), text=True)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition over what was received holds."""
        async with asyncio.timeout(10):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def request(self, operation: str, topics: Iterable[str] = (), **more: object) -> Message:
        """Send a request and return the answer to it."""
        seen = len(self.replies())
        await self.send({"op": operation, **({"args": list(topics)} if topics else {}), **more})
        await self.until(lambda: len(self.replies()) > seen)
        return self.replies()[seen]

    def replies(self) -> list[Message]:
        return [message for message in self.received if "success" in message]

    def pushes(self, topic: str) -> list[Message]:
        return [message for message in self.received if message.get("topic") == topic]

    def candles(self, topic: str, *, confirm: bool) -> list[Message]:
        """Return the candles pushed on a topic, closing or forming ones."""
        return [candle for push in self.pushes(topic) for candle in push["data"] if candle["confirm"] is confirm]
