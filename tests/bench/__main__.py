"""Run every benchmark, or those that are named, and write docs/benchmarks.md: `python -m tests.bench [NAME ...]`."""

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parent.parent.parent
RUNS = (
    ("stream", "--seconds", "10", "--levels", "2000"),
    ("close_store", "--symbols", "500"),
    ("backfill",),
    ("classify",),
    ("scan", "--symbols", "50"),
    ("scan", "--symbols", "500"),
    ("score", "--symbols", "500"),
    ("outcomes", "--symbols", "500"),
    ("settle",),
    ("backtest",),
    ("dashboard",),
    ("start",),
    ("recovery",),
    ("memory",),
    ("n8n_line",),
    ("commands",),
    ("touch", "--orders", "500"),
    ("close_to_telegram", "--symbols", "50", "--closes", "5"),
    ("close_to_telegram", "--symbols", "500", "--closes", "5"),
)


def run(name: str, *options: str) -> dict[str, Any]:
    """Run one benchmark as a person would and return its JSON line."""
    command = [sys.executable, "-m", f"tests.bench.{name}", *options, "--json"]
    done = subprocess.run(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, check=True)
    fields: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return fields


def section(command: str, fields: dict[str, Any], where: str) -> str:
    """Return a benchmark's part of the page: where and when it was measured, and its figures."""
    table = "\n".join(f"| {field} | {_value(value)} |" for field, value in fields.items())
    return f"## `{command}`\n\nMeasured {where}\n\n| field | value |\n|---|---|\n{table}\n"


def render(measured: dict[str, str], before: str) -> str:
    """Return the page: the sections that were measured, and of the others, by their order in RUNS, what the page had before."""
    known = {part.partition("`")[2].partition("`")[0]: f"## {part}" for part in before.split("\n## ")[1:]} | measured
    names = [name for name in map(_command, RUNS) if name in known]
    sections = "\n".join(f"{known[name].rstrip()}\n" for name in names)
    return f"# Benchmarks\n\nOn {os.cpu_count()} cores; `make bench` measures anew.\n\n{sections}"


def _command(run: tuple[str, ...]) -> str:
    return f"python -m tests.bench.{' '.join(run)} --json"


def _here() -> str:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    where = f"{_processor()}, Python {platform.python_version()}"
    return f"{datetime.now(UTC):%Y-%m-%d} at commit {commit.stdout.strip() or 'unknown'} ({where})."


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _value(value: Any) -> str:
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else json.dumps(value)


def main() -> None:
    """Run them one after the other and write the page after each, so that a run that is stopped has not measured for nothing."""
    wanted, measured, failed = sys.argv[1:], {}, False
    page = CHECKOUT / "docs" / "benchmarks.md"
    for name, *options in RUNS:
        if wanted and name not in wanted:
            continue
        print(f"{name} {' '.join(options)} …", file=sys.stderr)
        command = _command((name, *options))
        try:
            measured[command] = section(command, run(name, *options), _here())
        except subprocess.CalledProcessError as error:  # the others are worth their figures all the same
            print(f"{name} failed with exit code {error.returncode}", file=sys.stderr)
            failed = True
        page.write_text(render(measured, page.read_text()))
    sys.exit(failed)


if __name__ == "__main__":
    main()
