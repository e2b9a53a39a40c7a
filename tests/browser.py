"""Chromium without a window, spoken to by its DevTools protocol.

Debian's package `chromium`, or any other Chrome on the path; where there is none, tests of pages are skipped and say so.
"""

import base64
import io
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_browser = pytest.mark.skipif(PROGRAM is None, reason="no browser on this machine: apt install chromium")
PHONE = (390, 844)  # width and height of a page on a phone, in CSS pixels


class Browser:
    """A page of Chromium."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._number = 0

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and return its result; what the page tells by itself is passed over."""
        self._number += 1
        self._connection.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            answer = json.loads(self._connection.recv(timeout=60))
            if answer.get("id") == self._number:
                return dict(answer["result"])

    def open(self, address: str) -> None:
        """Go to a page."""
        self.ask("Page.navigate", url=address)

    def leave(self) -> None:
        """Leave the page, so that it can say goodbye: n8n keeps a workflow for two minutes for an editor that just vanishes."""
        self.open("about:blank")
        self.until("location.href === 'about:blank'", "the page is left")

    def evaluate(self, expression: str) -> Any:
        """Return the value of JavaScript in the page.

        Raises:
            ValueError: it raises; the message has its words.
        """
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise ValueError(answer["exceptionDetails"].get("exception", {}).get("description", expression))
        return answer["result"].get("value")

    def until(self, expression: str, what: str, seconds: float = 30) -> Any:
        """Wait until JavaScript gives something true, and return it."""
        deadline = time.monotonic() + seconds
        while not (value := self._evaluated(expression)):
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {seconds:g} s in vain until {what}")
            time.sleep(0.05)
        return value

    def _evaluated(self, expression: str) -> Any:
        with suppress(ValueError):  # the page is not there yet
            return self.evaluate(expression)

    def click(self, expression: str, times: int = 1) -> None:
        """Click an element where a finger would, in its middle, or twice; `expression` gives the element."""
        shown = f"const e = {expression}; e.scrollIntoView({{block: 'center'}})"
        box = self.evaluate(f"(() => {{ {shown}; return e.getBoundingClientRect().toJSON() }})()")
        where = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2, "button": "left"}
        for count in range(1, times + 1):
            for kind in ("mousePressed", "mouseReleased"):
                self.ask("Input.dispatchMouseEvent", type=kind, clickCount=count, **where)

    def type(self, text: str) -> None:
        """Write into the element that has the focus."""
        self.ask("Input.insertText", text=text)

    def write(self, text: str) -> None:
        """Write into the element that has the focus, and press Enter."""
        self.type(text)
        for kind in ("keyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", windowsVirtualKeyCode=13, text="\r")

    def resize(self, width: int, height: int, scale: float) -> None:
        """Make the page so large, in CSS pixels; a CSS pixel is `scale` pixels of a screenshot wide."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=False)

    def screenshot(self) -> bytes:
        """Return what is seen as PNG."""
        return base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"])


def small(png: bytes, colours: int = 64) -> bytes:
    """Return a screenshot in so few colours that its file stays small."""
    with Image.open(io.BytesIO(png)) as picture, io.BytesIO() as target:
        picture.convert("RGB").quantize(colours).save(target, "PNG", optimize=True)
        return target.getvalue()


@contextmanager
def browser(folder: Path, width: int, height: int, scale: float = 1) -> Iterator[Browser]:
    """Run Chromium.

    Args:
        folder: of its own files.
        width: of the page, in CSS pixels.
        height: of the page, in CSS pixels.
        scale: pixels of a picture in one CSS pixel.
    """
    assert PROGRAM, "no browser on this machine: apt install chromium"
    size = f"--window-size={width},{height}"
    options = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-proxy-server", size)
    process = subprocess.Popen(
        [PROGRAM, *options, f"--user-data-dir={folder}", "--remote-debugging-port=0", "about:blank"],
        stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        with connect(_page(folder / "DevToolsActivePort"), max_size=None, proxy=None) as connection:
            page = Browser(connection)
            page.resize(width, height, scale)
            try:
                yield page
            finally:
                with suppress(TimeoutError, ValueError, OSError, ConnectionClosed):  # what went wrong before says more
                    page.leave()
    finally:
        process.terminate()
        process.wait(20)


def _page(told: Path) -> str:
    """Return the address of the first page; Chromium writes its port into a file."""
    deadline = time.monotonic() + 60
    while True:
        try:
            port = told.read_text().splitlines()[0]
            pages = httpx.get(f"http://127.0.0.1:{port}/json", trust_env=False).json()
            return str(next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page"))
        except (OSError, httpx.TransportError, IndexError, StopIteration):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
