"""Run every benchmark, or those that are named, and render docs/benchmarks.md: `python -m tests.bench [NAME ...]`."""

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


def render(rows: list[tuple[tuple[str, ...], dict[str, Any]]]) -> str:
    """Return the page: where and when it was measured, and each command with its figures."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    lines = [
        "# Benchmarks",
        "",
        f"Measured {datetime.now(UTC):%Y-%m-%d} at commit {commit.stdout.strip() or 'unknown'} on {os.cpu_count()} cores "
        f"({_processor()}), Python {platform.python_version()}. `make bench` renders this page.",
        "",
    ]
    for (name, *options), fields in rows:
        lines += [f"## `python -m tests.bench.{' '.join([name, *options])} --json`", "", "| field | value |", "|---|---|"]
        lines += [f"| {field} | {_value(value)} |" for field, value in fields.items()]
        lines.append("")
    return "\n".join(lines)


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _value(value: Any) -> str:
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else json.dumps(value)


def main() -> None:
    """Run them one after the other and write the page after each, so that a run that is stopped has not measured for nothing."""
    wanted, rows, failed = sys.argv[1:], [], False
    for name, *options in RUNS:
        if wanted and name not in wanted:
            continue
        print(f"{name} {' '.join(options)} …", file=sys.stderr)
        try:
            rows.append(((name, *options), run(name, *options)))
        except subprocess.CalledProcessError as error:  # the others are worth their figures all the same
            print(f"{name} failed with exit code {error.returncode}", file=sys.stderr)
            failed = True
        (CHECKOUT / "docs" / "benchmarks.md").write_text(render(rows))
    sys.exit(failed)


if __name__ == "__main__":
    main()
