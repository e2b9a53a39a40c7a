"""A market of four coins over five months, made of integers by a plain generator: for whole backtests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from functions.backtest.history import MarketHistory, PairRules
from functions.backtest.rules import BacktestRules
from functions.backtest.run.reporting import Question
from functions.backtest.span import Span
from functions.factors.history import FactorSource, ReadingColumns
from functions.factors.reading import Factor
from functions.market.candles.gaps import to_ms
from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.technical.engine.resample import resample

BEGIN = datetime(2023, 1, 1, tzinfo=UTC)
DAYS, TRADED = 290, 40  # all of 1h and longer, the last ones of them are traded
SYMBOLS = ("AAAUSDT", "BBBUSDT", "BTCUSDT", "CCCUSDT")
SINCE = BEGIN + timedelta(days=DAYS - TRADED)
PAIR = PairRules(tick=Decimal("0.0001"), lot=Decimal("0.001"), min_amount=Decimal(1))


def world(drift: float = 0.0012, seed: int = 20240305) -> MarketHistory:
    """Return a market that rises, with falls in it; 15m candles of all its days."""
    count = DAYS * 96
    state, steps = seed, np.empty(len(SYMBOLS) * count)
    for number in range(len(steps)):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        steps[number] = (state >> 40) / 2**24 - 0.5
    moves = steps.reshape(len(SYMBOLS), count) * 0.012 + np.sin(np.arange(count) / 900.0) * 0.0004 + drift / 96
    closes = np.round(100.0 * np.cumprod(1.0 + moves, axis=1), 4)
    opens = np.concatenate([closes[:, :1], closes[:, :-1]], axis=1)
    reach = 1.0 + (np.arange(count) % 7) / 4000.0
    volume = np.tile(50.0 + (np.arange(count) * 37) % 101, (len(SYMBOLS), 1))
    times = to_ms(BEGIN) + np.arange(count, dtype=np.int64) * Timeframe.M15.milliseconds
    grids: tuple[NDArray[np.float64], ...] = (opens, np.maximum(opens, closes) * reach, np.minimum(opens, closes) / reach)
    quarters = Candles(Timeframe.M15, SYMBOLS, times, grids[0], grids[1], grids[2], closes, volume)
    days = resample(quarters, Timeframe.D1)
    late = quarters.during(slice((DAYS - TRADED - 15) * 96, None))
    return MarketHistory.of(late, [PAIR] * len(SYMBOLS), days)


def mood(history: MarketHistory, index: float = 80.0) -> ReadingColumns:
    """Return Fear & Greed that says the same each day."""
    days = np.array([to_ms(BEGIN + timedelta(days=day)) * 1000 for day in range(DAYS)], dtype=np.int64)
    hour = 3_600_000_000
    count = len(days)
    return ReadingColumns(
        source=FactorSource(Factor.CONTEXT, "fear_greed"),
        row=np.full(count, len(history.symbols)),
        as_of=days,
        seen_at=days + hour,
        stale_at=days + 36 * hour,
        value=np.full(count, (index - 50) / 50),
        confidence=np.full(count, 0.5),
        publishers=np.ones(count, dtype=np.int64),
    )


def question(**changes: object) -> Question:
    """Return what is asked of the traded days."""
    rules = replace(BacktestRules(random_seeds=2), **changes)  # type: ignore[arg-type]
    return Question(Span(SINCE, BEGIN + timedelta(days=DAYS)), rules)
