"""How long a refresh of the dashboard takes, query and paint, and whether a day of them grows: `python -m tests.bench.dashboard`.

A server of its own with the product's settings: `--symbols` coins with candles of four timeframes, scores of two weeks, a year of
signals and of setups with their ends, a year of every account's trades, and the messages of the signals. The screens have 160x50
characters. `worst_refresh_ms` is the slowest of some warm readings of all five panes with their painting; `query_ms` and
`paint_ms` are the medians by pane.

`growth_mb` is how much the process has grown after a refresh each 30 s of `--hours` of the market's time, each of them read from
the database and painted, the screens in turn. It is measured first, over a desk of fewer coins and of two months: what could grow
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
from sqlalchemy import Engine, text
from textual.pilot import Pilot

from db.connect import engine_for
from functions.clock import MarketClock
from functions.market.run.candle_cache import CandleCache
from functions.panes.answers import PaneName
from functions.panes.run.read import PaneReader
from functions.scoring.rules import ScoreRules
from functions.scoring.run.score import Scorer
from functions.technical.run.scan import Scanner
from functions.technical.setups.rules import SetupRules
from tests.bench.ground import load, postgres, say
from tests.bench.score import TIMEFRAMES, prepare
from tests.unit.technical.making import END
from tui.app import Dashboard
from tui.screens.pane import PaneScreen

SIZE = (160, 50)
ROUNDS = 7
GROWN_SYMBOLS, GROWN_DAYS = 50, 60  # of the desk that is refreshed for a day
WARM_UP = 300
EVERY = timedelta(seconds=30)
SHOWN_FOR = 20  # refreshes, then the next screen
SIGNALS_A_DAY, SETUPS_A_DAY = 8, 40
TRADES_A_DAY = {"desk": 5, "manual": 1, "technical": 10, "watch_list": 10, "random": 5}

_YEAR = """
    INSERT INTO universe_day (day, symbol, turnover_rank, turnover_24h, tick_size, lot_size, kind, special_treatment, taken_at)
    SELECT CAST(:end AS date), symbol, row_number() OVER (ORDER BY symbol), 1e6, tick_size, lot_size, kind, special_treatment,
           :end - interval '1 hour' FROM symbol;
    CREATE TEMPORARY TABLE named AS SELECT symbol, row_number() OVER (ORDER BY symbol) - 1 AS number FROM symbol;
    INSERT INTO score (symbol, close_time, version, as_of, score, coverage, confidence, created_at, technical)
    SELECT symbol, at, 1, at, 30 + random() * 50, 0.8, 0.7, at + interval '1 second', 5
    FROM named, generate_series(:end - interval '14 days', :end - interval '15 minutes', interval '15 minutes') AS at;
    INSERT INTO setup (symbol, timeframe, close_time, version, direction, entry, stop, targets, risk_reward, cost, reasons,
                       created_at, expires_at)
    SELECT symbol, '15m', at, 1, 'LONG', 100, 95, '{105,110,115}', 2, 0.03, '[]', at, at + interval '1 hour'
    FROM generate_series(1, :days * :setups) AS n
    CROSS JOIN LATERAL (SELECT :end - n * interval '1 day' / :setups) AS placed (raw)
    CROSS JOIN LATERAL (SELECT date_bin('15 minutes', raw, :end) AS at) AS quarter
    JOIN named ON number = n % :symbols ON CONFLICT DO NOTHING;
    INSERT INTO rejection (symbol, timeframe, close_time, version, failed, code, reasons, score, coverage, confidence, factors,
                           created_at)
    SELECT symbol, timeframe, close_time, version, 1, 'gate_against', '[]', 55, 0.8, 0.6, '[]', created_at FROM setup;
    INSERT INTO signal (symbol, timeframe, close_time, version, source, direction, confidence, score, coverage, factors, entry,
                        stop, targets, risk_reward, position_pct, reasons, indicators, created_at, expires_at)
    SELECT symbol, '15m', date_bin('15 minutes', at, :end), 1, 'score', CASE n % 2 WHEN 0 THEN 'LONG' ELSE 'SHORT' END, 0.8, 74,
           0.8, '[]', 100, 95, '{105,110,115}', 2, 5, '[]', '{}', at, at + interval '1 hour'
    FROM generate_series(1, :days * :signals) AS n
    CROSS JOIN LATERAL (SELECT :end - n * interval '1 day' / :signals AS at) AS placed
    JOIN named ON number = n % :symbols;
    INSERT INTO signal_end (signal_id, state, at, noted_at)
    SELECT id, (ARRAY['hit_tp', 'hit_sl', 'expired'])[1 + id % 3], created_at + interval '9 hours',
           created_at + interval '9 hours'
    FROM signal WHERE created_at < :end - interval '10 hours';
    INSERT INTO alert (key, kind, class, priority, symbol, payload, created_at, expires_at)
    SELECT 'signal:' || id, 'signal', 'signal', 1, symbol, jsonb_build_object('signal_id', id),
           created_at, created_at + interval '1 hour'
    FROM signal;
    INSERT INTO delivery (alert_id, chat_id, state, next_attempt_at, finished_at)
    SELECT id, 1, 'delivered', created_at, created_at + interval '1 second' FROM alert
    ON CONFLICT (alert_id, chat_id) DO UPDATE SET state = 'delivered', finished_at = excluded.finished_at;
