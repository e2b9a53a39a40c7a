"""How fast history comes in: `python -m tests.bench.backfill --symbols 10 --days 90 --json`.

All five timeframes through ccxt from the simulated exchange, which is a process of its own without a rate limit and shares the
machine, into a real Postgres with fsync. The exchange's own limit is 600 requests in 5 s, 120,000 candles a second.
"""

import argparse
import asyncio
import json
import time
from typing import Any

from db.connect import engine_for
from functions.logs import configure_logs
from functions.market.run.backfill import backfill, wanted_history
from functions.market.run.repair import ORDER, GapRepair
from functions.market.run.universe import fetch_universe, store_universe
from functions.market.sources.bybit import BybitSource
from tests.bench.ground import exchange, load, postgres, say, settings_for

NO_LIMIT = 1_000_000.0


async def measure(url: str, world: dict[str, Any], symbols: int, days: int) -> dict[str, Any]:
    """Load the history once."""
    settings = settings_for(url, world, keep_5m_days=days)
    engine = engine_for(settings.database("functions"), application="bench")
    async with BybitSource(settings.bybit_rest_url, NO_LIMIT) as source:
        ranked = store_universe(engine, *await fetch_universe(source, await source.server_time())).ranked
        names = [one.instrument.symbol for one in ranked][:symbols]
        source.pace(1.0)
        now = await source.server_time()
        repair = GapRepair(source, engine, lambda: now)
        pages = 0

        def on_page(_run: object, _candles: int) -> None:
            nonlocal pages
            pages += 1
            if pages % 100 == 0:
                say(f"{pages} answers")

        began = time.perf_counter()
        wanted = wanted_history(settings, names, ORDER, now, days)
        report = await backfill(repair, wanted, on_page=on_page)
        elapsed = time.perf_counter() - began
    engine.dispose()
    return {
        "candles_per_s": round(report.added / elapsed),
        "candles": report.added,
        "requests": pages,
        "seconds": round(elapsed, 1),
        "load": load(),
    }


def main() -> None:
    """Run and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--symbols", type=int, default=10)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    configure_logs("console", "error")
    with postgres() as url, exchange("--symbols", str(options.symbols)) as world:
        print(json.dumps(asyncio.run(measure(url, world, options.symbols, options.days))))


if __name__ == "__main__":
    main()
