"""How long a command takes: from Telegram handing out the update to Telegram receiving the answer, through real n8n.

`python -m tests.bench.commands --json`
"""

import argparse
import json
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from tests.desk import Desk, running_desk, until

# In this order, round after round: the trade that one opens the next one closes. The last two are written wrongly.
COMMANDS = (
    "/start",
    "/help",
    "/status",
    "/top 5",
    "/signal BTCUSDT",
    "/chart BTCUSDT 1h",
    "/portfolio",
    "/settings",
    "/mute ADAUSDT 4h",
    "/why 1",
    "/why R1",
    "/today",
    "/watch",
    "/trade BTCUSDT long 50",
    "/close BTCUSDT",
    "/trade BTC up 1",
    "/top 99",
)
FEWEST_ROUNDS = 30  # below them a 95th percentile is little more than the slowest


def ask(desk: Desk, text: str) -> float:
    """Write one command and return the milliseconds until its answer came: a trade's is the message that tells of it."""
    known = {message["message_id"] for message in desk.messages()}
    update = desk.say(text)

    def answers() -> list[dict[str, Any]]:
        new = [message for message in desk.messages() if message["message_id"] not in known]
        told = [message for message in new if re.search("Paper (long|trade)", message["text"])]
        return desk.answers(update) or (told if text.startswith(("/trade", "/close")) else [])

    until(answers, f"{text} is answered", 60)
    return (float(answers()[0]["wall"]) - _handed_out(desk)[str(update)]) * 1000


def measure(desk: Desk, rounds: int) -> dict[str, Any]:
    """Return p50 and p95 of each command, in milliseconds."""
    for text in COMMANDS:
        ask(desk, text)  # the first of a kind warms up what a start left cold
    taken: dict[str, list[float]] = {text: [] for text in COMMANDS}
    for number in range(rounds):
        for text in COMMANDS:
            taken[text].append(ask(desk, text))
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
    figures: dict[str, Any] = {
        text: {"p50_ms": round(float(np.percentile(all_, 50)), 1), "p95_ms": round(float(np.percentile(all_, 95)), 1)}
        for text, all_ in taken.items()
    }
    return {**figures, "rounds": rounds, "worst_p95_ms": max(one["p95_ms"] for one in figures.values())}


def _handed_out(desk: Desk) -> dict[str, float]:
    return dict(httpx.get(f"{desk.telegram}/_sim/handed_out", timeout=5).raise_for_status().json())


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=FEWEST_ROUNDS)
    parser.add_argument("--json", action="store_true", help="only the JSON line on stdout (it is always the last)")
    options = parser.parse_args()
    if options.rounds < FEWEST_ROUNDS:
        parser.error(f"expected {FEWEST_ROUNDS} rounds or more, got {options.rounds}")
    folder = Path(tempfile.mkdtemp(prefix="quorum-bench-"))
    # Slow market time: no signal comes between a question and its answer.
    with running_desk(folder, speed=1, symbols=20) as desk:
        until(lambda: desk.rows("SELECT 1 FROM technical_state WHERE timeframe = '1h' LIMIT 1"), "history is there", 120)
        time.sleep(5)
        print(json.dumps(measure(desk, options.rounds)))


if __name__ == "__main__":
    main()
