"""How much memory the whole embedded desk takes under the demo's load: Postgres, functions, collector, n8n, and what runs them.

Memory that processes share counts once (PSS); the figures are those of the moment with the largest sum.
`python -m tests.bench.memory --minutes 3 --json`
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import psutil

from functions.operations.demo import SYMBOLS, world
from functions.operations.supervise import Supervisor
from tests.bench.ground import load
from tests.desk import outside, running_command
from tests.server import passable_folder

EVERY = 5.0


def measure(folder: Path, minutes: float) -> dict[str, Any]:
    """Run a desk for some minutes and look at it every few seconds."""
    settings = world(folder, speed=20, symbols=SYMBOLS)
    supervisor = Supervisor(settings.data_dir)
    largest: dict[str, int] = {}
    with outside(settings), running_command(settings) as up:
        deadline = time.monotonic() + minutes * 60
        while time.monotonic() < deadline:
            time.sleep(EVERY)
            now = by_process(up.pid, supervisor)
            largest = max(largest, now, key=lambda sizes: sum(sizes.values()))
    return {"minutes": minutes, "total_mb": sum(largest.values()), "by_process": largest, "load": load()}


def by_process(up: int, supervisor: Supervisor) -> dict[str, int]:
    """Return each part's memory in MB, its children with it."""
    starter = psutil.Process(up)
    sizes = {"up": resident([starter]), "supervisor": resident(starter.children())}
    for name, pid in supervisor.pids().items():
        part = psutil.Process(pid)
        sizes[name] = resident([part, *part.children(recursive=True)])
    return sizes


def resident(processes: list[psutil.Process]) -> int:
    """Return what these processes take, in MB; one that has just ended takes nothing."""
    total = 0
    for process in processes:
        try:
            total += process.memory_full_info().pss
        except psutil.NoSuchProcess:
            continue
    return round(total / 2**20)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=3, help="3 are an hour of the market")
    parser.add_argument("--json", action="store_true", help="only the JSON line on stdout (it is always the last)")
    options = parser.parse_args()
    with passable_folder() as folder:
        print(json.dumps(measure(folder, options.minutes)))


if __name__ == "__main__":
    main()
