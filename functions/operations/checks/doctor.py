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
from functions.operations.checks.env_lines import useless_lines
from functions.operations.checks.model import examine_models
from functions.operations.checks.preflight import NEEDED_BYTES
from functions.operations.checks.telegram import ask_telegram
from functions.outgoing.proxies import OURS, route
from functions.outgoing.walls import REFUSES, Wall, wall_of
from functions.settings import Settings, env_file
from functions.shown import command
from functions.status.beats import WATCHDOG
from functions.status.keys import unconfigured
from functions.status.missing import failing_sources, unheard_watchdog
from functions.status.workflows import State
from n8n import workflows
from n8n.deploy import unused_door
from n8n.rest import Rest

Verdict = Literal["ok", "warn", "fail", "unset"]
_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red", "unset": "cyan"}
SKEW_SECONDS = 1.0
LATE_CANDLES = 3
TIMEOUT = 10
OF_THE_VERSION = frozenset({"database", "migrations", "functions", "collector", "n8n", "workflows"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One examined thing.

    Args:
        check: a stable name, e.g. `database`.
        verdict: ok; warn: works with less; fail: does not work; unset: a key that nothing needs and that would add something.
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
    """Run every check; one that fails does not stop the others."""
    findings = [*_lines(), *(finding for check in _CHECKS for finding in check(settings))]
    status = page.read_status(settings)
    if status is None:
        return [*findings, Finding("functions", "fail", _why_silent(settings))]
    return [*findings, Finding("functions", "ok", settings.functions_address), *_from_status(status)]


def of_the_version(findings: list[Finding]) -> list[Finding]:
    """Return what must work right after an upgrade; the rest, such as a source that is away, is none of the version's doing."""
    return [finding for finding in findings if finding.check in OF_THE_VERSION]


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
        return f"no answer at {address}; {command('up')} starts them"
    if status == httpx.codes.UNAUTHORIZED:
        return f"{address} was started with another FUNCTIONS_TOKEN than .env has now; start it again"
    return f"{address} answers {status}; {command('logs --module functions')} says why"


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
        yield Finding("migrations", "fail", f"at {current}, the newest is {head}; run {command('migrate')}")


def _disk(settings: Settings) -> Iterator[Finding]:
    wanted = settings.data_dir.resolve()
    folder = next(place for place in (wanted, *wanted.parents) if place.exists())
    if not folder.is_dir():
        yield Finding("disk", "fail", f"DATA_DIR {wanted} cannot be a folder: {folder} is a file")
        return
    free = shutil.disk_usage(folder).free
    verdict: Verdict = "ok" if free > 4 * NEEDED_BYTES else "warn" if free > NEEDED_BYTES else "fail"
    yield Finding("disk", verdict, f"{free // 1_000_000} MB free in {folder}")


def _exchange(settings: Settings) -> Iterator[Finding]:
    try:
        answer = httpx.get(f"{settings.bybit_rest_url}/v5/market/time", timeout=TIMEOUT, **route(settings.bybit_rest_url))
        received = settings.clock.at(wall_now())
        if refusal := why_refused(answer):
            yield Finding("exchange", "fail", refusal)
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


def why_refused(answer: httpx.Response) -> str | None:
    """Return what keeps us from the exchange; None when nothing does."""
    wall = wall_of(answer.status_code, answer.text)
    if answer.is_success and wall is None:
        return None
    if wall is Wall.LIMIT:
        return (
            f"Bybit {wall.value} ({answer.status_code}); wait ten minutes, and lower BYBIT_REQUESTS_PER_SECOND if it comes again"
        )
    if wall or answer.status_code == httpx.codes.FORBIDDEN:
        return f"{REFUSES} ({answer.status_code})"
    return f"Bybit answers {answer.status_code}; try again in some minutes, or see whether BYBIT_REST_URL is right"


def _n8n(settings: Settings) -> Iterator[Finding]:
    try:
        ready = httpx.get(f"{settings.n8n_address}/healthz/readiness", timeout=TIMEOUT, **OURS).is_success
    except httpx.HTTPError:
        ready = False
    yield Finding("n8n", "ok" if ready else "fail", settings.n8n_address if ready else _no_n8n(settings))
    if ready:
        yield _workflows(settings)


def _no_n8n(settings: Settings) -> str:
    return f"no answer at {settings.n8n_address}; {command('logs --module n8n')} says why"


def _workflows(settings: Settings) -> Finding:
    """Find workflows of git that are not in n8n, or do not run there."""
    try:
        with Rest(settings) as n8n:
            deployed = {workflow["id"]: workflow for workflow in n8n.workflows()}
    except QuorumError as error:
        return Finding("workflows", "fail", error.detail)
    wanted = workflows.load().keys() - {unused_door(settings)}
    missing = sorted(wanted - deployed.keys())
    off = sorted(name for name in wanted & deployed.keys() if not deployed[name]["activeVersionId"])
    if missing:
        return Finding("workflows", "fail", f"not in n8n: {', '.join(missing)}; run {command('n8n deploy')}")
    if off:
        return Finding("workflows", "warn", f"not published: {', '.join(off)}; publish them in the editor if they should run")
    return Finding("workflows", "ok", f"{len(wanted)} published")


def _telegram(settings: Settings) -> Iterator[Finding]:
    if not settings.telegram_bot_token.get_secret_value():
        yield Finding("telegram", "warn", "TELEGRAM_BOT_TOKEN is not set: alerts stay in the outbox")
        return
    bot = ask_telegram(settings, page.telegram_trouble(page.read_status(settings)), TIMEOUT)
    chats = len(settings.telegram_chat_ids)
    if bot.troubles:
        yield Finding("telegram", "fail", "; ".join(bot.troubles))
    elif chats:
        yield Finding("telegram", "ok", f"@{bot.name} to {chats - len(bot.chats)} of {chats} chat(s)")
    else:
        yield Finding("telegram", "warn", f"@{bot.name}, but TELEGRAM_CHAT_IDS is not set")
    for chat, trouble in bot.chats.items():
        yield Finding(f"chat {chat}", "fail", trouble)


def _keys(settings: Settings) -> Iterator[Finding]:
    """Say what each key that is not set would add, and how to get it."""
    for keyed, missing in unconfigured(settings.is_set):
        names = " and ".join(missing)
        yield Finding(f"key {keyed.source}", "unset", f"{names} would add {keyed.adds}; {keyed.how}")


def _models(settings: Settings) -> Iterator[Finding]:
    for check, verdict, detail in examine_models(settings):
        yield Finding(check, verdict, detail)


def _lines() -> Iterator[Finding]:
    lines = useless_lines(env_file())
    for line in lines:
        yield Finding("settings", "warn", line)
    if not lines:
        yield Finding("settings", "ok", f"every line of {env_file()} sets something")


def _from_status(status: dict[str, Any]) -> Iterator[Finding]:
    late = [part["part"] for part in status["parts"] if part["late"]]
    reported = {part["part"] for part in status["parts"]}
    if "collector" not in reported:
        yield Finding("collector", "fail", f"never heard of; {command('up')} starts it")
    elif silent := [part for part in late if part.startswith("collector")]:
        words = f"{', '.join(silent)}: not heard of for half a minute; {command('logs --module collector')} says why"
        yield Finding("collector", "fail", words)
    elif trouble := page.exchange_trouble(status):
        yield Finding("collector", "warn", f"beats, but: {trouble}")
    else:
        yield Finding("collector", "ok", "beats")
    yield from _watchdog(status)
    yield from _runs(status)
    for source in status["sources"]:
        bad = any(failing_sources([source]))
        yield Finding(f"source {source['source']}", "warn" if bad else "ok", source["last_error"] if bad else "answers")
    for sentence in status["missing"]:
        if sentence.startswith(("SYMBOLS", "GATE_SYMBOL")):
            yield Finding("pairs", "fail", sentence)
        elif sentence.startswith("Telegram refused"):
            yield Finding("messages", "warn", sentence)
    yield _candles(status)


def _watchdog(status: dict[str, Any]) -> Iterator[Finding]:
    part = next((part for part in status["parts"] if part["part"] == WATCHDOG), None)
    if part is None or part["late"]:
        yield Finding("watchdog", "warn", f"it does not run: nobody tells you when a part is gone; {command('up')} starts it")
        return
    detail = part["detail"]
    if sentences := list(unheard_watchdog(detail)):
        yield Finding("watchdog", "warn", "; ".join(sentences))
    elif not detail["chats"] and not detail["check"]:
        yield Finding("watchdog", "warn", "it can tell nobody: set TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_IDS, or HEALTHCHECK_URL")
    else:
        yield Finding("watchdog", "ok", f"beats, tells {detail['chats']} chat(s)")
    if not detail["check"]:
        yield Finding("key HEALTHCHECK_URL", "unset", "somebody who tells you when this machine is gone; docs/operations.md")


def _runs(status: dict[str, Any]) -> Iterator[Finding]:
    """Find workflows that do not run although n8n is well, or that fail; those that are off are named above."""
    for workflow in status["workflows"]:
        if workflow["state"] in (State.STOPPED, State.FAILS):
            sentence = next(one for one in status["missing"] if f"'{workflow['name']}'" in one)
            yield Finding(f"runs {workflow['workflow']}", "fail" if workflow["state"] == State.STOPPED else "warn", sentence)


def _candles(status: dict[str, Any]) -> Finding:
    fastest = next((row for row in status["candles"] if row["timeframe"] == "5m"), None)
    if fastest is None:
        return Finding("candles", "warn", page.no_candles(status))
    age = datetime.fromisoformat(status["as_of"]) - datetime.fromisoformat(fastest["close_time"])
    late = int(age.total_seconds() // 300)
    verdict: Verdict = "ok" if late < LATE_CANDLES else "fail"
    return Finding("candles", verdict, f"newest 5m candle closed {fastest['close_time']}, {max(late, 0)} candle(s) late")


_CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (_database, _disk, _exchange, _n8n, _telegram, _models, _keys)
