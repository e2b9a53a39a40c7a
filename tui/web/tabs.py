"""The tabs that are open, each with a process of its own; a process ends with its tab, and a forgotten tab ends, too."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

ENDS_WITHIN = 5.0  # seconds, then it is killed


class TabProcess(AppService):
    """The dashboard's process behind one tab."""

    async def end(self) -> None:
        """End the process: it is asked to, and killed when it does not within some seconds."""
        with suppress(TimeoutError, OSError):
            await asyncio.wait_for(self.stop(), ENDS_WITHIN)
        if self._process is not None:
            if self._process.returncode is None:
                self._process.kill()
            await self._process.wait()

    async def over(self) -> None:
        """Wait until the process has ended by itself."""
        if self._task is not None:
            await asyncio.shield(self._task)


@dataclass(slots=True, eq=False)
class Tab:
    """One tab: its connection, and when a person last pressed a key in it."""

    websocket: web.WebSocketResponse
    process: TabProcess | None = None
    touched: float = field(default_factory=time.monotonic)


class Tabs:
    """The open tabs.

    Args:
        command: that runs the dashboard.
        most: tabs at a time.
        idle: seconds without a key after which a tab ends.
    """

    def __init__(self, command: str, *, most: int, idle: float) -> None:
        self._command = command
        self._most = most
        self._idle = idle
        self._open: set[Tab] = set()
        self._downloads = DownloadManager()

    @property
    def full(self) -> bool:
        """Tell whether no further tab may open."""
        return len(self._open) >= self._most

    async def serve(self, request: web.Request, width: int, height: int) -> web.WebSocketResponse:
        """Run a process for a tab until the tab closes, the process ends or nobody uses it; the caller saw that there is room."""
        tab = Tab(web.WebSocketResponse(heartbeat=15, max_msg_size=1 << 16))

        async def close() -> None:
            await tab.websocket.close()

        self._open.add(tab)
        try:
            await tab.websocket.prepare(request)
            tab.process = TabProcess(
                f"exec {self._command}",
                write_bytes=tab.websocket.send_bytes,
                write_str=tab.websocket.send_str,
                close=close,
                download_manager=self._downloads,
            )
            await tab.process.start(width, height)
            ends = (self._listen(tab), tab.process.over(), self._forgotten(tab))
            tasks = [asyncio.ensure_future(one) for one in ends]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            if tab.process is not None:
                await tab.process.end()
            await tab.websocket.close()
            self._open.discard(tab)
        return tab.websocket

    async def close_all(self) -> None:
        """Close every tab."""
        await asyncio.gather(*(tab.websocket.close() for tab in self._open))

    async def _listen(self, tab: Tab) -> None:
        """Pass on what a person does in the tab; anything else is passed over."""
        async for message in tab.websocket:
            if message.type is not WSMsgType.TEXT or tab.process is None:
                continue
            match message.json():
                case ["stdin", str(keys)]:
                    tab.touched = time.monotonic()
                    await tab.process.send_bytes(keys.encode())
                case ["resize", {"width": int(width), "height": int(height)}]:
                    await tab.process.set_terminal_size(width, height)
                case ["ping", data]:
                    await tab.websocket.send_json(["pong", data])
                case ["blur", *_]:
                    await tab.process.blur()
                case ["focus", *_]:
                    await tab.process.focus()

    async def _forgotten(self, tab: Tab) -> None:
        # It waits for an age of the last key, not for an event.
        while (left := tab.touched + self._idle - time.monotonic()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(left)
