"""How long one close of all coins takes to be scored: `python -m tests.bench.score --symbols 500 --json`.

A server of its own with the product's settings, every coin's candles of four timeframes, Fear & Greed beside them. Each close is
scanned, which is not timed, and scored as it happens live: `total_ms` is the whole run, `read_ms` what it waits for queries,
`write_ms` for inserts, deletes and the commit, `compute_ms` the rest. Medians of the closes; the first one, with cold caches, is
left out. `scan_ms` is the scan before it.
"""

import argparse
import json
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, event, text

from db.connect import engine_for
from functions.clock import MarketClock
from functions.factors.reading import MARKET, Factor, FactorReading
from functions.factors.store import write_readings
from functions.market.candles.timeframe import Timeframe
from functions.market.run.candle_cache import CandleCache
from functions.scoring.rules import ScoreRules
from functions.scoring.run.score import Scorer
from functions.technical.run.scan import Scanner
from functions.technical.setups.rules import SetupRules
from tests.bench.ground import load, postgres, say
from tests.bench.scan import NOISE, store, store_symbols
from tests.unit.technical.making import END, walk

TIMEFRAMES = (Timeframe.M15, Timeframe.H1, Timeframe.H4, Timeframe.D1)
CANDLES = 1270
CLOSES = 7
QUARTER = Timeframe.M15.span


@dataclass(slots=True)
class Waited:
    """Milliseconds spent in statements that read, and in those that write; commits are writes."""

    read: float = 0.0
    write: float = 0.0


@contextmanager
def watched(engine: Engine) -> Iterator[Waited]:
    """Time every statement of an engine."""
    waited, began = Waited(), [0.0]

    def before(*_arguments: object) -> None:
        began[0] = time.perf_counter()

    def after(_connection: object, _cursor: object, statement: str, *_arguments: object) -> None:
        taken = (time.perf_counter() - began[0]) * 1000
        if statement.lstrip().upper().startswith("SELECT"):
            waited.read += taken
        else:
            waited.write += taken

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    try:
        yield waited
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)


def prepare(engine: Engine, names: tuple[str, ...]) -> None:
    """Store coins, candles up to END and the market's mood."""
    store_symbols(engine, names)
    for timeframe in TIMEFRAMES:
        say(f"storing {len(names)} x {CANDLES} candles of {timeframe}")
        noise = NOISE[timeframe]
        store(engine, walk(timeframe, names, CANDLES, drift=noise / 30, noise=noise, seed=11))
    day = END - timedelta(days=1)
    mood = FactorReading(MARKET, Factor.CONTEXT, "fear_greed", 0.5, 0.5, day, day + timedelta(hours=36), {"value": 75})
    with engine.begin() as connection:
        write_readings(connection, [mood], seen_at=day)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE candle"))


def measure(symbols: int) -> dict[str, Any]:
    """Run the benchmark."""
    names = ("BTCUSDT", *(f"C{number:04d}USDT" for number in range(1, symbols)))
    with postgres() as url:
        engine = engine_for(url, application="bench")
        prepare(engine, names)
        scanner = Scanner(engine, CandleCache(engine), SetupRules())
        scorer = Scorer(engine, MarketClock.system(), ScoreRules())
        rows: list[dict[str, float]] = []
        for back in range(CLOSES, -1, -1):
            close = END - back * QUARTER
            began = time.perf_counter()
            scanner.run(close, TIMEFRAMES)
            scanned = time.perf_counter()
            with watched(engine) as waited:
                report = scorer.run(close)
            total = (time.perf_counter() - scanned) * 1000
            judged = len(report.signals) + sum(report.rejections.values())
            say(f"{close:%H:%M}: {report.scores} scores, {judged} setups, {len(report.signals)} signals in {total:.1f} ms")
            parts = {"read_ms": waited.read, "compute_ms": total - waited.read - waited.write, "write_ms": waited.write}
            rows.append({"total_ms": total, **parts, "scan_ms": (scanned - began) * 1000, "setups": judged})
        engine.dispose()
    live = rows[1:]
    medians = {name: round(statistics.median(row[name] for row in live), 1) for name in live[0]}
    return {"symbols": symbols, **medians, "worst_ms": round(max(row["total_ms"] for row in live), 1), "load": load()}


def main() -> None:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--symbols", type=int, default=500)
    parser.add_argument("--json", action="store_true", help="only the JSON line on stdout (it is always the last)")
    options = parser.parse_args()
    print(json.dumps(measure(options.symbols)))


if __name__ == "__main__":
    main()
