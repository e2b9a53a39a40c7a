"""How long `quorum up` takes on an empty data folder, until the first signal, and again on what the first start left.

n8n is installed already; the market runs at twenty times the speed, as in the demo. `python -m tests.bench.start --json`
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

from functions.operations.demo import SYMBOLS, world
from tests.bench.ground import load, say
from tests.desk import messages_at, outside, running_command, until
from tests.server import passable_folder


def measure(folder: Path) -> dict[str, Any]:
    """Start a desk twice."""
    settings = world(folder, speed=20, symbols=SYMBOLS)
    with outside(settings):
        began = time.monotonic()
        with running_command(settings):
            first = time.monotonic() - began
            say(f"first start: {first:.1f} s")
            until(lambda: any("TP3" in one["text"] for one in messages_at(settings.telegram_api_url)), "a signal arrives", 300)
            signal = time.monotonic() - began
        began = time.monotonic()
        with running_command(settings):
            second = time.monotonic() - began
    return {"first_s": round(first, 1), "second_s": round(second, 1), "first_signal_s": round(signal, 1), "load": load()}


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="only the JSON line on stdout (it is always the last)")
    parser.parse_args()
    with passable_folder() as folder:
        print(json.dumps(measure(folder)))


if __name__ == "__main__":
    main()
