"""How often the entries fire: `python -m tests.bench.entries --data DIR --daily DAILY --json`.

DIR holds SYMBOL.parquet files of 5m. The gate is known from 200 daily candles on: DAILY is a folder with those from before.

With `--scale 1e-3` also what changes when the same prices are written a thousand times smaller.
"""

import argparse
import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.technical.engine.resample import resample
from functions.technical.setups.batch import decide_every_close, lacking_history
from functions.technical.setups.grids import Verdict
from functions.technical.setups.rules import ENTRY_TIMEFRAMES, SetupRules
from functions.technical.setups.verdict import DecidedCloses
from functions.technical.sources.folder import folder_candles, symbols_in


def measure(folder: Path, daily: Path | None = None, scale: float | None = None) -> dict[str, Any]:
    """Count signals a day while the gate is open, and what became of every close; compare with prices at another scale."""
    symbols = symbols_in(folder)
    fives = folder_candles(folder, symbols, Timeframe.M5, datetime.now(UTC))
    candles: dict[Timeframe, Candles] = {
        timeframe: resample(fives, timeframe) for timeframe in Timeframe if timeframe is not Timeframe.M5
    }
    candles[Timeframe.D1] = folder_candles(folder, symbols, Timeframe.D1, datetime.now(UTC), daily)
    fields: dict[str, Any] = {"symbols": len(symbols)}
    for timeframe in ENTRY_TIMEFRAMES:
        found = decide_every_close(candles, timeframe, SetupRules())
        decisions = found.decisions
        fields["note"] = lacking_history(found)
        known = found.gate.regime_known[0] & (found.gate.late[0] == 0) & (found.gate.problem[0] == 0)
        days = (known & (decisions.allowed[0] != 0)).sum() * timeframe.milliseconds / Timeframe.D1.milliseconds
        due = decisions.direction != 0
        fields[timeframe.value] = {
            "days_gate_open": round(float(days), 1),
            "signals_per_day": round(float(due.sum() / days), 1) if days else None,
            "confidence_65_or_more": round(float((decisions.confidence[due] >= 0.65).mean()), 3) if due.any() else None,
            "stop_distance_median": round(float(np.median(decisions.distance[due])), 3) if due.any() else None,
            "verdicts": {Verdict(value).name: count for value, count in Counter(decisions.verdict.ravel().tolist()).items()},
        }
        if scale is not None:
            scaled = {longer: scaled_by(found_candles, scale) for longer, found_candles in candles.items()}
            fields[timeframe.value]["scaled"] = difference(found, decide_every_close(scaled, timeframe, SetupRules()))
    return fields


def scaled_by(candles: Candles, factor: float) -> Candles:
    """Return the same candles with prices so many times larger."""
    return replace(candles, **{name: getattr(candles, name) * factor for name in ("open", "high", "low", "close")})


def difference(left: DecidedCloses, right: DecidedCloses) -> dict[str, Any]:
    """Count what differs between two pictures of the same closes."""
    due = left.decisions.direction != 0
    unlike = np.abs(left.decisions.confidence - right.decisions.confidence)[due] > 1e-9
    return {
        "closes": left.decisions.verdict.size,
        "verdicts_differ": int((left.decisions.verdict != right.decisions.verdict).sum()),
        "signals": int(due.sum()),
        "confidences_differ": int(unlike.sum()),
        "adx_points": round(float(np.nanmax(np.abs(left.analysis.indicators.adx - right.analysis.indicators.adx))), 2),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--daily", type=Path)
    parser.add_argument("--scale", type=float)
    options = parser.parse_args()
    print(json.dumps(measure(options.data, options.daily, options.scale), indent=None if options.json else 2))


if __name__ == "__main__":
    main()
