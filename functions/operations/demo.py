"""The same desk against a simulated exchange and a simulated Telegram: no keys, no account, signals after a minute.

Market time runs `speed` times as fast as the wall clock and starts just before a close. Only the outside is simulated: Postgres,
the functions, the collector and n8n are the real ones.
"""

import os
import shutil
import socket
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from rich.console import Console

from functions.clock import wall_now
from functions.errors import InputRejected
from functions.operations.checks import preflight
from functions.operations.demo_trader import DemoTrader
from functions.operations.desks import demo_place, file_of
from functions.operations.init import write_env
from functions.operations.supervise import Program, Supervisor
from functions.operations.up import Stopped, up
from functions.outgoing.proxies import OURS
from functions.settings import CHECKOUT, Settings, use_only
from functions.shown import command
from n8n.environment import broker_port

SYMBOLS = 20
SEED = 42  # of a drawn market that rises: the gate for longs is open
KNOWN_SEED = 2218  # of known coins that rise for three months from MARKET_START on, calmly at first, with setups at most closes
TRADES = 20  # that the desk may hold at once: by default three of one direction would fill it for days
CHAT = 7_000_000_042
TOKEN = "7000000001:SIMULATED-bot-token-0123456789abcdef"  # noqa: S105 - of the simulated Telegram
MARKET_START = datetime(2024, 3, 5, 12, 45, tzinfo=UTC)  # the close after it has signals, and by then every factor has been read
WARM_UP = timedelta(seconds=25)  # wall time until the first close: the desk is up about then


def run_demo(console: Console, *, seconds: float, speed: float) -> None:
    """Run the demo until Ctrl-C, or for `seconds`; it begins anew each time.

    Nothing of the person's own settings reaches it, neither from the environment nor from `.env`.

    Raises:
        Conflict: a demo runs here already.
        InputRejected: the folder cannot be written.
    """
    place = demo_place()
    preflight.writable(place)
    with preflight.hold_desk(place):  # the lock lies outside of what is wiped
        folder = _empty(place / "desk")
        settings = world(folder, speed=speed, symbols=SYMBOLS, open_limit=TRADES, direction_limit=TRADES, postgres_durable=False)
        use_only(file_of(folder))
        os.environ["PYTHONPATH"] = str(CHECKOUT)  # the simulated world is part of the checkout
        console.print(f"[bold]Demo[/]: {SYMBOLS} simulated pairs, market time {speed:g} times as fast, in {folder}")
        console.print(f"[bold]Telegram[/]: {settings.telegram_api_url}/chat is its chat, to read and write in a browser")
        console.print(f"[dim]In a second terminal, {command('status')} and {command('doctor')} speak of this desk.[/]\n")
        simulation = Program("world", world_command(settings, "known", KNOWN_SEED), 5)
        up(settings, console, beside=[simulation], watch=_watch(settings, console, seconds))


def _empty(folder: Path) -> Path:
    """End what an earlier demo left running and forget its data."""
    Supervisor(folder).end_leftovers()
    try:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir()
    except OSError as error:
        raise InputRejected("data_dir", f"{error.filename} cannot be removed: {error.strerror}") from error
    return folder


