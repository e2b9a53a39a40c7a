"""Let a whole desk live through simulated days at speed, with a random fault every half minute or so, and say what it kept.

    python -m tests.soak --hours 48 --seed 1               48 minutes at sixty times the speed
    python -m tests.soak --hours 3 --seed 7 --speed 60     three minutes of it

Every process is real, n8n too; the exchange, Telegram and the sources are simulated. The same seed makes the same faults in the
same order, though the desk is never twice at the same point when one strikes. Exit code 0 when every promise held.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import httpx
import psutil
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from db.away import DATABASE_AWAY
from functions.errors import Broken
from functions.logs import configure_logs
from tests import trial
from tests.bench.memory import resident
from tests.desk import Desk, running_desk, until
from tests.server import passable_folder

Fault = dict[str, object]  # as the simulated outside takes it
Act = Callable[[Desk, float], None]  # strikes for so many seconds
SYMBOLS = 20
PAUSES = (15.0, 45.0)  # seconds between two faults
LASTS = (2.0, 10.0)  # seconds of what lasts
PARTS = ("collector", "functions", "n8n", "postgres")
UNREADY = (*DATABASE_AWAY, DBAPIError, OSError, psutil.Error, KeyError, httpx.HTTPError, Broken)  # what is struck is away itself
GROWTH, NOISE_MB = 0.15, 25  # between the second quarter of the time and the last: more is no flat memory
EXCHANGE: tuple[Fault, ...] = (
    {"kind": "ws_disconnect", "refuse": 5},
    {"kind": "ws_mute"},
    {"kind": "ws_drop", "probability": 0.5},
    {"kind": "ws_garbage", "probability": 0.2},
    {"kind": "ws_lose_confirm", "probability": 0.5},
    {"kind": "ws_duplicate", "probability": 0.5},
    {"kind": "rest_status", "status": 503},
    {"kind": "rest_status", "status": 429},
    {"kind": "rest_hang"},
    {"kind": "rest_garbage"},
    {"kind": "rest_part"},
    {"kind": "maintenance"},
)
TELEGRAM: tuple[Fault, ...] = (
    {"kind": "tg_status", "status": 502},
    {"kind": "tg_status", "status": 429, "retry_after": 3},
    {"kind": "tg_hang"},
    {"kind": "tg_disconnect"},
    {"kind": "tg_garbage", "match": "send*"},
    {"kind": "tg_lost_answer", "match": "send*", "probability": 0.5},
    {"kind": "tg_delay", "delay": 2},
)
SOURCES: tuple[Fault, ...] = (
    {"kind": "src_status", "status": 500},
    {"kind": "src_status", "status": 429},
    {"kind": "src_hang"},
    {"kind": "src_garbage"},
    {"kind": "src_half"},
)


@dataclass
class Life:
    """What one run has seen."""

    seed: int
    hours: float
    speed: float
    began: datetime
    faults: Counter[str] = field(default_factory=Counter)
    memory: dict[str, list[int]] = field(default_factory=dict)  # MB of each part, one a minute


def kill(part: str) -> Act:
    """Return what ends a part; the process manager brings it back."""

    def act(desk: Desk, _seconds: float) -> None:
        psutil.Process(desk.supervisor.pids()[part]).kill()

    return act


def freeze(part: str) -> Act:
    """Return what stops a part with all its processes for a while."""

    def act(desk: Desk, seconds: float) -> None:
        first = psutil.Process(desk.supervisor.pids()[part])
        frozen = [first, *first.children(recursive=True)]
        for process in frozen:
            process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        for process in frozen:
            if process.is_running():
                process.send_signal(signal.SIGCONT)

    return act


def outside(where: Callable[[Desk], str], fault: Fault) -> Act:
    """Return what makes somebody outside misbehave for a while."""

    def act(desk: Desk, seconds: float) -> None:
        kind = str(fault["kind"])
        lasting = {} if kind == "ws_disconnect" else {"seconds": seconds}
        desk.fault(where(desk), kind, **{name: value for name, value in fault.items() if name != "kind"}, **lasting)
        time.sleep(seconds)

    return act


def read_only(desk: Desk, seconds: float) -> None:
    """Let the database take no writes for a while."""
    name = make_url(desk.settings.owner_url).database
    with desk.engine.begin() as connection:
        connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
    cut_connections(desk, 0)
    time.sleep(seconds)
    read_and_write(desk)


def read_and_write(desk: Desk) -> None:
    """Let the database take writes, whatever it did before."""
    with desk.engine.begin() as connection:
        connection.execute(text("SET TRANSACTION READ WRITE"))
        connection.execute(
            text(f'ALTER DATABASE "{make_url(desk.settings.owner_url).database}" RESET default_transaction_read_only')
        )
    cut_connections(desk, 0)


def cut_connections(desk: Desk, _seconds: float) -> None:
    """End every other session of the database."""
    with desk.engine.begin() as connection:
        connection.execute(
            text("""SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid()""")
        )


def closes_twice(desk: Desk, _seconds: float) -> None:
    """Fire the webhook of a close three times at once."""
    for _ in range(3):
        desk.closes()


def acts() -> dict[str, Act]:
    """Return every fault by its name."""
    found: dict[str, Act] = {f"kill {part}": kill(part) for part in PARTS} | {f"freeze {part}": freeze(part) for part in PARTS}
    worlds: tuple[tuple[str, Callable[[Desk], str], tuple[Fault, ...]], ...] = (
        ("exchange", lambda desk: desk.bybit, EXCHANGE),
        ("telegram", lambda desk: desk.telegram, TELEGRAM),
        ("sources", lambda desk: desk.sources, SOURCES),
    )
    for who, where, faults in worlds:
        found |= {f"{who}: {fault['kind']} {fault.get('status', '')}".strip(): outside(where, fault) for fault in faults}
    others: dict[str, Act] = {
        "read-only database": read_only,
        "lost connections": cut_connections,
        "doubled webhook": closes_twice,
    }
    return found | others


def live(desk: Desk, life: Life) -> None:
    """Let faults strike until the time is over."""
    chance = random.Random(life.seed)
    possible = acts()
    end = life.began + timedelta(hours=life.hours)
    next_look = 0.0
    while desk.settings.clock.now() < end:
        name = chance.choice(sorted(possible))
        seconds, pause = chance.uniform(*LASTS), chance.uniform(*PAUSES)
        told = f"{desk.settings.clock.now() - life.began} of {life.hours:g} h: {name}"
        print(told, file=sys.stderr, flush=True)
        try:
            possible[name](desk, seconds)
            life.faults[name] += 1
        except UNREADY as error:  # the fault before it is not over yet
            print(f"  not struck: {type(error).__name__}", file=sys.stderr, flush=True)
        time.sleep(pause)
        if time.monotonic() >= next_look:
            note_memory(desk, life)
            next_look = time.monotonic() + 60


def note_memory(desk: Desk, life: Life) -> None:
    """Write down what each part takes now."""
    for name, pid in desk.supervisor.pids().items():
        try:
            part = psutil.Process(pid)
            life.memory.setdefault(name, []).append(resident([part, *part.children(recursive=True)]))
        except psutil.Error:
            continue


def calm(desk: Desk) -> datetime:
    """End every fault, wait until the desk has caught up, and return the market time up to which all has to be there."""
    desk.clear()
    ended = datetime.now(UTC)
    market = desk.settings.clock.at(ended)
    until(lambda: takes_writes(desk), "the database takes writes", 120)
    until(desk.functions_answer, "the functions answer", 120)
    for what, done in (
        ("every candle is stored", lambda: not trial.lost_candles(desk, market - timedelta(hours=1), market)),
        ("every gap is closed", lambda: not desk.rows("SELECT 1 FROM gap WHERE closed_at IS NULL AND opened_at < now() LIMIT 1")),
        ("the outbox is empty", lambda: not trial.waiting(desk, ended)),
    ):
        try:
            until(done, what, 180)
        except AssertionError as error:
            print(error, file=sys.stderr, flush=True)  # the report says what it means
    return market


def takes_writes(desk: Desk) -> bool:
    """Let the database take writes, and tell whether it does."""
    try:
        read_and_write(desk)
    except UNREADY:
        return False
    return True


def report(desk: Desk, life: Life, until_market: datetime) -> tuple[str, bool]:
    """Return the page, and whether every promise held."""
    lost = trial.lost_candles(desk, life.began, until_market)
    stored = desk.rows("SELECT count(*) FROM candle WHERE open_time >= :began", began=life.began)[0][0]
    states = dict(desk.rows("SELECT state, count(*) FROM delivery GROUP BY state"))
    unanswered = trial.uncounted_alerts(desk) + trial.waiting(desk, datetime.now(UTC) - timedelta(minutes=3))
    ledgers, surprises = list(trial.ledger_faults(desk)), trial.surprises(desk.settings.data_dir / "logs")
    growing = list(growth(life))
    trades = desk.rows("SELECT count(*), count(*) FILTER (WHERE state = 'closed') FROM paper_trade")[0]
    rows = (
        ("every closed candle stored", not lost, f"{stored:,} stored, {len(lost)} lack"),
        ("every alert delivered or counted", not unanswered, f"{states}, {trial.duplicates(desk)} came twice, {unanswered} lack"),
        ("every ledger exact", not ledgers, f"{trades[0]} trades, {trades[1]} closed; {len(ledgers)} accounts are off"),
        ("no unhandled exception", not surprises, f"{len(surprises)} lines"),
        ("memory flat", not growing, ", ".join(memory_words(life))),
    )
    faults = ", ".join(f"{name} ×{count}" for name, count in sorted(life.faults.items()))
    lines = [
        f"# Soak of {life.hours:g} simulated hours",
        "",
        f"Seed {life.seed}, commit {commit()}, {life.speed:g} times as fast, {SYMBOLS} pairs, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f}.",
        "",
        f"{life.faults.total()} faults: {faults}.",
        "",
        "| promise | held | figures |",
        "|---|---|---|",
        *(f"| {promise} | {'yes' if held else '**no**'} | {figures} |" for promise, held, figures in rows),
        "",
        *(f"- lacks {symbol} {timeframe} {opened:%Y-%m-%d %H:%M}" for symbol, timeframe, opened in lost[:10]),
        *(f"- {line}" for line in (*ledgers, *growing, *surprises[:10])),
    ]
    return "\n".join(lines), all(held for _, held, _ in rows)


def growth(life: Life) -> Iterator[str]:
    """Yield one sentence for each part whose memory grew."""
    for name, (early, late) in quarters(life).items():
        if late - early > max(NOISE_MB, GROWTH * early):
            yield f"{name} grew from {early:.0f} to {late:.0f} MB"


def memory_words(life: Life) -> Iterator[str]:
    """Yield each part's memory in the second quarter of the time, and in the last."""
    yield from (f"{name} {early:.0f} → {late:.0f} MB" for name, (early, late) in sorted(quarters(life).items()))