"""
_ACCOUNT = """
    INSERT INTO paper_account (name, start, opened_at) VALUES (:name, 1000, :end - :days * interval '1 day')
    ON CONFLICT (name) DO UPDATE SET opened_at = excluded.opened_at;
    INSERT INTO paper_trade (account_id, symbol, side, source, state, quantity, open_quantity, entry, stop, targets,
                             target_quantity, settled_until, opened_at, closed_at, fee, slippage, break_even, regime_exit)
    SELECT a.id, symbol, 'long', 'signal', 'closed', 1, 0, 100, 95, '{105,110,115}', 0.33, at + interval '6 hours', at,
           at + interval '6 hours', 0.001, 0.0005, true, false
    FROM paper_account a, generate_series(1, :days * :trades) AS n
    CROSS JOIN LATERAL (SELECT :end - interval '7 hours' - n * interval '1 day' / :trades AS at) AS placed
    JOIN named ON number = n % least(:symbols, 50)
    WHERE a.name = :name AND at > a.opened_at;
"""
_FILLS = """
    INSERT INTO paper_fill (trade_id, at, reason, price, quantity, fee, profit)
    SELECT t.id, fill.at, fill.reason, fill.price, fill.quantity, 0.05, fill.profit
    FROM paper_trade t
    CROSS JOIN LATERAL (VALUES
        (t.opened_at, 'entry', 100, 1, 0),
        (t.opened_at + interval '2 hours', 'target_1', 105, 0.33, 1.65),
        (t.opened_at + interval '4 hours', 'target_2', 110, 0.33, 3.3),
        (t.closed_at, 'stop', CASE WHEN t.id % 2 = 0 THEN 100 ELSE 86 END, 0.34, CASE WHEN t.id % 2 = 0 THEN 0 ELSE -4.76 END)
    ) AS fill (at, reason, price, quantity, profit)
    ORDER BY fill.at;
    ANALYZE;
"""


def fill(engine: Engine, symbols: int, days: int = 365) -> None:
    """Store days of the desk beside the candles."""
    say(f"storing {days} days of signals and trades")
    with engine.begin() as connection:
        values = {"end": END, "symbols": symbols, "days": days, "signals": SIGNALS_A_DAY, "setups": SETUPS_A_DAY}
        for statement in _YEAR.split(";\n")[:-1]:
            connection.execute(text(statement), values)
        for name, trades in TRADES_A_DAY.items():
            for statement in _ACCOUNT.split(";\n")[:-1]:
                connection.execute(text(statement), {"name": name, "trades": trades, **values})
        for statement in _FILLS.split(";\n")[:-1]:
            connection.execute(text(statement))


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
        fill(engine, symbols, days)
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
