"""Signals delivered per minute in queue mode: two workers, and one or three processes of functions behind one address.

A 15m close comes each minute of wall time. It is timed from its last candle leaving the exchange until the last of its signals is
at Telegram; the rate is all signals over all those seconds, as if closes came without a pause. The two counts of replicas take
turns: all three run, and only the first or all of them are behind the address that n8n calls.
`python -m tests.bench.scale --symbols 50 --symbols 500 --closes 4 --json`
"""

import argparse
import json
import time
from collections import defaultdict
from datetime import datetime
from typing import Any

import psutil

from tests.bench.close_to_telegram import INTERVALS, SECONDS, SPEED, drain, sent_candles, signals, wait_for_close
from tests.bench.ground import load, say
from tests.bench.memory import resident
from tests.desk import until
from tests.scaled import REPLICAS, WORKERS, ScaledDesk, running_scaled_desk
from tests.server import passable_folder

HISTORY_SECONDS = 1500  # 2,000 pairs have ten million candles


def measure(desk: ScaledDesk, closes: int, warm: int) -> list[dict[str, Any]]:
    """Let `warm` closes pass, then `closes` with one replica and with three, in turns of one; return a row of each."""
    until(lambda: not desk.rows("SELECT 1 FROM gap WHERE closed_at IS NULL LIMIT 1"), "the history is loaded", HISTORY_SECONDS)
    say(f"the history of {desk.settings.top_symbols} pairs is loaded")
    desk.hold_nothing_back()
    spans: dict[int, list[tuple[int, float]]] = {1: [], len(REPLICAS): []}
    for _ in range(warm):
        wait_for_close(desk)
        drain(desk)
    for number in range(closes * 2):
        replicas = (1, len(REPLICAS))[number % 2]
        desk.serve_by(replicas)
        until(desk.functions_answer, "the functions answer", 60)
        begun = max((row[-1] for row in sent_candles(desk)), default=0.0)
        wait_for_close(desk)
        drain(desk)
        spans[replicas] += _timed(desk, begun)
        say(f"close {number + 1} of {closes * 2}: {spans[replicas][-1:]}")
    return [
        {
            "symbols": desk.settings.top_symbols,
            "functions": replicas,
            "workers": len(WORKERS),
            "signals": sum(count for count, _ in timed),
            "seconds_a_close": round(sum(seconds for _, seconds in timed) / len(timed), 2) if timed else None,
            "signals_per_minute": round(60 * sum(n for n, _ in timed) / sum(s for _, s in timed), 1) if timed else None,
        }
        for replicas, timed in spans.items()
    ]


def _timed(desk: ScaledDesk, begun: float) -> list[tuple[int, float]]:
    """Return of each close that left the exchange after `begun` its delivered signals, and the seconds until the last arrived."""
    left = {(symbol, interval, start): wall for symbol, interval, start, wall in sent_candles(desk) if wall > begun}
    arrived = {row["message_id"]: row["wall"] for row in desk.messages()}
    came: defaultdict[datetime, list[tuple[float, float]]] = defaultdict(list)
    for payload, message_id in signals(desk):
        close, timeframe = datetime.fromisoformat(payload["close_time"]), payload["timeframe"]
        start = int((close.timestamp() - SECONDS[timeframe]) * 1000)
        wall = left.get((payload["symbol"], INTERVALS[timeframe], start))
        if wall is not None and message_id in arrived:
            came[close].append((wall, arrived[message_id]))
    return [(len(pairs), max(at for _, at in pairs) - max(wall for wall, _ in pairs)) for pairs in came.values()]


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--symbols", type=int, action="append", help="how many pairs; may be given often")
    parser.add_argument("--closes", type=int, default=4, help="of each count of replicas")
    parser.add_argument(
        "--warm", type=int, default=len(REPLICAS), help="closes before the first that counts: each replica reads its candles once"
    )
    parser.add_argument("--speed", type=float, default=SPEED, help="seconds of market time in one second")
    parser.add_argument("--json", action="store_true", help="only the JSON line on stdout (it is always the last)")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    memory: dict[int, dict[str, int]] = {}
    minutes: dict[int, float] = {}
    for symbols in options.symbols or [50]:
        begun = time.monotonic()
        with (
            passable_folder() as folder,
            running_scaled_desk(folder, speed=options.speed, symbols=symbols, cooldown_hours=0, log_level="debug") as desk,
        ):
            rows += measure(desk, options.closes, options.warm)
            minutes[symbols] = round((time.monotonic() - begun) / 60, 1)
            memory[symbols] = {name: resident([psutil.Process(pid)]) for name, pid in desk.supervisor.pids().items()}
    print(json.dumps({"rows": rows, "memory_mb": memory, "minutes": minutes, "load": load()}))


if __name__ == "__main__":
    main()
