"""The status page: what runs, where the editor is, how far the data reaches, what is missing."""

from datetime import datetime
from typing import Any

import httpx
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from functions.operations.checks.env_lines import useless_lines
from functions.operations.checks.telegram import ask_telegram
from functions.operations.supervise import Supervisor
from functions.outgoing.proxies import OURS
from functions.settings import Settings, env_file
from functions.shown import command
from functions.status.missing import not_set
from functions.status.workflows import State

TELEGRAM_SECONDS = 3
_COLOURS = {"RUNNING": "green", "STARTING": "yellow", "late": "red"}


def fetch(settings: Settings) -> dict[str, Any] | None:
    """Return the JSON object that the functions' address answers; None when nobody answers one."""
    headers = {"Authorization": f"Bearer {settings.functions_token.get_secret_value()}"}
    try:
        answer = httpx.get(f"{settings.functions_address}/status", headers=headers, timeout=5, **OURS)
        body = answer.json() if answer.is_success else None
    except (httpx.TransportError, ValueError):
        return None
    return body if isinstance(body, dict) else None


def read_status(settings: Settings) -> dict[str, Any] | None:
    """Return what the functions say of everything; None when they do not answer, or somebody else does."""
    body = fetch(settings)
    return body if body and "parts" in body else None


def exchange_trouble(status: dict[str, Any]) -> str:
    """Return what keeps the collector from the exchange, in its own words; empty when nothing does."""
    details = [part["detail"] for part in status["parts"] if part["part"] == "collector" and not part["late"]]
    return str(details[0].get("exchange_trouble") or "") if details else ""


def telegram_trouble(status: dict[str, Any] | None) -> str | None:
    """Return why the collector gets no messages from Telegram, empty when it does; None when no collector is heard of."""
    parts = status["parts"] if status else []
    details = [part["detail"] for part in parts if part["part"] == "collector" and not part["late"]]
    return str(details[0].get("telegram_trouble") or "") if details else None


def warnings(settings: Settings, status: dict[str, Any] | None) -> list[str]:
    """Return what a person should look at, one sentence each: settings, Telegram, sources."""
    telegram = []
    if settings.telegram_bot_token.get_secret_value():
        telegram = ask_telegram(settings, telegram_trouble(status), timeout=TELEGRAM_SECONDS).sentences
    sentences = (
        status["missing"] if status else list(not_set(settings.telegram_bot_token.get_secret_value(), settings.telegram_chat_ids))
    )
    return list(dict.fromkeys([*useless_lines(env_file()), *telegram, *sentences]))


def no_candles(status: dict[str, Any]) -> str:
    """Return why there is no candle yet."""
    trouble = exchange_trouble(status)
    return f"none yet: {trouble}" if trouble else "none yet: the collector is loading history"


def render(settings: Settings, supervisor: Supervisor) -> RenderableType:
    """Return the page for a terminal."""
    status = read_status(settings)
    rows: list[RenderableType] = [_processes(supervisor.states() or {}), _addresses(settings)]
    if status is None:
        rows.append(Text(f"the functions do not answer at {settings.functions_address}: is Quorum running?", style="red"))
    else:
        rows.append(_data(status))
    rows += [Text(f"! {sentence}", style="yellow") for sentence in warnings(settings, status)]
    return Group(*rows)


def _processes(states: dict[str, str]) -> Table:
    table = Table("process", "state", title="Quorum", title_justify="left", box=None)
    for name, state in states.items():
        table.add_row(name, Text(state.lower(), style=_COLOURS.get(state, "red")))
    if not states:
        table.add_row("none", Text(f"not started on this machine by {command('up')}", style="dim"))
    return table


def _addresses(settings: Settings) -> Table:
    table = Table.grid(padding=(0, 2))
    if settings.market_clock:  # a simulated world: its Telegram is a page, and its password opens nothing else
        table.add_row("Telegram", f"{settings.telegram_api_url}/chat  simulated: read and write there in a browser")
        password = settings.n8n_owner_password.get_secret_value()
    else:
        password = f"N8N_OWNER_PASSWORD in {env_file()}"
    table.add_row("n8n editor", f"{settings.n8n_address}  login {settings.n8n_owner_email}, password {password}")
    table.add_row("functions", f"{settings.functions_address}/docs")
    table.add_row("logs", str(settings.data_dir / "logs"))
    return table


def _data(status: dict[str, Any]) -> Table:
    table = Table.grid(padding=(0, 2))
    candles = ", ".join(f"{c['timeframe']} to {_short(c['close_time'])} ({c['symbols']})" for c in status["candles"])
    table.add_row("candles", candles or no_candles(status))
    if trouble := exchange_trouble(status):
        table.add_row("exchange", Text(trouble, style="red"))
    table.add_row("gaps", f"{status['open_gaps']} open")
    table.add_row("signals", f"{status['signals_24h']} in 24 h")
    box = status["outbox"]
    table.add_row("outbox", f"{box['delivered']} delivered, {box['pending'] + box['unaddressed']} waiting, {box['dead']} refused")
    if workflows := status["workflows"]:
        running = sum(workflow["state"] == State.RUNS for workflow in workflows)
        table.add_row("workflows", f"{running} of {len(workflows)} run")
    late = [part["part"] for part in status["parts"] if part["late"]]
    if late:
        table.add_row("late", Text(", ".join(late), style="red"))
    return table


def _short(moment: str) -> str:
    return datetime.fromisoformat(moment).strftime("%d %b %H:%M")
