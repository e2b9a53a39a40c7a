"""How long a desk takes to be well again after a kill, a freeze and a disconnect of each part, and what it lost meanwhile.

Well means: functions, n8n and collector answer as they should, an alert raised afterwards has reached Telegram, and every candle
that closed until the fault ended is stored. A kill counts from the kill, so that the restart is in it; a freeze (SIGSTOP of the
part with all its processes) from its end, a disconnect from when the outside can be reached again.

    python -m tests.bench.recovery --json
    python -m tests.bench.recovery --only kill --json        in slices: kill, freeze, disconnect
"""

import argparse
import json
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import httpx
import psutil
from sqlalchemy.exc import DBAPIError

from db.away import DATABASE_AWAY
from functions.logs import configure_logs
from tests import trial
from tests.bench.ground import load, say
from tests.desk import Desk, running_desk, until
from tests.server import passable_folder

SPEED, SYMBOLS = 20.0, 20
FROZEN, AWAY = 12.0, 5.0  # seconds
PROBES = 10
LONGEST = 120.0
PARTS = ("collector", "functions", "n8n", "postgres")
AWAY_ERRORS = (*DATABASE_AWAY, DBAPIError)
Fault = Callable[[Desk], None]  # returns when the part may come back


def kill(part: str) -> Fault:
    """Return what ends a part with all its processes."""

    def fault(desk: Desk) -> None:
        for process in tree(desk, part):
            with suppress(psutil.NoSuchProcess):
                process.kill()

    return fault


def freeze(part: str) -> Fault:
    """Return what stops a part for a while, with all its processes."""

    def fault(desk: Desk) -> None:
        frozen = tree(desk, part)
        for process in frozen:
            process.send_signal(signal.SIGSTOP)
        time.sleep(FROZEN)
        for process in frozen:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGCONT)

    return fault


def cut_stream(desk: Desk) -> None:
    """Cut every websocket, and let none in for a while."""
    desk.fault(desk.bybit, "ws_disconnect", refuse=AWAY)
    time.sleep(AWAY)


def cut_telegram(desk: Desk) -> None:
    """Let Telegram answer nothing for a while."""
    desk.fault(desk.telegram, "tg_disconnect")
    time.sleep(FROZEN)
    desk.clear()


FAULTS: dict[str, dict[str, Fault]] = {
    "kill": {part: kill(part) for part in PARTS},
    "freeze": {part: freeze(part) for part in PARTS},
    "disconnect": {"websocket": cut_stream, "telegram": cut_telegram},
}


def tree(desk: Desk, part: str) -> list[psutil.Process]:
    """Return a part's process and those below it; of Postgres the backends too."""
    process = psutil.Process(desk.supervisor.pids()[part])
    return [process, *process.children(recursive=True)]


def recover(desk: Desk, name: str, fault: Fault, *, counts_from_kill: bool) -> dict[str, Any]:
    """Inflict a fault and return how long the desk took, and what was lost."""
    began = desk.settings.clock.now()
    doubled, late = trial.duplicates(desk), trial.lost_trades(desk)
    trial.raise_probes(desk, f"{name} before", PROBES)
    start = time.monotonic()
    fault(desk)
    ended = start if counts_from_kill else time.monotonic()
    back = datetime.now(UTC)
    until(lambda: raised(desk, f"{name} after"), "an alert can be raised", LONGEST)
    until(lambda: is_well(desk, name, began, back), f"{name}: it is well again", LONGEST)
    seconds = time.monotonic() - ended
    until(lambda: not trial.waiting(desk, datetime.now(UTC)), "the outbox is empty", LONGEST)
    came = {words for moment in ("before", "after") for words in probes(desk, f"{name} {moment}")}
    return {
        "seconds": round(seconds, 1),
        "lost_candles": len(trial.lost_candles(desk, began, desk.settings.clock.at(back))),
        "lost_alerts": 2 * PROBES - len(came),
        "lost_trades": trial.lost_trades(desk) - late,
        "duplicates": trial.duplicates(desk) - doubled,
        "load": load(),
    }


def probes(desk: Desk, name: str) -> set[str]:
    """Return which probes of a name came."""
    return {f"{name}{words}" for words in trial.probes_that_came(desk, name)}


def raised(desk: Desk, name: str) -> bool:
    """Raise the probes, and tell whether the database took them; each is raised once however often it is asked."""
    try:
        trial.raise_probes(desk, name, PROBES)
    except AWAY_ERRORS:
        return False
    return True


def is_well(desk: Desk, name: str, began: datetime, back: datetime) -> bool:
    """Tell whether everything works and is caught up with."""
    try:
        collector = httpx.get(f"http://127.0.0.1:{desk.settings.collector_port}/health", timeout=2).json()
        n8n = httpx.get(f"{desk.settings.n8n_address}/healthz/readiness", timeout=2)
        return (
            collector["status"] == "ok"
            and n8n.is_success
            and desk.functions_answer()
            and bool(probes(desk, f"{name} after"))
            and not trial.lost_candles(desk, began, desk.settings.clock.at(back))
        )
    except (httpx.TransportError, *AWAY_ERRORS):
        return False


def measure(desk: Desk, kinds: list[str]) -> dict[str, Any]:
    """Inflict every fault of some kinds, one after another."""
    desk.hold_nothing_back()
    until(lambda: not desk.rows("SELECT 1 FROM gap WHERE closed_at IS NULL LIMIT 1"), "the history is loaded", 300)
    cases: dict[str, Any] = {}
    for kind in kinds:
        for part, fault in FAULTS[kind].items():
            name = f"{kind} {part}"
            cases[name] = recover(desk, name, fault, counts_from_kill=kind == "kill")
            say(f"{name}: {cases[name]}")
    lost = sum(case[f"lost_{what}"] for case in cases.values() for what in ("candles", "alerts", "trades"))
    return {**cases, "worst_s": max(case["seconds"] for case in cases.values()), "lost": lost}


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=FAULTS, action="append", help="one kind of fault; may be given again")
    parser.add_argument("--json", action="store_true", help="only the JSON line on stdout (it is always the last)")
    options = parser.parse_args()
    configure_logs("console", "warning")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what runs is stopped in order, whoever ends this
    with passable_folder() as folder, running_desk(folder, speed=SPEED, symbols=SYMBOLS, cooldown_hours=0) as desk:
        figures = measure(desk, options.only or list(FAULTS))
    print(json.dumps({**figures, "cores": os.cpu_count()}))


if __name__ == "__main__":
    main()
