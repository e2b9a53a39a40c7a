"""The dashboard in a browser: its token, its tabs and their processes, and a real page in Chromium."""

import asyncio
import shlex
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from aiohttp import web
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.browser import browser, needs_browser
from tests.workflows.n8n_server import free_port
from tui.web.server import ADDRESS, application

TOKEN = "a-token-of-the-tests"
COMMAND = shlex.join([sys.executable, "-m", "tests.integration.tui.served"])
WITHIN = 30.0


class Served:
    """A running server: where it listens, and the processes of its tabs."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://{ADDRESS}:{port}"
        self.cookie = {"Cookie": f"quorum_dashboard_{port}={TOKEN}"}

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(f"{self.url}{path}", headers=headers, trust_env=False, timeout=WITHIN)

    def tab(self, **headers: str) -> ClientConnection:
        given = {**self.cookie, "Origin": self.url, **headers}
        return connect(
            f"ws://{ADDRESS}:{self.port}/ws?width=100&height=30", additional_headers=given, proxy=None, open_timeout=WITHIN
        )

    @staticmethod
    def processes() -> list[psutil.Process]:
        found = psutil.Process().children(recursive=True)
        return [one for one in found if "tests.integration.tui.served" in " ".join(one.cmdline())]


def until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WITHIN
    while not true():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.05)


def running(port: int, idle: float) -> Iterator[Served]:
    """Run the server in a thread, with two tabs at most."""
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(application(COMMAND, TOKEN, port, most=2, idle=idle))

    async def start() -> None:
        await runner.setup()
        await web.TCPSite(runner, ADDRESS, port).start()

    loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield Served(port)
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(WITHIN)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(WITHIN)
    loop.close()


@pytest.fixture
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    yield from running(free_port(), idle=getattr(request, "param", 3600))


@pytest.mark.parametrize("path", ["/", "/?token=wrong", "/?token=", "/static/js/textual.js", "/page.css", "/ws", "/nothing"])
def test_without_the_token_there_is_one_clear_page(served: Served, path: str) -> None:
    for cookie in ({}, {"Cookie": f"quorum_dashboard_{served.port}=wrong"}):
        answer = served.get(path, **cookie)
        assert answer.status_code == 403
        assert "The token is missing or wrong" in answer.text
        assert "quorum dashboard --web" in answer.text


def test_the_address_with_the_token_gives_a_cookie_and_leads_to_one_without_it(served: Served) -> None:
    answer = served.get(f"/?token={TOKEN}")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(answer.headers["Set-Cookie"].split("; "))
    assert served.get("/?token=old", **served.cookie).status_code == 403
    page = served.get("/", **served.cookie)
    assert page.status_code == 200
    assert "https:" not in page.text
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Host": "["}, {"Origin": "http://evil.example"}, {"Origin": "null"}]
)
def test_no_other_name_and_no_other_origin_passes_even_with_the_cookie(served: Served, headers: dict[str, str]) -> None:
    for path in ("/", "/ws"):
        assert served.get(path, **served.cookie, **headers).status_code == 403
    assert served.processes() == []


def test_a_tab_is_a_process_and_ends_with_it_and_there_are_no_more_than_agreed(served: Served) -> None:
    with served.tab() as first, served.tab():
        assert first.recv(timeout=WITHIN)
        until(lambda: len(served.processes()) == 2, "each tab has its process")
        with pytest.raises(InvalidStatus) as refused:
            served.tab()
        assert refused.value.response.status_code == 503
        assert "Close one" in served.get("/", **served.cookie).text
        first.send('["stdin", "q"]')
        until(lambda: len(served.processes()) == 1, "the tab that was left by its key has ended")
    until(lambda: not served.processes(), "the tab that was closed has ended")


@pytest.mark.parametrize("served", [0.5], indirect=True)
def test_a_tab_that_nobody_uses_ends(served: Served) -> None:
    with served.tab() as tab:
        until(lambda: _closed(tab), "the server has closed the forgotten tab")
    until(lambda: not served.processes(), "its process has ended")


def _closed(tab: ClientConnection) -> bool:
    try:
        tab.recv(timeout=WITHIN)
    except ConnectionClosed:
        return True
    return False


@needs_browser
def test_the_dashboard_is_seen_in_a_browser(served: Served, tmp_path: Path) -> None:
    with browser(tmp_path, 1000, 640) as page:
        page.open(f"{served.url}/?token={TOKEN}")
        page.until("document.body.classList.contains('-first-byte')", "the first screen is painted")
        assert page.evaluate("location.href") == f"{served.url}/"
        assert page.evaluate("performance.getEntriesByType('resource').every(one => one.name.startsWith(location.origin))")
        assert len(served.processes()) == 1
        page.until("document.activeElement.className == 'xterm-helper-textarea'", "keys go to the terminal")
        page.open("about:blank")
        until(lambda: not served.processes(), "the process of the tab has ended")
