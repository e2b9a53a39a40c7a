"""How many messages one core takes from the websocket into Postgres, and what an hour of them leaves in memory.

`python -m tests.bench.stream --seconds 10 --minutes 60 --levels 2000 --json`. First the exchange sends tickers as fast as they
are read, from a process of its own; the collector's stream, intake and writer run here, on one core, against a real Postgres.
With `--levels` the stream is measured with so many levels watched and without, in turns: `levels_fall_percent` is how much less
comes through a second, and `levels_cpu_fall_percent` a second of work, by the medians. The same messages are also taken in by the
intake alone: `levels_cost_percent` is what that takes of the stream's work. Then the whole collector lives through an hour of the
market, sixty times as fast: prices that change, forming and closing candles of every timeframe, quotes, mending. Memory is read
when that hour begins, with its history loaded, and at its end, each time after free memory was given back: what the load has left
would hide what grows. `lost` is what was sent and did not come. The line comes at the end: an hour takes a minute, and what is
done meanwhile is told on stderr.
"""

import argparse
import asyncio
import ctypes
import gc
import json
import os
import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from functools import partial
from statistics import median
from typing import Any

import orjson
from sqlalchemy import Engine

from db.connect import engine_for
from functions.clock import MarketClock
from functions.collector.announce import Announcer
from functions.collector.collector import TICKERS_EVERY, Collector
from functions.collector.exchange_time import ExchangeTime
from functions.collector.feed.closes import CloseTracker
from functions.collector.feed.intake import Intake
from functions.collector.feed.level_watch import LevelWatch
from functions.collector.measures import Measures
from functions.collector.stream import Stream
from functions.collector.writer import Writer
from functions.levels.level import Direction, Level, LevelKind
from functions.logs import configure_logs
from functions.market import store
from functions.market.run.jobs import bybit
from tests.bench.ground import exchange, load, order, postgres, rss_mb, say, settings_for

SYMBOLS = 50
SPEED = 60.0
TURNS, TURN_SECONDS = 15, 3.0  # of the whole stream, without levels and with them
ROUNDS, MESSAGES = 15, 20_000  # pairs of rounds, without levels and with them, and messages of each


