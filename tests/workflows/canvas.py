"""The canvas of a workflow as n8n's editor shows it.

`python -m tests.workflows.canvas candles-closed docs/images/candles-closed.png`: a real n8n on a database of its own gets every
workflow, and Chromium, which has to be installed, shows one of them.
"""

import argparse
import base64
import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

from functions.settings import Settings
from n8n import workflows
from n8n.deploy import deploy_to
from n8n.rest import Rest
from tests.bench.ground import postgres
from tests.conftest import make_settings
from tests.workflows.n8n_server import free_port, start_n8n

WIDTH, HEIGHT, SHOWN_WITHIN = 1200, 656, 60
_SHOWN = "document.querySelectorAll('[data-test-id=canvas-node]').length"


class Browser:
    """A page of Chromium, spoken to by its DevTools protocol."""

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


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """Run Chromium without a window."""
    port = free_port()
    size = f"--window-size={WIDTH},{HEIGHT}"
    options = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", size, f"--user-data-dir={folder}")
    process = subprocess.Popen(
        ["chromium", *options, f"--remote-debugging-port={port}", "about:blank"], stderr=subprocess.DEVNULL
    )
    try:
        with connect(_page(port), max_size=None, proxy=None) as connection:
            yield Browser(connection)
    finally:
        process.terminate()
        process.wait(20)


def _page(port: int) -> str:
    deadline = time.monotonic() + 60
    while True:
        try:
            pages = httpx.get(f"http://127.0.0.1:{port}/json", trust_env=False).json()
            return str(next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page"))
        except (httpx.TransportError, StopIteration):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def picture(settings: Settings, name: str, folder: Path) -> bytes:
    """Return the canvas of a workflow as PNG."""
    password = settings.n8n_owner_password.get_secret_value()
    body = {"emailOrLdapLoginId": settings.n8n_owner_email, "password": password}
    login = httpx.post(f"{settings.n8n_address}/rest/login", json=body, trust_env=False).raise_for_status()
    with browser(folder) as page:
        size = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
        page.ask("Emulation.setDeviceMetricsOverride", **size)
        page.ask("Network.setCookie", name="n8n-auth", value=login.cookies["n8n-auth"], url=settings.n8n_address)
        page.ask("Page.navigate", url=f"{settings.n8n_address}/workflow/{name}")
        deadline = time.monotonic() + SHOWN_WITHIN
        while not page.ask("Runtime.evaluate", expression=_SHOWN)["result"]["value"]:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the canvas of {name} is not shown within {SHOWN_WITHIN} s")
            time.sleep(0.5)
        time.sleep(5)  # icons and edges come after the nodes, and nothing says when they are all there
        return base64.b64decode(page.ask("Page.captureScreenshot", format="png")["data"])


def main() -> None:
    """Take the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=sorted(workflows.load()))
    parser.add_argument("file", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="quorum-canvas-") as place, postgres() as url:
        folder = Path(place)
        ports = {"n8n_port": free_port(), "functions_port": free_port()}
        settings = make_settings(database_url=url, data_dir=folder, **ports)
        with start_n8n(settings, folder):
            with Rest(settings) as n8n:
                deploy_to(n8n, settings, workflows.load())
            options.file.write_bytes(picture(settings, options.name, folder / "chromium"))


if __name__ == "__main__":
    main()
