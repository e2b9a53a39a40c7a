"""The same desk against a simulated exchange and a simulated Telegram: no internet, no keys, signals within a minute.

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

import httpx
from rich.console import Console

from functions.clock import wall_now
from functions.operations.init import write_env
from functions.operations.supervise import Program
from functions.operations.up import Stopped, up
from functions.settings import CHECKOUT, Settings

SYMBOLS = 20
SEED = 42  # of a market that rises: the gate for longs is open
CHAT = 7_000_000_042
TOKEN = "7000000001:SIMULATED-bot-token-0123456789abcdef"  # noqa: S105 - of the simulated Telegram
MARKET_START = datetime(2024, 3, 5, tzinfo=UTC)
WARM_UP = timedelta(seconds=25)  # wall time until the first close: the desk is up by then


def run_demo(console: Console, *, seconds: float, speed: float) -> None:
    """Run the demo until Ctrl-C, or for `seconds`."""
    folder = CHECKOUT / "data" / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    variables = world(folder, speed=speed, symbols=SYMBOLS)
    os.environ.update(variables)
    settings = Settings.load()
    telegram = variables["TELEGRAM_API_URL"]
    console.print(f"[bold]Demo[/]: {SYMBOLS} simulated pairs, market time {speed:g} times as fast, in {folder}\n")
    simulation = Program("world", world_command(variables), 5)
    up(settings, console, beside=[simulation], environment=variables, watch=_watch(telegram, console, seconds))


def world(folder: Path, *, speed: float, symbols: int) -> dict[str, str]:
    """Return the variables of a desk that lives in a simulated world, with all its data in `folder`."""
    write_env(folder / "env")
    secrets = dict(line.split("=", 1) for line in (folder / "env").read_text().splitlines() if "=" in line and line[0] != "#")
    bybit, telegram, functions, collector, n8n = _free_ports(5)
    clock = f"{_iso(_market_start(speed))}@{_iso(wall_now())}x{speed:g}"
    return {
        **{name: value for name, value in secrets.items() if value},
        "DATA_DIR": str(folder),
        "FUNCTIONS_PORT": str(functions),
        "COLLECTOR_PORT": str(collector),
        "N8N_PORT": str(n8n),
        "BYBIT_REST_URL": f"http://127.0.0.1:{bybit}",
        "BYBIT_WS_URL": f"ws://127.0.0.1:{bybit}/v5/public/spot",
        "TELEGRAM_API_URL": f"http://127.0.0.1:{telegram}",
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_CHAT_IDS": str(CHAT),
        "TOP_SYMBOLS": str(symbols),
        "HISTORY_DAYS": "4",  # and never fewer than 1,000 candles of a timeframe
        "MARKET_CLOCK": clock,
    }


def _market_start(speed: float) -> datetime:
    return MARKET_START + timedelta(hours=12) - WARM_UP * speed


def world_command(variables: dict[str, str]) -> tuple[str, ...]:
    """Return the command of the simulated exchange and Telegram that those variables point at."""
    ports = [variables[name].rpartition(":")[2].partition("/")[0] for name in ("BYBIT_REST_URL", "TELEGRAM_API_URL")]
    options = ["--bybit-port", ports[0], "--telegram-port", ports[1], "--symbols", variables["TOP_SYMBOLS"]]
    market = ["--data", "none", "--seed", str(SEED), "--clock", variables["MARKET_CLOCK"]]
    bot = ["--token", variables["TELEGRAM_BOT_TOKEN"], "--chat", variables["TELEGRAM_CHAT_IDS"]]
    return (sys.executable, "-m", "tests.sim", *options, *bot, *market)


def _watch(telegram: str, console: Console, seconds: float) -> Callable[[], None]:
    """Return what shows each new message of the simulated Telegram."""
    shown: set[int] = set()
    started = time.monotonic()

    def watch() -> None:
        for message in _messages(telegram):
            if message["message_id"] not in shown:
                shown.add(message["message_id"])
                console.rule(f"[dim]Telegram, {time.monotonic() - started:.0f} s[/]", align="left")
                console.print(message["text"], markup=False, highlight=False)
        if seconds and time.monotonic() - started > seconds:
            raise Stopped

    return watch


def _messages(telegram: str) -> list[dict[str, Any]]:
    try:
        return list(httpx.get(f"{telegram}/_sim/messages", timeout=5).json())
    except httpx.TransportError:
        return []


def _free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
