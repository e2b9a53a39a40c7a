"""How long a scan takes: `python -m tests.bench.scan --symbols 500 --json`.

A server of its own with 1,000 candles of each symbol and timeframe. `total_ms` is the first scan, nothing known, all five
timeframes, states and signals written; `close_total_ms` one 15m close as it happens live; `midnight_close_ms` the close of all
five timeframes at once, the day's other closes done. `compute_ms` and `read_ms` are the first scan's work taken apart. pandas-ta
is timed on this product's indicators, on some of the same frames, and scaled to all of them; runs alternate. `load` is the
machine's load average at the end: on a busy machine the figures say little.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psycopg
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from db import embedded
from db.connect import engine_for
from db.migrate import migrate
from db.roles import RolePasswords
from functions.market.candles.grid import CANDLE_FIELDS, Candles
from functions.market.candles.timeframe import Timeframe
from functions.market.run.candle_cache import CandleCache
from functions.market.store import read_candles
from functions.technical.engine.adhoc import frame_of
from functions.technical.engine.analysis import analyse
from functions.technical.engine.span import LONGEST
from functions.technical.run.scan import Scanner
from functions.technical.setups.batch import decide_closes
from functions.technical.setups.rules import ENTRY_TIMEFRAMES, SetupRules
from functions.warm import warm
from tests.unit.technical.making import END, walk

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pandas_ta_classic as pandas_ta

NOISE = {Timeframe.M5: 0.002, Timeframe.M15: 0.004, Timeframe.H1: 0.008, Timeframe.H4: 0.015, Timeframe.D1: 0.03}
TICK = Decimal("0.0001")
RUNS = 5
LIVE_CLOSES = 4
PANDAS_FRAMES = 5


def say(line: str) -> None:
    """Print progress."""
    print(line, file=sys.stderr, flush=True)


def milliseconds(work: Callable[[], object]) -> float:
    """Return how long `work` takes."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


@contextmanager
def server() -> Iterator[str]:
    """Run a server of our own; yields the owner's address."""
    with tempfile.TemporaryDirectory(prefix="quorum-bench-") as folder:
        made = embedded.prepare(Path(folder) / "cluster")
        process = subprocess.Popen(made.command(), cwd="/", stderr=subprocess.DEVNULL, **embedded.run_as(made.system_user))
        try:
            wait_for(made.url)
            yield made.url
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def wait_for(url: str) -> None:
    """Wait until the server answers, then migrate."""
    deadline = time.monotonic() + 60
    while True:
        try:
            migrate(url, RolePasswords("bench", "bench", "bench", "bench"))
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def store(engine: Engine, candles: Candles) -> None:
    """Copy a grid into the candle table in the order in which candles arrive: close by close."""
    statement = "COPY candle (symbol, timeframe, open_time, open, high, low, close, volume, source) FROM STDIN"
    address = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as connection, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for column, opened in enumerate(candles.open_time.tolist()):
            moment = datetime.fromtimestamp(opened / 1000, END.tzinfo).isoformat()
            grids = (candles.open, candles.high, candles.low, candles.close, candles.volume)
            rows = np.stack([grid[:, column] for grid in grids], axis=1).tolist()
            lines = (
                f"{name}\t{candles.timeframe}\t{moment}\t{o}\t{h}\t{low}\t{c}\t{v}\tws\n"
                for name, (o, h, low, c, v) in zip(candles.symbols, rows, strict=True)
            )
            copy.write("".join(lines))


def store_symbols(engine: Engine, symbols: tuple[str, ...]) -> None:
    """Make the symbols known."""
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO symbol VALUES (:name, :base, 'USDT', 'Trading', :tick, 0.01, 1, '', false, now(), now())"),
            [{"name": name, "base": name.removesuffix("USDT"), "tick": TICK} for name in symbols],
        )


def compute(grids: dict[Timeframe, Candles]) -> int:
    """Compute everything a cold scan computes and return the number of signals."""
    found = {timeframe: analyse(candles, 1) for timeframe, candles in grids.items()}
    around = [analysis.levels(0) for analysis in found.values()]
    signals = 0
    for timeframe in ENTRY_TIMEFRAMES:
        seen = decide_closes(found[timeframe], found[Timeframe.D1], found[Timeframe.H4], SetupRules())
        outcomes = [seen.outcome_at(number, 0, TICK, END) for number in range(len(around[0]))]
        signals += sum(outcome.direction != "NEUTRAL" for outcome in outcomes)
    return signals


