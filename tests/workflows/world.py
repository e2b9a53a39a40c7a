"""What n8n talks to in these tests: the real functions, the real bridge, and the simulated Telegram, all in one thread."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import uvicorn

from functions.app import create_app
from functions.collector.bridge import run_bridge
from functions.edge.problems import MEDIA_TYPE, document
from functions.settings import Settings
from tests.sim import InThread, TelegramSim

CHAT, SECOND = 111, 222


class FunctionsServer:
    """The HTTP functions on the port of the settings."""

    def __init__(self, settings: Settings) -> None:
        self._app = create_app(settings)
        self._faulty, self.refusals, self._loses, self._detail = "", 0, False, ""
        self._one_by_one = asyncio.Lock()
        self.calls: Counter[str] = Counter()  # how often each path was asked for
        config = uvicorn.Config(
            self._gate, interface="asgi3", port=settings.functions_port, log_config=None, timeout_graceful_shutdown=30
        )
        self._server = uvicorn.Server(config)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Serve; returns when requests are answered."""
        self._task = asyncio.create_task(self._server.serve())
        while not self._server.started and not self._task.done():  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)

    def refuse(self, ending: str, times: int, detail: str = "") -> None:
        """Answer 503 to the next calls whose path ends so, with a problem that has a detail; `refusals` counts down."""
        self._faulty, self.refusals, self._loses, self._detail = ending, times, False, detail

    def lose(self, ending: str) -> None:
        """Do what the next call whose path ends so asks for, but answer 503; claims that find nothing do not count."""
        self._faulty, self.refusals, self._loses = ending, 1, True

    async def _gate(self, scope: Any, receive: Any, send: Any) -> None:
        self.calls[scope.get("path", "")] += 1
        if not self._strikes(scope):
            await self._app(scope, receive, send)
            return
        async with self._one_by_one:  # of two claims at once, one is lost
            if not self._strikes(scope):
                await self._app(scope, receive, send)
                return
            if self._loses and not await self._lost(scope, receive, send):
                return
            self.refusals -= 1
        body = json.dumps(document(scope["path"], 503, "exchange_away", self._detail)).encode() if self._detail else b""
        headers = [(b"content-type", MEDIA_TYPE.encode())] if body else []
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _strikes(self, scope: Any) -> bool:
        return bool(self.refusals and scope["type"] == "http" and scope["path"].endswith(self._faulty))

    async def _lost(self, scope: Any, receive: Any, send: Any) -> bool:
        """Do what is asked for and swallow the answer; one that gives nothing out is passed on, for nothing would be lost."""
        answer: list[Any] = []

        async def keep(message: Any) -> None:
            answer.append(message)

        await self._app(scope, receive, keep)
        if b'"delivery":null' not in b"".join(message.get("body", b"") for message in answer):
            return True
        for message in answer:
            await send(message)
        return False

    async def stop(self) -> None:
        """Stop serving."""
        self._server.should_exit = True
        if self._task:
            await self._task


class RunningBridge:
    """The collector's Telegram bridge."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Carry updates."""
        self._task = asyncio.create_task(run_bridge(self._settings, poll_seconds=5))

    async def stop(self) -> None:
        """Stop carrying."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task


class Outside:
    """The person at Telegram's end, and what may fail."""

    def __init__(self, thread: InThread, telegram: TelegramSim, functions: FunctionsServer) -> None:
        self._thread = thread
        self.telegram = telegram
        self.functions = functions

    def says(self, text: str) -> None:
        """Write to the bot."""
        self._thread.do(lambda: self.telegram.say(CHAT, text))

    def presses(self, data: str) -> None:
        """Press the newest button with this data."""
        self._thread.do(lambda: self.telegram.press(CHAT, data))

    def fault(self, kind: str, **options: Any) -> None:
        """Let Telegram fail."""
        self._thread.do(lambda: self.telegram.fault(kind, **options))

    def forget(self) -> None:
        """Let Telegram forget its faults, what was sent and what waits."""
        self._thread.do(self.telegram.reset)

    def wait(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        """Wait until something happened at Telegram that makes the condition true."""
        self._thread.run(self.telegram.journal.until(condition, seconds), seconds + 5)

    def got(self, words: str) -> list[Any]:
        """Return the messages with these words."""
        return [sent for sent in self.telegram.sent if words in sent.text]
