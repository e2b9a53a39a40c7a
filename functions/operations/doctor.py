"""Examine one desk from the outside in, and say what is wrong and what to do about it."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import httpx
from rich.table import Table
from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from db.migrate import current_and_head
from functions.clock import wall_now
from functions.errors import InputRejected, QuorumError
from functions.logs import hide_secrets
from functions.operations import page
from functions.operations.preflight import NEEDED_BYTES
from functions.proxies import OURS, route
from functions.settings import Settings
from n8n import workflows
from n8n.deploy import unused_door
from n8n.rest import Rest

Verdict = Literal["ok", "warn", "fail"]
_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}
SKEW_SECONDS = 1.0
LATE_CANDLES = 3
TIMEOUT = 10


@dataclass(frozen=True, slots=True)
class Finding:
    """One examined thing.

    Args:
        check: a stable name, e.g. `database`.
        verdict: ok; warn: works with less; fail: does not work.
        detail: what was found, and the next step.
    """

    check: str
    verdict: Verdict
    detail: str

    @property
    def failed(self) -> bool:
        """Tell whether it does not work."""
        return self.verdict == "fail"

    def as_row(self) -> dict[str, str]:
        """Return it for JSON."""
        return asdict(self)


def examine(settings: Settings) -> list[Finding]:
    """Examine everything; one failing check never keeps another from being made."""
    findings = [finding for check in _CHECKS for finding in check(settings)]
    said = page.fetch(settings)
    if said is None:
        return [*findings, Finding("functions", "fail", _why_silent(settings))]
    return [*findings, Finding("functions", "ok", settings.functions_address), *_from_status(said)]


def render(findings: list[Finding]) -> Table:
    """Return the findings for a terminal."""
    table = Table("check", "", "found", box=None)
    for finding in findings:
        table.add_row(finding.check, Text(finding.verdict, style=_COLOURS[finding.verdict]), Text(finding.detail))
    return table


def _why_silent(settings: Settings) -> str:
    address = settings.functions_address
    headers = {"Authorization": f"Bearer {settings.functions_token.get_secret_value()}"}
    try:
        status = httpx.get(f"{address}/status", headers=headers, timeout=TIMEOUT, **OURS).status_code
    except httpx.HTTPError:
        return f"no answer at {address}; `quorum up` starts them"
    if status == httpx.codes.UNAUTHORIZED:
        return f"{address} was started with another FUNCTIONS_TOKEN than .env has now; start it again"
    return f"{address} answers {status}; `quorum logs --module functions` says why"


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        current, head = current_and_head(settings.owner_url)
    except SQLAlchemyError as error:
        yield Finding("database", "fail", hide_secrets(str(error).splitlines()[0]))
        return
    yield Finding("database", "ok", "embedded" if settings.embedded else "DATABASE_URL")
    if current == head:
        yield Finding("migrations", "ok", f"at {current}")
    else:
        yield Finding("migrations", "fail", f"at {current}, the newest is {head}; run `quorum migrate`")


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir if settings.data_dir.exists() else settings.data_dir.resolve().parent
    free = shutil.disk_usage(folder).free
    verdict: Verdict = "ok" if free > 4 * NEEDED_BYTES else "warn" if free > NEEDED_BYTES else "fail"
    yield Finding("disk", verdict, f"{free // 1_000_000} MB free in {folder}")


def _exchange(settings: Settings) -> Iterator[Finding]:
    try:
        answer = httpx.get(f"{settings.bybit_rest_url}/v5/market/time", timeout=TIMEOUT, **route(settings.bybit_rest_url))
        received = settings.clock.at(wall_now())
        if answer.status_code == httpx.codes.FORBIDDEN:
            yield Finding("exchange", "fail", "Bybit refuses this address (403); set BYBIT_REST_URL to another region's host")
            return
        exchange = datetime.fromtimestamp(int(answer.json()["result"]["timeNano"]) / 1e9, UTC)
    except InputRejected as error:
        yield Finding("exchange", "fail", error.detail)
        return
    except (httpx.HTTPError, KeyError, TypeError, ValueError) as error:
        yield Finding("exchange", "fail", f"{settings.bybit_rest_url}: {hide_secrets(str(error)) or type(error).__name__}")
        return
    yield Finding("exchange", "ok", settings.bybit_rest_url)
    # Half of the way back is unknown; it counts as skew, so the line is generous for a slow network.
    skew = abs((received - exchange).total_seconds()) / settings.clock.speed
    allowed = SKEW_SECONDS + answer.elapsed.total_seconds()
    verdict: Verdict = "ok" if skew <= allowed else "warn"
    step = "" if verdict == "ok" else "; set this machine's clock (timedatectl set-ntp true)"
    yield Finding("clock", verdict, f"{skew:.2f} s from the exchange{step}")


def _n8n(settings: Settings) -> Iterator[Finding]:
    try:
        ready = httpx.get(f"{settings.n8n_address}/healthz/readiness", timeout=TIMEOUT, **OURS).is_success
    except httpx.HTTPError:
        ready = False
    yield Finding("n8n", "ok" if ready else "fail", settings.n8n_address if ready else f"no answer at {settings.n8n_address}")
    if ready:
        yield _workflows(settings)


def _workflows(settings: Settings) -> Finding:
    """Find workflows of git that are not in n8n, or do not run there."""
    try:
        with Rest(settings) as n8n:
            there = {found["id"]: found for found in n8n.workflows()}
    except QuorumError as error:
        return Finding("workflows", "fail", error.detail)
    wanted = workflows.load().keys() - {unused_door(settings)}
    missing = sorted(wanted - there.keys())
    off = sorted(name for name in wanted & there.keys() if not there[name]["activeVersionId"])
    if missing:
        return Finding("workflows", "fail", f"not in n8n: {', '.join(missing)}; run `quorum n8n deploy`")
    if off:
        return Finding("workflows", "warn", f"not published: {', '.join(off)}; publish them in the editor if they should run")
    return Finding("workflows", "ok", f"{len(wanted)} published")


def _telegram(settings: Settings) -> Iterator[Finding]:
    if not settings.telegram_bot_token.get_secret_value():
        yield Finding("telegram", "warn", "TELEGRAM_BOT_TOKEN is not set: alerts stay in the outbox")
        return
    try:
        answer = httpx.get(f"{settings.telegram_bot_url}/getMe", timeout=TIMEOUT).json()
        if not answer["ok"]:
            yield Finding("telegram", "fail", f"{answer['description']}: is TELEGRAM_BOT_TOKEN right?")
            return
        name = answer["result"]["username"]
    except (httpx.HTTPError, KeyError, TypeError, ValueError) as error:
        yield Finding("telegram", "fail", hide_secrets(f"{settings.telegram_api_url}: {error!r}"))
        return
    chats = len(settings.telegram_chat_ids)
    if chats:
        yield Finding("telegram", "ok", f"@{name} to {chats} chat(s)")
    else:
        yield Finding("telegram", "warn", f"@{name}, but TELEGRAM_CHAT_IDS is not set")


def _from_status(said: dict[str, Any]) -> Iterator[Finding]:
    late = [part["part"] for part in said["parts"] if part["late"]]
    known = {part["part"] for part in said["parts"]}
    if "collector" not in known:
        yield Finding("collector", "fail", "never heard of; `quorum up` starts it")
    elif "collector" in late:
        yield Finding("collector", "fail", "late")
    elif trouble := page.exchange_trouble(said):
        yield Finding("collector", "warn", f"beats, but: {trouble}")
    else:
        yield Finding("collector", "ok", "beats")
    for source in said["sources"]:
        bad = source["last_error_at"] and (not source["last_success_at"] or source["last_error_at"] > source["last_success_at"])
        yield Finding(f"source {source['source']}", "warn" if bad else "ok", source["last_error"] if bad else "answers")
    yield _candles(said)


def _candles(said: dict[str, Any]) -> Finding:
    fastest = next((row for row in said["candles"] if row["timeframe"] == "5m"), None)
    if fastest is None:
        return Finding("candles", "warn", page.no_candles(said))
    age = datetime.fromisoformat(said["as_of"]) - datetime.fromisoformat(fastest["close_time"])
    late = int(age.total_seconds() // 300)
    verdict: Verdict = "ok" if late < LATE_CANDLES else "fail"
    return Finding("candles", verdict, f"newest 5m candle closed {fastest['close_time']}, {max(late, 0)} candle(s) late")


_CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (_database, _disk, _exchange, _n8n, _telegram)
