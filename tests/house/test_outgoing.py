"""Who opens connections, and to where: a module that calls the outside is named here with what names its address."""

import ast
from pathlib import Path

from tests.house.test_structure import CHECKOUT, modules

CLIENTS = {
    *("aiohttp", "feedparser", "ftplib", "http.client", "httpcore", "httpx", "httpx2", "openai", "picows", "praw", "requests"),
    *("smtplib", "socket", "urllib.request", "urllib3", "websockets"),
}
OF_OURS = "address of a part of ours, from the settings"
OF_SETTINGS = "address of the settings; no redirect is followed"
JUDGED = "address of the settings; what it leads to is judged by functions/outgoing/reach.py"
NONE = "calls nobody"
WHO = {
    "functions/collector/announce.py": OF_OURS,
    "functions/collector/bridge.py": OF_SETTINGS,
    "functions/collector/stream.py": OF_SETTINGS,
    "functions/collector/telling/exchange_report.py": OF_OURS,
    "functions/collector/whales.py": OF_SETTINGS,
    "functions/delivery/sources/bot.py": OF_SETTINGS,
    "functions/market/sources/ccxt_bybit.py": OF_SETTINGS,
    "functions/operations/checks/doctor.py": OF_SETTINGS,
    "functions/operations/checks/model.py": OF_SETTINGS,
    "functions/operations/checks/preflight.py": NONE,
    "functions/operations/checks/telegram.py": OF_SETTINGS,
    "functions/operations/demo.py": OF_OURS,
    "functions/operations/demo_trader.py": OF_OURS,
    "functions/operations/menu.py": OF_SETTINGS,
    "functions/operations/page.py": OF_OURS,
    "functions/operations/supervise.py": NONE,
    "functions/operations/terminal/live_line.py": OF_OURS,
    "functions/operations/up.py": OF_OURS,
    "functions/outgoing/__init__.py": JUDGED,
    "functions/outgoing/bridge.py": OF_SETTINGS,
    "functions/outgoing/chat.py": OF_SETTINGS,
    "functions/outgoing/proxies.py": NONE,
    "functions/outgoing/reach.py": JUDGED,
    "functions/sentiment/sources/feeds.py": JUDGED,
    "functions/sentiment/sources/reddit.py": OF_SETTINGS,
    "functions/watchdog/run/look.py": OF_OURS,
    "functions/watchdog/sources/health_check.py": OF_SETTINGS,
    "functions/watchdog/sources/telegram.py": OF_SETTINGS,
    "n8n/rest.py": OF_OURS,
    "tui/web/guard.py": NONE,
    "tui/web/server.py": NONE,
    "tui/web/tabs.py": NONE,
}


def imported(module: Path) -> set[str]:
    """Return what a module imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def calls_out(module: Path) -> bool:
    """Tell whether a module imports something that opens connections."""
    return any(name == client or name.startswith(f"{client}.") for name in imported(module) for client in CLIENTS)


def test_every_module_that_opens_connections_is_known() -> None:
    assert {str(module.relative_to(CHECKOUT)) for module in modules() if calls_out(module)} == set(WHO)


def test_nobody_follows_redirects_unseen() -> None:
    """A client that follows by itself goes where nobody has judged; the libraries here that do it by default are told not to."""
    sources = {str(module.relative_to(CHECKOUT)): module.read_text() for module in modules()}
    assert [
        name for name, source in sources.items() if "follow_redirects=True" in source or "allow_redirects=True" in source
    ] == []
    assert "max_redirects=0" in sources["functions/collector/stream.py"]
    assert '"allow_redirects": False' in sources["functions/sentiment/sources/reddit.py"]
