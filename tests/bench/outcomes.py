"""How long the outcomes of one close of all coins take: `python -m tests.bench.outcomes --symbols 500 --json`.

Every coin is scanned and scored at one close, and its 5m candles of the seven days after are stored. `last_ms` is the settlement
that measures each setup to the seventh day with five random entries beside it; `hour_ms` the one an hour after the close;
`idle_ms` one that finds nothing due, as most of them do. `rss_mb` is the memory of this process after them.
"""

import argparse
import json
import time
from datetime import timedelta
from typing import Any

import numpy as np

from db.connect import engine_for
from functions.clock import MarketClock
from functions.market.candles.timeframe import Timeframe
from functions.market.run.candle_cache import CandleCache
from functions.outcomes.run.settle import OutcomeSettler
from functions.scoring.rules import ScoreRules
from functions.scoring.run.score import Scorer
from functions.technical.run.scan import Scanner
from functions.technical.setups.rules import SetupRules
from tests.bench.ground import load, postgres, rss_mb, say
from tests.bench.scan import NOISE, store
from tests.bench.score import CANDLES, TIMEFRAMES, prepare
from tests.unit.technical.making import END, grid, walk

DAY = timedelta(days=1)
AFTER = 7 * 288 + 12


def store_week(engine: Any, names: tuple[str, ...]) -> None:
    """Store the 5m candles of the week after the close, each coin from the price it closed at."""
    noise = NOISE[Timeframe.M15]
    closes = walk(Timeframe.M15, names, CANDLES, drift=noise / 30, noise=noise, seed=11).close[:, -1:]
    steps = np.random.default_rng(3).normal(0, NOISE[Timeframe.M5], (len(names), AFTER))
    path = np.concatenate([closes, closes * np.exp(np.cumsum(steps, axis=1))], axis=1)
    store(engine, grid(Timeframe.M5, path, end=END + AFTER * Timeframe.M5.span, symbols=names, spread=0.001))


def measure(symbols: int) -> dict[str, Any]:
    """Run the benchmark."""
    names = ("BTCUSDT", *(f"C{number:04d}USDT" for number in range(1, symbols)))
    with postgres() as url:
        engine = engine_for(url, application="bench")
        prepare(engine, names)
        Scanner(engine, CandleCache(engine), SetupRules()).run(END, TIMEFRAMES)
        judged = Scorer(engine, MarketClock.system(), ScoreRules()).run(END)
        say(f"{len(judged.signals)} signals, {sum(judged.rejections.values())} rejections; storing a week of 5m candles")
        store_week(engine, names)
        settler = OutcomeSettler(engine, ScoreRules(), 31 * DAY)
        settler.run(END)  # compiles the search
        taken = {}
        for name, after in (("hour_ms", timedelta(hours=1)), ("day_ms", DAY), ("last_ms", 7 * DAY), ("idle_ms", 7 * DAY)):
            began = time.perf_counter()
            report = settler.run(END + after + Timeframe.M5.span)
            taken[name] = round((time.perf_counter() - began) * 1000, 1)
            say(f"{name} {taken[name]}: written {dict(report.written)}, waiting {dict(report.waiting)}")
        engine.dispose()
    ideas = len(judged.signals) + sum(judged.rejections.values())
    return {"symbols": symbols, "setups": ideas, **taken, "rss_mb": rss_mb(), "load": load()}


def main() -> None:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--symbols", type=int, default=500)
    parser.add_argument("--json", action="store_true", help="only the JSON line on stdout (it is always the last)")
    options = parser.parse_args()
    print(json.dumps(measure(options.symbols)))


if __name__ == "__main__":
    main()