async def measure(url: str, world: dict[str, Any], seconds: float, levels: int = 0) -> dict[str, Any]:
    """Stream tickers for some seconds and count."""
    settings = settings_for(url, world)
    engine = engine_for(settings.database("collector"), application="bench")
    state = await asyncio.to_thread(order, world, "state")
    intake, measures = Intake(levels=watch_of(state, levels)), Measures()
    writer = Writer(engine, intake, CloseTracker(()), ExchangeTime(MarketClock.parse(world["market_clock"])), measures)
    topics = [f"tickers.{symbol}" for symbol in state["symbols"]][:SYMBOLS]
    connected = asyncio.Event()
    stream = Stream(settings.bybit_ws_url, topics, intake, lambda _: connected.set(), lambda: None, random.Random(1))
    running = asyncio.create_task(stream.run())
    writing = asyncio.create_task(_keep_writing(writer))
    await connected.wait()
    while intake.counts["Acknowledged"] < -(-len(topics) // 10):  # noqa: ASYNC110 - the intake has no event, on purpose
        await asyncio.sleep(0.05)
    await asyncio.to_thread(order, world, "fault", kind="firehose", rate=0, seconds=seconds)
    began, busy, first = time.perf_counter(), time.process_time(), intake.counts["TickerFrame"]
    while (await asyncio.to_thread(order, world, "state"))["firehose_running"]:
        say(f"{intake.counts['TickerFrame']:,} messages, {measures.tickers:,} tickers stored, {rss_mb()} MB")
        await asyncio.sleep(min(1.0, seconds / 5))
    received, elapsed = intake.counts["TickerFrame"] - first, time.perf_counter() - began
    busy = time.process_time() - busy
    lost = await _lost(world, intake)
    writing.cancel()
    running.cancel()
    await asyncio.gather(writing, running, return_exceptions=True)
    engine.dispose()
    return {
        "messages_per_s": round(received / elapsed),
        "messages_per_cpu_s": round(received / busy),
        "lost": lost,
        "malformed": intake.counts["Malformed"],
        "seconds": round(elapsed, 1),
    }


def watch_of(state: dict[str, Any], count: int) -> LevelWatch:
    """Return a watch of so many levels, shared out over the pairs and both directions, all far from any price."""
    watch, names = LevelWatch(), state["symbols"][:SYMBOLS]
    levels = [
        Level(
            symbol=names[number // 2 % SYMBOLS],
            price=Decimal(10) ** (9 if number % 2 else -9) * (number + 1),
            direction=Direction.RISING if number % 2 else Direction.FALLING,
            kind=LevelKind.ALERT,
            owner=number,
        )
        for number in range(count)
    ]
    watch.follow(levels, {})
    return watch


def in_turns(url: str, exchanges: Callable[[], AbstractContextManager[dict[str, Any]]], levels: int) -> dict[str, Any]:
    """Measure the whole stream without levels and with them, in turns, by the medians: a second, and a second of work."""
    runs: dict[int, list[dict[str, Any]]] = {0: [], levels: []}
    for number in range(TURNS):
        for count in (0, levels) if number % 2 else (levels, 0):
            with exchanges() as world:
                runs[count].append(asyncio.run(measure(url, world, TURN_SECONDS, count)))

    def rate(count: int, name: str) -> float:
        return float(median(run[name] for run in runs[count]))

    def fall(name: str) -> float:
        return round((1 - rate(levels, name) / rate(0, name)) * 100, 1)

    return {
        "levels_messages_per_s": round(rate(levels, "messages_per_s")),
        "no_levels_messages_per_s": round(rate(0, "messages_per_s")),
        "levels_fall_percent": fall("messages_per_s"),
        "levels_cpu_fall_percent": fall("messages_per_cpu_s"),
    }


def compare(levels: int, stream: float) -> dict[str, Any]:
    """Take the same messages in with levels and without them, in turns, by the seconds that the core works on them.

    Args:
        levels: that are watched.
        stream: messages a second of work from the socket into Postgres, of which the intake is a part.

    Returns:
        Messages a second of work of the intake alone, and what the levels take of the whole stream's work, percent.
    """
    names = [f"C{number}USDT" for number in range(SYMBOLS)]
    frames = [_ticker(names[number % SYMBOLS], number) for number in range(MESSAGES)]
    pairs = []
    for number in range(ROUNDS):
        pair = {count: _intake_seconds(frames, names, count) for count in ((0, levels) if number % 2 else (levels, 0))}
        pairs.append((pair[0], pair[levels]))
    extra = median(watched - without for without, watched in pairs) / MESSAGES
    return {
        "levels": levels,
        "levels_intake_per_s": round(MESSAGES / median(watched for _, watched in pairs)),
        "no_levels_intake_per_s": round(MESSAGES / median(without for without, _ in pairs)),
        "levels_cost_percent": round(extra / (1 / stream + extra) * 100, 1),
    }


def _intake_seconds(frames: list[bytes], names: list[str], levels: int) -> float:
    intake = Intake(levels=watch_of({"symbols": names}, levels))
    begun = time.process_time()
    for frame in frames:
        intake.take(frame)
    return time.process_time() - begun


def _ticker(symbol: str, number: int) -> bytes:
    price = f"{100 + number % 7 * 0.01:.2f}"
    day = {"highPrice24h": "101", "lowPrice24h": "99", "prevPrice24h": "100", "volume24h": "123", "turnover24h": "12345"}
    data = {"symbol": symbol, "lastPrice": price, **day, "price24hPcnt": "0.01", "usdIndexPrice": ""}
    sent = {"topic": f"tickers.{symbol}", "ts": 1_700_000_000_000 + number, "type": "snapshot", "cs": number, "data": data}
    return orjson.dumps(sent)


async def live(url: str, world: dict[str, Any], minutes: float) -> dict[str, Any]:
    """Have the whole collector live through some market minutes and compare its memory."""
    settings = settings_for(url, world, n8n_url="http://127.0.0.1:9", history_days=1)
    engine = engine_for(settings.database("collector"), application="bench")
    names = [name for name in (await asyncio.to_thread(order, world, "state"))["symbols"] if name.endswith("USDT")][:SYMBOLS]
    async with bybit(settings) as source, Announcer(settings) as announcer:
        collector = Collector(settings, engine, source, announcer, ExchangeTime(settings.clock))
        works = (
            collector.keep_streaming,
            collector.keep_writing,
            collector.keep_tickers,
            collector.keep_quotes,
            collector.keep_gaps_found,
            collector.keep_gaps_filled,
            collector.keep_deadlines,
        )
        tasks = [asyncio.create_task(work()) for work in works]
        collector.watch(names)
        while not (collector.measures.delays and collector.measures.gaps_opened and await asyncio.to_thread(_whole, engine)):  # noqa: ASYNC110
            await asyncio.sleep(0.5)
        begun, first, rss_start = collector.time.now(), _frames(collector.intake), _held_mb()
        while (passed := (collector.time.now() - begun).total_seconds() / 60) < minutes:
            say(f"minute {passed:.0f} of {minutes:.0f}, {collector.measures.candles:,} candles stored, {rss_mb()} MB")
            await asyncio.sleep(2.0)
        frames, rss_end = _frames(collector.intake) - first, _held_mb()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await collector.finish()
    engine.dispose()
    return {
        "rss_mb_start": rss_start,
        "rss_mb_end": rss_end,
        "growth_percent": round((rss_end / rss_start - 1) * 100, 1),
        "hour_messages": frames,
        "hour_candles_stored": collector.measures.candles,
        "hour_tickers_stored": collector.measures.tickers,
        "minutes": round(minutes),
        "load": load(),
    }


def _frames(intake: Intake) -> int:
    return intake.counts["TickerFrame"] + intake.counts["KlineFrame"]


def _whole(engine: Engine) -> bool:
    with engine.connect() as connection:
        return not store.count_open_gaps(connection)


def _held_mb() -> float:
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    return rss_mb()


async def _lost(world: dict[str, Any], intake: Intake) -> int:
    """Return how many of the messages that were sent did not come, once what is on the way has had time to."""
    for _ in range(100):
        state = await asyncio.to_thread(order, world, "state")
        sent: int = state["firehose_sent"] + state["sent"]
        if _frames(intake) >= sent:
            break
        await asyncio.sleep(0.05)
    return sent - _frames(intake)


async def _keep_writing(writer: Writer) -> None:
    while True:
        await asyncio.sleep(TICKERS_EVERY)
        await writer.flush_tickers()


def main() -> None:
    """Run and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--minutes", type=float, default=60.0, help="of the market, a second each; 0 leaves them out")
    parser.add_argument("--levels", type=int, default=0, help="that are watched, to see what they cost")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    configure_logs("console", "error")
    silent = ("--symbols", str(SYMBOLS), "--ticker-ms", "100000000")
    hurried = ("--symbols", str(SYMBOLS), "--speed", str(SPEED), "--ticker-ms", "10", "--tickers-per-second", "5000")
    cores = sorted(os.sched_getaffinity(0))
    with postgres() as url:
        os.sched_setaffinity(0, {cores[0]})
        quiet = partial(exchange, *silent, core=cores[-1])
        with quiet() as world:
            fields = asyncio.run(measure(url, world, options.seconds))
        if options.levels:
            fields |= in_turns(url, quiet, options.levels)
            fields |= compare(options.levels, fields["messages_per_cpu_s"])
        if options.minutes:
            with exchange(*hurried, core=cores[-1]) as world:
                fields |= asyncio.run(live(url, world, options.minutes))
    print(json.dumps(fields))


if __name__ == "__main__":
    main()
