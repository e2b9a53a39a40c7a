"""How long it takes to settle 30,000 swing trades over 50 symbols and six months of 5m candles, and that it is right.

`seconds` is all of it, from candles and positions to fills: laying out, the search, and the booking of every trade in `Decimal`;
`cpu_seconds` is the same without what other processes took. The plain loop settles the first trades by the same candles
(`compared` of them in `plain_seconds`), for it needs minutes for all: `--plain 30000`.

`python -m tests.bench.settle --json`
"""

import argparse
import json
import resource
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from functions.costs import Costs
from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.paper.settling.booking import Settlement
from functions.paper.settling.position import Exit, ExitLevels, FillReason, Position, Side, Terms, enter
from functions.paper.settling.prices import Bar
from functions.paper.settling.settlement import settle
from functions.paper.settling.touch import Paths, Trades, first_touches, moment_of
from tests.bench.ground import load

SYMBOLS, DAYS, TRADES = 50, 182, 30_000
FIRST_OPEN = 1_704_067_200_000  # 2024-01-01
TERMS = Terms(Decimal("0.001"), Decimal("0.001"), Costs())
TARGETS = (Decimal("0.7"), Decimal(2), Decimal(4))  # in units of the risk
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Case:
    """A swing trade: stop 6 to 14% away, a third at each target, out after 5 to 10 days."""

    row: int
    position: Position
    since: datetime
    leaves: Exit


def make_candles(random: np.random.Generator) -> Candles:
    """Return candles that wander 4% a day, on ticks."""
    length = DAYS * 288
    shape = (SYMBOLS, length)
    close = 100 * np.exp(np.cumsum(random.normal(0, 0.04 / 288**0.5, shape), axis=1))
    begins = np.concatenate([np.full((SYMBOLS, 1), 100.0), close[:, :-1]], axis=1)
    high = np.maximum(begins, close) * (1 + np.abs(random.normal(0, 0.001, shape)))
    low = np.minimum(begins, close) * (1 - np.abs(random.normal(0, 0.001, shape)))
    times = FIRST_OPEN + np.arange(length, dtype=np.int64) * Timeframe.M5.milliseconds
    for grid in (begins, high, low, close):
        np.maximum(np.round(grid, 3, out=grid), 0.001, out=grid)
    symbols = tuple(f"S{row}" for row in range(SYMBOLS))
    return Candles(Timeframe.M5, symbols, times, begins, high, low, close, volume=close)


def make_trade(random: np.random.Generator, candles: Candles) -> Case:
    """Return a trade that begins at the open of any candle but those of the last ten days."""
    row, column = int(random.integers(SYMBOLS)), int(random.integers((DAYS - 10) * 288))
    price, since = Decimal(repr(float(candles.open[row, column]))), moment_of(int(candles.open_time[column]))
    side = Side.LONG if random.random() < 0.5 else Side.SHORT
    risk = (price * Decimal(int(random.integers(60, 140))) / 1000) // TERMS.tick * TERMS.tick
    targets = (price + side.sign * (risk * target // TERMS.tick * TERMS.tick) for target in TARGETS)
    levels = ExitLevels(price - side.sign * risk, tuple(target for target in targets if target > 0))
    position, _ = enter(side, Decimal(3), price, since, levels, TERMS)
    return Case(row, position, since, Exit(since + int(random.integers(5, 11)) * DAY, FillReason.TIME))


def settle_fast(candles: Candles, cases: list[Case]) -> tuple[list[Settlement], dict[str, float]]:
    """Return each trade's settlement, and the seconds of each step."""
    begun = time.perf_counter()
    paths = Paths.of(candles)
    trades = Trades.of(
        [case.position for case in cases],
        [case.row for case in cases],
        [case.since for case in cases],
        leaves=[case.leaves for case in cases],
    )
    laid_out = time.perf_counter()
    touches = first_touches(paths, trades)
    searched = time.perf_counter()
    settlements = [touches.settlement(n, case.position, TERMS, case.leaves) for n, case in enumerate(cases)]
    booked = time.perf_counter()
    seconds = {"seconds": booked - begun, "layout_seconds": laid_out - begun, "search_seconds": searched - laid_out}
    return settlements, {**seconds, "booking_seconds": booked - searched}


def settle_plainly(candles: Candles, cases: list[Case]) -> tuple[list[Settlement], float]:
    """Return the settlements of some trades by the plain loop, and its seconds; the bars of a pair are made beforehand."""
    settlements: dict[int, Settlement] = {}
    seconds = 0.0
    for row in range(SYMBOLS):
        bars = bars_of(candles, row)
        begun = time.perf_counter()
        for number, case in enumerate(cases):
            if case.row == row:
                first = int((case.since - moment_of(FIRST_OPEN)) / Timeframe.M5.span)
                settlements[number] = settle(case.position, bars[first:], TERMS, leaves=case.leaves)
        seconds += time.perf_counter() - begun
        print(f"plain loop: {row + 1} of {SYMBOLS} symbols", file=sys.stderr)
    return [settlements[number] for number in range(len(cases))], seconds


def bars_of(candles: Candles, row: int) -> list[Bar]:
    """Return a pair's candles in `Decimal`."""
    span = Timeframe.M5.span
    columns = [grid[row].tolist() for grid in (candles.open, candles.high, candles.low, candles.close)]
    opened = (moment_of(at) for at in candles.open_time.tolist())
    return [
        Bar(at, at + span, *(Decimal(repr(value)) for value in values))
        for at, values in zip(opened, zip(*columns, strict=True), strict=True)
    ]


def measure(compared: int) -> dict[str, Any]:
    """Settle all trades, and the first `compared` of them the plain way as well."""
    random = np.random.default_rng(2024)
    candles = make_candles(random)
    cases = [make_trade(random, candles) for _ in range(TRADES)]
    settle_fast(candles, cases[:1])  # the compiler's second is not the search's
    cpu = time.process_time()
    settlements, seconds = settle_fast(candles, cases)
    seconds["cpu_seconds"] = time.process_time() - cpu
    rss_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    plain, plain_seconds = settle_plainly(candles, cases[:compared])
    return {
        **{name: round(value, 3) for name, value in seconds.items()},
        "trades": TRADES,
        "candles": candles.close.size,
        "fills": sum(len(settlement.steps) for settlement in settlements),
        "compared": compared,
        "differences": sum(one != other for one, other in zip(settlements[:compared], plain, strict=True)),
        "plain_seconds": round(plain_seconds, 1),
        "rss_mb": round(rss_mb),
        "load": load(),
    }


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plain", type=int, default=1000, help="trades that the plain loop settles as well")
    parser.add_argument("--json", action="store_true", help="only the JSON line on stdout (it is always the last)")
    print(json.dumps(measure(min(parser.parse_args().plain, TRADES))))


if __name__ == "__main__":
    main()
