"""Run many seeds of every protocol in all processors, then take each safeguard away: `python -m tests.worlds --seeds 100000`."""

import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.worlds.safeguards import PROTOCOLS, caught, violations

PIECE = 100  # seeds that a process takes at once
LONGEST_SEARCH = 20_000


def main() -> int:
    """Return 0 when no world went wrong and each safeguard was missed by a seed."""
    parser = argparse.ArgumentParser(prog="python -m tests.worlds", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100_000, help="worlds in all, shared by the protocols")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    console = Console()
    console.print(f"commit {_commit()}, seeds from {chosen.first}, {chosen.processes} processes")
    ends = {name: chosen.first + round(chosen.seeds * protocol.share) for name, protocol in PROTOCOLS.items()}
    pieces = [(name, range(at, min(at + PIECE, end))) for name, end in ends.items() for at in range(chosen.first, end, PIECE)]
    began = time.monotonic()
    with ProcessPoolExecutor(chosen.processes) as pool:
        found = pool.map(violations, *zip(*pieces, strict=True))
        wrong = [what for piece in track(found, "worlds", total=len(pieces), console=console) for what in piece]
        console.print(
            f"{sum(len(seeds) for _, seeds in pieces)} worlds in {time.monotonic() - began:.0f} s, {len(wrong)} violations"
        )
        for violation in wrong[:20]:
            console.print(violation, style="red")
        names = [(name, safeguard) for name, protocol in PROTOCOLS.items() for safeguard in protocol.safeguards]
        missed = list(pool.map(caught, *zip(*names, strict=True), [range(LONGEST_SEARCH)] * len(names)))
    table = Table("protocol", "without", "what it is there for", "what goes wrong")
    for (name, safeguard), what in zip(names, missed, strict=True):
        table.add_row(name, safeguard, PROTOCOLS[name].safeguards[safeguard], what or "nothing that was noticed")
    console.print(table)
    return 0 if not wrong and all(missed) else 1


def _commit() -> str:
    asked = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return asked.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
