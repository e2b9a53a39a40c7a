"""How long a refresh of the dashboard takes, query and paint, and whether a day of them grows: `python -m tests.bench.dashboard`.

A server of its own with the product's settings: `--symbols` coins with candles of four timeframes, scores of two weeks, a year of
signals and of setups with their ends, a year of every account's trades, and the messages of the signals. The screens have 160x50
characters. `worst_refresh_ms` is the slowest of some warm readings of all five panes with their painting; `query_ms` and
`paint_ms` are the medians by pane.

`growth_mb` is how much the process has grown after a refresh each 30 s of `--hours` of the market's time, each of them read from
the database and painted, the screens in turn. It is measured first, over a desk of fewer coins and of four weeks: what could grow
is what is read and painted, and both desks show as many coins, and as many signals of the week.

`python -m tests.bench.dashboard --json`
"""

import argparse
import asyncio
import gc
import json
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing import get_context
from typing import Any

import psutil
from textual.pilot import Pilot

from db.connect import engine_for
from functions.clock import MarketClock
from functions.market.run.candle_cache import CandleCache
from functions.panes.names import PaneName
from functions.panes.run.read import PaneReader
from functions.scoring.rules import ScoreRules
from functions.scoring.run.score import Scorer
from functions.technical.run.scan import Scanner
from functions.technical.setups.rules import SetupRules
from tests.bench.ground import load, postgres, say
from tests.bench.score import TIMEFRAMES, prepare
from tests.desk_days import store_days
from tests.unit.technical.making import END
from tui.app import Dashboard, freeze
from tui.screens.pane import PaneScreen

SIZE = (160, 50)
ROUNDS = 7
GROWN_SYMBOLS, GROWN_DAYS = 50, 28  # of the desk that is refreshed for a day
WARM_UP = 300
EVERY = timedelta(seconds=30)
SHOWN_FOR = 20  # refreshes, then the next screen


@dataclass(slots=True)
class Timed:
    """Milliseconds of each reading and of each painting of a pane."""

    query: list[float] = field(default_factory=list)
    paint: list[float] = field(default_factory=list)


async def refresh(pilot: Pilot[None], reader: PaneReader, name: PaneName, at: datetime | None) -> tuple[float, float]:
    """Read a pane and paint it as the dashboard does; return how long each took."""
    app = pilot.app
    assert isinstance(app, Dashboard)
    began = time.perf_counter()
    pane = reader.read(name, at)
    read = time.perf_counter()
    screen = app.screen
    assert isinstance(screen, PaneScreen)
    screen.show(pane, past=at is not None)
    await pilot.pause(0)  # without a delay it would wait until the process is idle, in steps of 20 ms
    return (read - began) * 1000, (time.perf_counter() - read) * 1000


async def measure_screens(reader: PaneReader) -> dict[str, Any]:
    """Time each pane."""
    freeze()
    app = Dashboard(reader, every=10**6, now=reader.clock.now)
    timed = {name: Timed() for name in PaneName}
    async with app.run_test(size=SIZE) as pilot:
        await app.workers.wait_for_complete()
        for name in PaneName:
            await app.action_pane(name.value)
            await app.workers.wait_for_complete()
            for number in range(ROUNDS):
                query, paint = await refresh(pilot, reader, name, END - (ROUNDS - number) * timedelta(seconds=2))
                timed[name].query.append(query)
                timed[name].paint.append(paint)
            medians = [statistics.median(times) for times in (timed[name].query, timed[name].paint)]
            say(f"{name}: query {medians[0]:.1f} ms, paint {medians[1]:.1f} ms")
    whole = [sum(pair) for one in timed.values() for pair in zip(one.query, one.paint, strict=True)]
    return {
        "worst_refresh_ms": round(max(whole), 1),
        "query_ms": {name.value: round(statistics.median(one.query), 1) for name, one in timed.items()},
        "paint_ms": {name.value: round(statistics.median(one.paint), 1) for name, one in timed.items()},
    }


async def measure_growth(reader: PaneReader, hours: float) -> dict[str, Any]:
    """Refresh for some hours of the market's time, and return by how much the process has grown since it was warm."""
    app, screens = Dashboard(reader, every=10**6, now=reader.clock.now), tuple(PaneName)
    process, began, refreshes = psutil.Process(), 0, round(timedelta(hours=hours) / EVERY)
    async with app.run_test(size=SIZE) as pilot:
        await app.workers.wait_for_complete()
        for number in range(-WARM_UP, refreshes):
            if number % SHOWN_FOR == 0:
                await app.action_pane(screens[number // SHOWN_FOR % len(screens)].value)
                await app.workers.wait_for_complete()
            if number == 0:
                gc.collect()
                began = process.memory_info().rss
            await refresh(pilot, reader, app.shown, END - (refreshes - number) * EVERY)
            if number % 500 == 0:
                say(f"{number} refreshes: {process.memory_info().rss / 2**20:.1f} MB")
        gc.collect()
        return {"growth_mb": round((process.memory_info().rss - began) / 2**20, 2), "refreshes": refreshes}


def reader_of(url: str) -> PaneReader:
    """Return what reads the panes of a server."""
    return PaneReader(engine_for(url, application="bench"), MarketClock.system(), ScoreRules())


@contextmanager
def desk(symbols: int, days: int) -> Iterator[str]:
    """Run a server with a desk of some days, its newest close scanned and scored; yields its address."""
    names = ("BTCUSDT", *(f"C{number:04d}USDT" for number in range(1, symbols)))
    with postgres() as url:
        engine = engine_for(url, application="bench")
        prepare(engine, names)
        say(f"storing {days} days of signals and trades")
        store_days(engine, END, days)
        Scanner(engine, CandleCache(engine), SetupRules()).run(END, TIMEFRAMES)
        Scorer(engine, MarketClock.system(), ScoreRules()).run(END)
        engine.dispose()
        yield url


def run_screens(url: str) -> dict[str, Any]:
    """Time each pane of a server's desk."""
    return asyncio.run(measure_screens(reader_of(url)))


def run_growth(url: str, hours: float) -> dict[str, Any]:
    """Refresh for some hours, in a process that does nothing else: what others have freed would hide what grows."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        return alone.submit(_refresh_for, url, hours).result()


def _refresh_for(url: str, hours: float) -> dict[str, Any]:
    return asyncio.run(measure_growth(reader_of(url), hours))


def measure(symbols: int, hours: float) -> dict[str, Any]:
    """Run the benchmark."""
    with desk(GROWN_SYMBOLS, GROWN_DAYS) as url:
        growth = run_growth(url, hours)
    with desk(symbols, 365) as url:
        return {"symbols": symbols, **run_screens(url), "hours": hours, **growth, "load": load()}


def main() -> None:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--symbols", type=int, default=500)
    parser.add_argument("--hours", type=float, default=24, help="of refreshes, one each 30 s; their growth is measured")
    parser.add_argument("--json", action="store_true", help="only the JSON line on stdout (it is always the last)")
    options = parser.parse_args()
    print(json.dumps(measure(options.symbols, options.hours)))


if __name__ == "__main__":
    main()
