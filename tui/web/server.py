"""The server of the dashboard in a browser. It binds this machine's own address alone."""

from collections.abc import Callable
from pathlib import Path

import textual_serve
from aiohttp import web

from functions.errors import Conflict
from tui.web.guard import guarded, page
from tui.web.tabs import Tabs

HERE = Path(__file__).parent
STATIC = Path(textual_serve.__file__).parent / "static"
ADDRESS = "127.0.0.1"
MOST_TABS = 4
IDLE = 3600.0  # seconds
LARGEST = 1000  # characters, of a tab's width and height


def application(command: str, token: str, port: int, *, most: int = MOST_TABS, idle: float = IDLE) -> web.Application:
    """Return the server's application.

    Args:
        command: that runs the dashboard, for each tab.
        token: that its address has to hold once.
        port: it will listen at; it is part of the cookie's name, since a browser keeps cookies by machine.
        most: tabs at a time.
        idle: seconds without a key after which a tab ends.
    """
    tabs = Tabs(command, most=most, idle=idle)
    full = (
        "Enough tabs are open",
        f"The dashboard runs in {most} tabs at a time, a process each. Close one and load this page again.",
    )

    async def index(request: web.Request) -> web.StreamResponse:
        if tabs.full:
            return page(503, *full)
        text = (HERE / "page.html").read_text()
        size = _number(request, "fontsize", 16)
        return web.Response(text=text.format(host=request.host, font_size=size), content_type="text/html")

    async def part(request: web.Request) -> web.StreamResponse:
        return web.FileResponse(HERE / request.path.removeprefix("/"))

    async def websocket(request: web.Request) -> web.StreamResponse:
        if tabs.full:
            return page(503, *full)
        return await tabs.serve(request, _number(request, "width", 80), _number(request, "height", 24))

    async def close(_application: web.Application) -> None:
        await tabs.close_all()

    app = web.Application(middlewares=[guarded(token, f"quorum_dashboard_{port}")])
    app.add_routes(
        [
            web.get("/", index),
            web.get("/page.css", part),
            web.get("/page.js", part),
            web.get("/ws", websocket),
            web.static("/static", STATIC),
        ]
    )
    app.on_shutdown.append(close)
    return app


def serve(command: str, token: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until Ctrl-C; `ready` is told the address with the token.

    Raises:
        Conflict: the port is taken.
    """

    def listening(*_lines: object) -> None:
        ready(f"http://{ADDRESS}:{port}/?token={token}")

    try:
        web.run_app(application(command, token, port), host=ADDRESS, port=port, access_log=None, print=listening)
    except OSError as error:
        raise Conflict("port_taken", f"port {port} is taken: choose another one with --port") from error


def _number(request: web.Request, name: str, otherwise: int) -> int:
    given = request.query.get(name, "")
    return min(int(given), LARGEST) if given.isascii() and given.isdigit() else otherwise
