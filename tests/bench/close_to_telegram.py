"""How long from the exchange sending a closing candle to Telegram receiving the signal: every process real, n8n too.

`python -m tests.bench.close_to_telegram --symbols 50 --closes 5 --json`; `steps` are what `tests.bench.steps` finds of the way.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import numpy as np

from tests.bench import steps
from tests.bench.ground import load
from tests.desk import Desk, running_desk, until
from tests.server import passable_folder

SPEED = 15.0  # a 15m close each minute; what else happens in a market is as much faster, so this is a load no market makes
INTERVALS = {"5m": "5", "15m": "15", "1h": "60", "4h": "240", "1d": "D"}
SECONDS = {"5m": 300, "15m": 900, "1h": 3600, "4h": 14400, "1d": 86400}


def measure(desk: Desk, closes: int) -> dict[str, Any]:
    """Let `closes` 15m closes pass and compare when each candle left with when its message arrived."""
    desk.hold_nothing_back()
    until(lambda: not desk.rows("SELECT 1 FROM gap WHERE closed_at IS NULL LIMIT 1"), "the history is loaded", 600)
    steps.note_writes(desk)
    wait_for_close(desk)  # what closed while the desk was starting has waited for that
    begun = max((wall for *_, wall in sent_candles(desk)), default=0.0)  # a fast machine has sent none yet
    for number in range(1, closes + 1):
        wait_for_close(desk)
        print(f"close {number} of {closes}", file=sys.stderr)
    drain(desk)
    left_at = [row for row in sent_candles(desk) if row[-1] > begun]
    last_sent = steps.last_sent(left_at)
    sent = {(symbol, interval, start): wall for symbol, interval, start, wall in left_at}
    messages = {row["message_id"]: row["wall"] for row in desk.messages()}
    latencies: list[float] = []
    expected, confirmed = 0, set[int]()
    for payload, message_id in signals(desk):
        start = datetime.fromisoformat(payload["close_time"]).timestamp() - SECONDS[payload["timeframe"]]
        left = sent.get((payload["symbol"], INTERVALS[payload["timeframe"]], int(start * 1000)))
        if left is None:
            continue  # it closed before the measurement began, or was read as history
        expected += 1
        if message_id is not None and message_id in messages:
            confirmed.add(message_id)
            latencies.append((messages[message_id] - left) * 1000)
    every = {row[0] for row in desk.rows("SELECT message_id FROM delivery WHERE message_id IS NOT NULL")}
    return {
        "symbols": desk.settings.top_symbols,
        "closes": closes,
        **{name: _percentile(latencies, percent) for name, percent in (("p50_ms", 50), ("p99_ms", 99), ("worst_ms", 100))},
        "delivered": len(latencies),
        "expected": expected,
        "messages": len(messages),
        "duplicates": len(set(messages) - every),
        "steps": steps.medians(desk, last_sent, {number: messages[number] for number in confirmed}),
        "load": load(),
    }


def sent_candles(desk: Desk) -> list[tuple[str, str, int, float]]:
    """Each closing candle the exchange has sent: symbol, interval, start in ms, and when on the wall clock."""
    rows = httpx.get(f"{desk.bybit}/_sim/closes?after=0", timeout=30).raise_for_status().json()
    return [(symbol, interval, start, wall) for symbol, interval, start, wall in rows]


def _percentile(values: list[float], percent: int) -> float | None:
    """Return a percentile; None when no signal came."""
    return round(float(np.percentile(values, percent)), 1) if values else None


def wait_for_close(desk: Desk) -> None:
    """Wait until one more 15m close is scored."""
    query = "SELECT max(close_time) FROM score"
    before = desk.rows(query)
    until(lambda: desk.rows(query) != before, "a 15m close is scored", 300)


def drain(desk: Desk) -> None:
    """Wait until the outbox is empty, or for half a minute."""
    deadline = time.monotonic() + 30
    waiting = """SELECT (SELECT count(*) FROM delivery WHERE state = 'pending') +
                 (SELECT count(*) FROM alert WHERE NOT EXISTS (SELECT 1 FROM delivery WHERE alert_id = alert.id))"""
    while desk.rows(waiting)[0][0] and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(1)  # the last confirmation


def signals(desk: Desk) -> Iterator[tuple[dict[str, Any], int | None]]:
    """Each signal's payload and the message it went out in: its own, or the one of its cluster."""
    rows = desk.rows(
        """SELECT payload, coalesce(own.message_id, lead.message_id) FROM alert
           LEFT JOIN delivery own ON own.alert_id = alert.id LEFT JOIN delivery lead ON lead.id = own.lead_id
           WHERE kind = 'signal'"""
    )
    yield from ((payload, message_id) for payload, message_id in rows)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--symbols", type=int, default=50)
    parser.add_argument("--closes", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="only the JSON line on stdout (it is always the last)")
    options = parser.parse_args()
    with passable_folder() as folder:
        print(f"starting a desk with {options.symbols} symbols in {folder}", file=sys.stderr)
        with running_desk(folder, speed=SPEED, symbols=options.symbols, cooldown_hours=0, log_level="debug") as desk:
            figures = measure(desk, options.closes)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
