"""How long from the last closing candle being sent to all rows being committed.

`python -m tests.bench.close_store --symbols 500 --closes 8 --json`. The exchange is a process of its own; the collector streams
tickers and candles of every symbol and timeframe and writes to a real Postgres, history aside. A close counts as stored when
another connection sees all its rows.
"""

import argparse
import asyncio
import json
import threading
import time
from typing import Any

import numpy as np
import psycopg

from db.connect import engine_for
from functions.collector.announce import Announcer
from functions.collector.collector import Collector
from functions.collector.exchange_time import ExchangeTime
from functions.logs import configure_logs
from functions.market.candles.gaps import from_ms
from functions.market.run.jobs import bybit
from functions.settings import Settings
from tests.bench.ground import exchange, load, order, postgres, say, settings_for

SPEED = 60.0  # a 15m close every 15 s
TIMEFRAME, INTERVAL, STEP = "15m", "15", 900_000


class Watcher(threading.Thread):
    """Notes the wall time at which each close is whole, as another connection sees it."""

    def __init__(self, url: str, symbols: int) -> None:
        super().__init__(daemon=True)
        self.whole: dict[int, float] = {}
        self._url, self._symbols = url, symbols
        self.stop = threading.Event()

    def run(self) -> None:
        """Look every few milliseconds at the newest closes."""
        query = """SELECT extract(epoch FROM open_time)::bigint * 1000, count(*) FROM candle
                   WHERE timeframe = %s AND open_time >= %s GROUP BY open_time"""
        since = from_ms(0)
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self.stop.wait(0.005):
                rows = connection.execute(query, (TIMEFRAME, since)).fetchall()
                for at, count in rows:
                    if count >= self._symbols:
                        self.whole.setdefault(at, time.time())
                since = from_ms(max((at for at, _ in rows), default=0))


async def measure(settings: Settings, world: dict[str, Any], symbols: int, closes: int) -> dict[str, Any]:
    """Let some closes pass and compare when they were sent with when they were whole."""
    engine = engine_for(settings.database("collector"), application="bench")
    names = [name for name in (await asyncio.to_thread(order, world, "state"))["symbols"] if name.endswith("USDT")][:symbols]
    watcher = Watcher(settings.database("dashboard"), len(names))
    watcher.start()
    async with bybit(settings) as source, Announcer(settings) as announcer:
        collector = Collector(settings, engine, source, announcer, ExchangeTime(settings.clock))
        works = (collector.keep_streaming, collector.keep_writing, collector.keep_tickers)
        tasks = [asyncio.create_task(work()) for work in works]
        collector.watch(names)
        while len(watcher.whole) < closes:
            await asyncio.sleep(1.0)
            say(f"{len(watcher.whole)} of {closes} closes, {collector.measures.candles:,} candles stored")
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await collector.finish()
    watcher.stop.set()
    watcher.join()
    engine.dispose()
    last_sent: dict[int, float] = {}
    for _, interval, start, wall in await asyncio.to_thread(order, world, "closes"):
        if interval == INTERVAL:
            last_sent[start] = max(last_sent.get(start, 0.0), wall)
    took = [(watcher.whole[at] - last_sent[at]) * 1000 for at in watcher.whole if at in last_sent]
    return {
        "p99_ms": round(float(np.percentile(took, 99)), 1),
        "p50_ms": round(float(np.percentile(took, 50)), 1),
        "symbols": len(names),
        "closes": len(took),
        "tickers_stored": collector.measures.tickers,
        "load": load(),
    }


def main() -> None:
    """Run and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--symbols", type=int, default=500)
    parser.add_argument("--closes", type=int, default=8)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    configure_logs("console", "error")
    world_options = ("--symbols", str(options.symbols), "--speed", str(SPEED), "--market-start", "2024-03-05T12:01:00Z")
    with postgres() as url, exchange(*world_options) as world:
        settings = settings_for(url, world)
        print(json.dumps(asyncio.run(measure(settings, world, options.symbols, options.closes))))


if __name__ == "__main__":
    main()