def pandas_indicators(frame: pd.DataFrame) -> None:
    """Compute this product's indicators with pandas-ta's own arithmetic."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        high, low, close, volume = (frame[name] for name in ("high", "low", "close", "volume"))
        for length in (9, 21, 50, 200):
            pandas_ta.ema(close, length=length, talib=False)
        pandas_ta.macd(close, talib=False)
        pandas_ta.rsi(close, talib=False)
        pandas_ta.stochrsi(close)
        pandas_ta.bbands(close, length=20, talib=False)
        pandas_ta.atr(high, low, close, talib=False)
        pandas_ta.adx(high, low, close, talib=False)
        pandas_ta.obv(close, volume, talib=False)
        pandas_ta.sma(volume, length=20, talib=False)
        pandas_ta.vwap(high, low, close, volume)


def alternate(grids: dict[Timeframe, Candles]) -> tuple[list[float], list[float]]:
    """Time our computation and pandas-ta's in turn; the latter scaled from a few frames to all."""
    symbols = len(grids[Timeframe.D1].symbols)
    frames = [frame_of(grids[timeframe], row) for timeframe in Timeframe for row in range(min(PANDAS_FRAMES, symbols))]
    scale = symbols * len(Timeframe) / len(frames)
    ours, theirs = [], []
    for _ in range(RUNS):
        ours.append(milliseconds(lambda: compute(grids)))
        theirs.append(milliseconds(lambda: [*map(pandas_indicators, frames)]) * scale)
    return ours, theirs


def next_close(candles: Candles, number: int) -> Candles:
    """Return one more candle a symbol, `number` spans after the last."""
    values = {name: getattr(candles, name)[:, -number:][:, :1] for name in CANDLE_FIELDS}
    opened = candles.open_time[-1:] + number * candles.timeframe.milliseconds
    return replace(candles, open_time=opened, **values)


def measure(symbols: int) -> dict[str, Any]:
    """Run the benchmark."""
    names = ("BTCUSDT", *(f"C{number:04d}USDT" for number in range(1, symbols)))
    with server() as url:
        engine = engine_for(url, application="bench")
        store_symbols(engine, names)
        for timeframe in Timeframe:
            say(f"storing {symbols} x {LONGEST} candles of {timeframe}")
            noise = NOISE[timeframe]
            store(engine, walk(timeframe, names, LONGEST + 20, drift=noise / 30, noise=noise, seed=11))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE candle")
        fields = timings(engine, names)
        engine.dispose()
    return fields


def timings(engine: Engine, names: tuple[str, ...]) -> dict[str, Any]:
    """Time the scan, whole and in parts."""
    scanner = Scanner(engine, CandleCache(engine), SetupRules())
    warm()  # as the functions do when they start
    read_candles(engine, Timeframe.D1, names[:1], END, 1)  # opens connections: a scan comes every five minutes
    scanner.run(END - timedelta(days=4000))  # no candle is as old: imports and connections are warm, the data are not
    say("first scan of all timeframes")
    total = milliseconds(lambda: scanner.run(END))
    grids: dict[Timeframe, Candles] = {}

    def read_all() -> None:
        grids.update({timeframe: read_candles(engine, timeframe, names, END, LONGEST) for timeframe in Timeframe})

    say("reading and computing apart")
    reads = [milliseconds(read_all) for _ in range(RUNS)]
    ours, theirs = alternate(grids)
    say("closes as they happen live")
    closes = live_closes(engine, scanner, grids[Timeframe.M15])
    midnight = midnight_close(engine, scanner, grids)
    return {
        "symbols": len(names),
        "candles_per_timeframe": LONGEST,
        "compute_ms": round(statistics.median(ours), 1),
        "compute_ms_runs": [round(run, 1) for run in ours],
        "read_ms": round(statistics.median(reads), 1),
        "total_ms": round(total, 1),
        "pandas_ta_ms": round(statistics.median(theirs), 1),
        "ratio": round(statistics.median(theirs) / statistics.median(ours), 1),
        "close_total_ms": round(statistics.median(closes), 1),
        "close_total_ms_runs": [round(run, 1) for run in closes],
        "midnight_close_ms": round(midnight, 1),
        "load": round(os.getloadavg()[0], 1),
    }


def live_closes(engine: Engine, scanner: Scanner, quarters: Candles) -> list[float]:
    """Time the scans of some 15m closes, one after the other."""
    closes = []
    for number in range(1, LIVE_CLOSES):
        store(engine, next_close(quarters, number))
        moment = END + number * quarters.timeframe.span
        closes.append(milliseconds(lambda moment=moment: scanner.run(moment, [Timeframe.M15])))  # type: ignore[misc]
    return closes


def midnight_close(engine: Engine, scanner: Scanner, grids: dict[Timeframe, Candles]) -> float:
    """Time the scan of the next midnight, when a candle of each timeframe closes."""
    midnight = END + Timeframe.D1.span
    for timeframe, candles in grids.items():
        spans = Timeframe.D1.milliseconds // timeframe.milliseconds
        for number in range(LIVE_CLOSES if timeframe is Timeframe.M15 else 1, spans + 1):
            store(engine, next_close(candles, number))
    while scanner.run(midnight - timedelta(seconds=1)).states:  # what closed during the day is done, some scans' work
        say("scanning the day's closes")
    return milliseconds(lambda: scanner.run(midnight))


def main() -> None:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--symbols", type=int, default=500)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    fields = measure(options.symbols)
    print(json.dumps(fields, indent=None if options.json else 2))


if __name__ == "__main__":
    main()