def world(folder: Path, *, speed: float, symbols: int, market_start: datetime = MARKET_START, **changes: object) -> Settings:
    """Write the settings of a desk that lives in a simulated world, with all its data in `folder`, and return them.

    Args:
        folder: is there; its file `env` holds the settings afterwards.
        speed: seconds of market time in one second.
        symbols: how many pairs there are.
        market_start: the first close that comes live, half a minute of wall time from now.
        changes: other settings, by their names in lower case.
    """
    file = file_of(folder)
    write_env(file)
    bybit, telegram, sources, functions, collector, n8n = _free_ports(6)
    values = {
        "data_dir": folder,
        "functions_port": functions,
        "collector_port": collector,
        "n8n_port": n8n,
        "bybit_rest_url": f"http://127.0.0.1:{bybit}",
        "bybit_ws_url": f"ws://127.0.0.1:{bybit}/v5/public/spot",
        "telegram_api_url": f"http://127.0.0.1:{telegram}",
        "fear_greed_url": f"http://127.0.0.1:{sources}/fng",
        "coingecko_url": f"http://127.0.0.1:{sources}/coingecko",
        "lunarcrush_url": f"http://127.0.0.1:{sources}/lunarcrush",
        "lunarcrush_key": "a-lunarcrush-key",
        "reddit_url": f"http://127.0.0.1:{sources}",
        "reddit_oauth_url": f"http://127.0.0.1:{sources}",
        "reddit_client_id": "an-app-id",
        "reddit_client_secret": "an-app-secret",
        "posts_url": f"http://127.0.0.1:{sources}/posts/search",
        "posts_key": "an-aggregator-key",
        "feeds_url": f"http://127.0.0.1:{sources}/rss",
        "defillama_url": f"http://127.0.0.1:{sources}/llama",
        "stablecoins_url": f"http://127.0.0.1:{sources}/stablecoins",
        "polymarket_gamma_url": f"http://127.0.0.1:{sources}/gamma",
        "polymarket_clob_url": f"http://127.0.0.1:{sources}/clob",
        "cryptoquant_url": f"http://127.0.0.1:{sources}/cryptoquant",
        "dune_url": f"http://127.0.0.1:{sources}/dune",
        "whale_alert_url": f"http://127.0.0.1:{sources}/whale",
        "whale_alert_ws_url": f"ws://127.0.0.1:{sources}/whale/ws",
        "telegram_bot_token": TOKEN,
        "telegram_chat_ids": CHAT,
        "top_symbols": symbols,
        "history_days": 4,  # and never fewer than 1,000 candles of a timeframe
        "market_clock": f"{_iso(market_start - WARM_UP * speed)}@{_iso(wall_now())}x{speed:g}",
        **changes,
    }
    with file.open("a") as lines:
        lines.writelines(f"{name.upper()}={value}\n" for name, value in values.items())
    return Settings.load(file)


def world_command(settings: Settings, data: str = "none", seed: int = SEED) -> tuple[str, ...]:
    """Return the command of the simulated outside that those settings point at.

    Args:
        settings: as `world` made them.
        data: where the candles come from: `none` draws all of them, `auto` takes recorded ones where there are any, `known` draws
            them about the prices that known coins had on the day of MARKET_START.
        seed: of what is drawn.
    """
    places = {"bybit": settings.bybit_rest_url, "telegram": settings.telegram_api_url, "sources": settings.fear_greed_url}
    ports = [word for name, url in places.items() for word in (f"--{name}-port", str(urlsplit(url).port))]
    market = ["--symbols", str(settings.top_symbols), "--data", data, "--seed", str(seed), "--clock", settings.market_clock]
    bot = ["--token", settings.telegram_bot_token.get_secret_value(), "--chat", str(settings.telegram_chat_ids[0])]
    return (sys.executable, "-m", "tests.sim", *ports, *bot, *market)


def _watch(settings: Settings, console: Console, seconds: float) -> Callable[[], None]:
    """Return what shows each new message of the simulated Telegram, and lets the trader act."""
    shown: set[int] = set()
    started = time.monotonic()
    trader = DemoTrader(settings)
    # Asked twice a second: to make one is the dear part.
    client = httpx.Client(base_url=settings.telegram_api_url, timeout=5, **OURS)

    def watch() -> None:
        trader.act()
        for message in _messages(client):
            if message["message_id"] not in shown:
                shown.add(message["message_id"])
                console.rule(f"[dim]Telegram, {time.monotonic() - started:.0f} s[/]", align="left")
                console.print(message["text"], markup=False, highlight=False)
                for row in (message["reply_markup"] or {}).get("inline_keyboard", []):
                    console.print(" ".join(f"[{button['text']}]" for button in row), markup=False, highlight=False, style="cyan")
        if seconds and time.monotonic() - started > seconds:
            raise Stopped

    return watch


def _messages(client: httpx.Client) -> list[dict[str, Any]]:
    try:
        return list(client.get("/_sim/messages").json())
    except httpx.TransportError:
        return []


def _free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on now; on the last of them n8n's task broker has a free one too."""
    while True:
        probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
        ports = [int(probe.getsockname()[1]) for probe in probes]
        try:
            probes.append(socket.create_server(("127.0.0.1", broker_port(ports[-1]))))
        except OSError:
            continue
        finally:
            for probe in probes:
                probe.close()
        return ports


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