def quarters(life: Life) -> dict[str, tuple[float, float]]:
    """Return each part's median of the second and of the last quarter."""
    found = {}
    for name, sizes in life.memory.items():
        part = max(len(sizes) // 4, 1)
        found[name] = (median(sizes[part : 2 * part] or sizes), median(sizes[-part:]))
    return found


def commit() -> str:
    """Return the commit that runs."""
    asked = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return asked.stdout.strip() or "unknown"


def main() -> int:
    """Run it; returns 0 when every promise held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=48, help="of market time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speed", type=float, default=60, help="seconds of market time in one second")
    parser.add_argument("--report", type=Path, help="a file for the page, which is printed too")
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}, commit {commit()}", file=sys.stderr, flush=True)
    options = {"speed": chosen.speed, "symbols": SYMBOLS, "cooldown_hours": 0, "log_level": "info"}
    configure_logs("console", "warning")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what runs is stopped in order, whoever ends this
    with passable_folder() as folder, running_desk(folder, **options) as desk:
        desk.hold_nothing_back()
        until(lambda: not desk.rows("SELECT 1 FROM gap WHERE closed_at IS NULL LIMIT 1"), "the history is loaded", 300)
        life = Life(chosen.seed, chosen.hours, chosen.speed, desk.settings.clock.now())
        live(desk, life)
        page, held = report(desk, life, calm(desk))
    print(page)
    if chosen.report:
        chosen.report.write_text(page + "\n")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
