"""How many ticker messages one core takes from the websocket into Postgres: `python -m tests.bench.stream --seconds 10 --json`.

The exchange sends as fast as it is read, from a process of its own; the collector's stream, intake and writer run here, on one
core, against a real Postgres. `lost` is what was sent and did not come. Memory is read after two seconds and at the end.
"""

import argparse
import asyncio
import json
import os
import random
import time
from typing import Any

from db.connect import engine_for
from functions.clock import MarketClock
from functions.collector.closes import CloseTracker
from functions.collector.collector import TICKERS_EVERY
from functions.collector.exchange_time import ExchangeTime
from functions.collector.intake import Intake
from functions.collector.measures import Measures
from functions.collector.stream import Stream
from functions.collector.writer import Writer
from tests.bench.ground import exchange, load, order, postgres, rss_mb, say, settings_for

SYMBOLS = 50


async def measure(url: str, world: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Stream for some seconds and count."""
    settings = settings_for(url, world)
    engine = engine_for(settings.database("collector"), application="bench")
    intake, measures = Intake(), Measures()
    writer = Writer(engine, intake, CloseTracker(()), ExchangeTime(MarketClock.parse(world["market_clock"])), measures)
    topics = [f"tickers.{symbol}" for symbol in (await asyncio.to_thread(order, world, "state"))["symbols"]][:SYMBOLS]
    connected = asyncio.Event()
    stream = Stream(settings.bybit_ws_url, topics, intake, lambda _: connected.set(), lambda: None, random.Random(1))
    running = asyncio.create_task(stream.run())
    writing = asyncio.create_task(_keep_writing(writer))
    await connected.wait()
    while intake.counts["Acknowledged"] < -(-len(topics) // 10):  # noqa: ASYNC110 - the intake has no event, on purpose
        await asyncio.sleep(0.05)
    await asyncio.to_thread(order, world, "fault", kind="firehose", rate=0, seconds=seconds)
    began, first = time.perf_counter(), intake.counts["TickerFrame"]
    await asyncio.sleep(min(2.0, seconds / 2))
    rss_start = rss_mb()
    while (state := await asyncio.to_thread(order, world, "state"))["firehose_running"]:
        say(f"{intake.counts['TickerFrame']:,} messages, {measures.tickers:,} tickers stored, {rss_mb()} MB")
        await asyncio.sleep(min(1.0, seconds / 5))
    received, elapsed = intake.counts["TickerFrame"] - first, time.perf_counter() - began
    sent = await _settled(world, state, intake)
    writing.cancel()
    running.cancel()
    await asyncio.gather(writing, running, return_exceptions=True)
    engine.dispose()
    return {
        "messages_per_s": round(received / elapsed),
        "rss_mb_start": rss_start,
        "rss_mb_end": rss_mb(),
        "growth_percent": round((rss_mb() / rss_start - 1) * 100, 1),
        "lost": sent - intake.counts["TickerFrame"],
        "malformed": intake.counts["Malformed"],
        "tickers_stored": measures.tickers,
        "seconds": round(elapsed, 1),
        "load": load(),
    }


async def _settled(world: dict[str, Any], state: dict[str, Any], intake: Intake) -> int:
    """Return how many ticker messages were sent in all, once what is on the way has had time to come."""
    for _ in range(100):
        state = await asyncio.to_thread(order, world, "state")
        sent: int = state["firehose_sent"] + state["sent"]
        if intake.counts["TickerFrame"] >= sent:
            break
        await asyncio.sleep(0.05)
    return sent


async def _keep_writing(writer: Writer) -> None:
    while True:
        await asyncio.sleep(TICKERS_EVERY)
        await writer.flush_tickers()


def main() -> None:
    """Run and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    silent = ("--symbols", str(SYMBOLS), "--ticker-ms", "100000000")
    cores = sorted(os.sched_getaffinity(0))
    with postgres() as url, exchange(*silent, core=cores[-1]) as world:
        os.sched_setaffinity(0, {cores[0]})
        print(json.dumps(asyncio.run(measure(url, world, options.seconds))))


if __name__ == "__main__":
    main()
