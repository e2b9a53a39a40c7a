"""Seeded markets of many pairs, and trades on them: rough enough that every rule of settlement is met often."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from functions.costs import Costs
from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.paper.settling import prices
from functions.paper.settling.position import Exit, ExitLevels, FillReason, Position, Side, Terms, enter
from functions.paper.settling.prices import Bar, Span
from functions.paper.settling.touch import moment_of
from tests.unit.paper.settling.tables import SPAN, START

TICK = Decimal("0.01")
TERMS = Terms(TICK, Decimal("0.001"), Costs(fee=Decimal("0.001"), slippage=Decimal("0.0005")))
CALM = 24  # candles at a market's end that all are there: nothing is still waited for


@dataclass(frozen=True)
class Market:
    """Candles, which of them will never come, and each pair's candles as prices in `Decimal`, None for one that lacks."""

    candles: Candles
    absent: NDArray[np.bool_]
    rows: list[list[Bar | None]]


@dataclass(frozen=True)
class Case:
    """A trade on a market."""

    row: int
    position: Position
    since: datetime
    leaves: Exit | None


def market(random: np.random.Generator, pairs: int = 4, length: int = 400, holes: float = 0.004) -> Market:
    """Return candles that wander, gap, lack and, in one pair of four, once jump as no market does."""
    close = 10000 * np.exp(np.cumsum(random.normal(0, 0.006, (pairs, length)), axis=1))
    begins = np.concatenate([close[:, :1], close[:, :-1]], axis=1) * np.where(
        random.random((pairs, length)) < 0.05, np.exp(random.normal(0, 0.05, (pairs, length))), 1
    )
    reach = 1 + np.abs(random.normal(0, 0.004, (2, pairs, length)))
    high, low = np.maximum(begins, close) * reach[0], np.minimum(begins, close) / reach[1]
    for row in range(0, pairs, 4):
        since = random.integers(length // 2, length)
        for grid in (begins, high, low, close):
            grid[row, since:] *= 30
    # Whole ticks: in floats they are the numbers nearest to the decimals.
    begins, high, low, close = [np.round(grid) / 100 for grid in (begins, high, low, close)]
    lacks = random.random((pairs, length)) < holes
    lacks[:, -CALM:] = False
    absent = lacks & (random.random((pairs, length)) < 0.7)
    for grid in (begins, high, low, close):
        grid[lacks] = np.nan
    times = int(START.timestamp() * 1000) + np.arange(length) * Timeframe.M5.milliseconds
    candles = Candles(Timeframe.M5, tuple(f"P{row}" for row in range(pairs)), times, begins, high, low, close, close)
    rows = [
        [_price(times[n], [grid[row, n] for grid in (begins, high, low, close)]) for n in range(length)] for row in range(pairs)
    ]
    return Market(candles, absent, rows)


def _price(opened: int, values: list[float]) -> Bar | None:
    at = moment_of(int(opened))
    return None if np.isnan(values[0]) else Bar(at, at + SPAN, *(Decimal(repr(float(value))) for value in values))


def cases(random: np.random.Generator, on: Market, count: int) -> list[Case]:
    """Return trades that begin anywhere, also within a candle: with and without stop, targets and a due exit."""
    return [_case(random, on) for _ in range(count)]


def _case(random: np.random.Generator, on: Market) -> Case:
    while True:
        row, column = int(random.integers(len(on.rows))), int(random.integers(len(on.rows[0]) - CALM))
        candle = on.rows[row][column]
        if candle is not None:
            break
    side = Side.LONG if random.random() < 0.5 else Side.SHORT
    risk = max((candle.open * Decimal(int(random.integers(5, 80))) / 1000) // TICK, Decimal(1)) * TICK
    stop = candle.open - side.sign * risk if random.random() < 0.9 else None
    steps = sorted(random.choice(np.arange(1, 30), int(random.integers(0, 4)), replace=False).tolist())
    targets = tuple(candle.open + side.sign * (risk * step // 10 // TICK + n) * TICK for n, step in enumerate(steps, 1))
    levels = ExitLevels(stop, tuple(target for target in targets if target > 0))
    lots = Decimal(int(random.choice([1, 2, 5, 100, 12345])))
    position, _ = enter(side, lots * TERMS.lot, candle.open, candle.opened_at, levels, TERMS)
    since = candle.opened_at + timedelta(seconds=int(random.choice([0, 0, 130])))
    leaves = None
    if random.random() < 0.6:
        due = since + timedelta(minutes=int(random.integers(0, 1500)))
        leaves = Exit(due, FillReason.TIME if random.random() < 0.5 else FillReason.REGIME)
    return Case(row, position, since, leaves)


def run_of(on: Market, case: Case) -> prices.UnbrokenRun:
    """Return what may be settled of a trade's path, as the live settlement finds it."""
    times = on.candles.open_time
    absent = [Span(moment_of(int(times[n])), moment_of(int(times[n])) + SPAN) for n in np.flatnonzero(on.absent[case.row])]
    there = [candle for candle in on.rows[case.row] if candle is not None]
    first = Timeframe.M5.floor(case.since)
    return prices.unbroken(prices.PairCandles(there, absent, first, SPAN), case.since, last=case.position.entry)
