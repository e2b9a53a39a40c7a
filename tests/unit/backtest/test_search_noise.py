"""A search over markets without an edge finds none, and one over markets with a planted edge finds it as often as the docs state.

Candles go through the whole engine: analysis, factors, score, account, settlement, every configuration, the choice of each
window. Nothing costs anything here: with costs noise would lose, and the first promise would be an empty one.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from functions.arrays import FloatArray
from functions.backtest.history import MarketHistory, PairRules
from functions.backtest.rules import BacktestRules
from functions.backtest.search.choice import choose, worth_of
from functions.backtest.search.grid import read_grid
from functions.backtest.search.run.search import matrix_of
from functions.backtest.search.trials import prepare
from functions.backtest.search.windows import WindowRules, windows
from functions.backtest.span import DAY, Span
from functions.costs import Costs
from functions.factors.history import FactorSource, ReadingColumns
from functions.factors.reading import Factor
from functions.market.candles.gaps import to_ms
from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.performance.statistics.verdict import SearchVerdict

BEGIN = datetime(2021, 1, 1, tzinfo=UTC)
WARM_UP, SEARCHED = 210, 560  # days
COINS, STEPS = 6, 8  # steps a candle of 4h
CANDLES_A_DAY = 6
DAILY_MOVE, SHARED, REGIME_DAYS, GATE_SHARE = 0.04, 0.6, 40, 0.3
PLANTED, POWER = 0.5, 0.8  # daily moves; share of worlds in which it is found
PAIR = PairRules(tick=Decimal("0.0001"), lot=Decimal("0.000001"), min_amount=Decimal(1))
RULES = BacktestRules(costs=Costs(Decimal(0), Decimal(0)))
GRID = read_grid(["targets=0.7/2/4|1/3/6", "hold=5|14", "regime_exit=no|yes"], RULES)


def market(seed: int, drift: float = 0.0) -> MarketHistory:
    """Return coins that walk at random, most of it together; `drift` (in daily moves) lasts for weeks, up or down.

    Bitcoin has a part of it, and always up, so that the gate is open.
    """
    random = np.random.default_rng(seed)
    days, steps = WARM_UP + SEARCHED, (WARM_UP + SEARCHED) * CANDLES_A_DAY * STEPS
    size = DAILY_MOVE / np.sqrt(CANDLES_A_DAY * STEPS)
    shared, own = random.standard_normal((1, steps)), random.standard_normal((COINS, steps))
    turned = np.cumsum(random.random((COINS, days)) < 1 / REGIME_DAYS, axis=1) % 2
    direction = np.where(turned, -1.0, 1.0)
    direction[0] = GATE_SHARE
    trend = np.repeat(direction * drift * DAILY_MOVE / (CANDLES_A_DAY * STEPS), CANDLES_A_DAY * STEPS, axis=1)
    moves = size * (np.sqrt(SHARED) * shared + np.sqrt(1 - SHARED) * own) - size**2 / 2 + trend
    path = 100.0 * np.exp(np.cumsum(moves, axis=1))
    before = np.concatenate([np.full((COINS, 1), 100.0), path[:, :-1]], axis=1)
    parts = np.round(np.stack([before, path]), 4).reshape(2, COINS, -1, STEPS)
    opens, closes = parts[0, :, :, 0], parts[1, :, :, -1]
    high, low = parts.max(axis=(0, 3)), parts.min(axis=(0, 3))
    times = to_ms(BEGIN) + np.arange(opens.shape[1], dtype=np.int64) * Timeframe.H4.milliseconds
    symbols = ("BTCUSDT", *(f"{letter}USDT" for letter in "CDEFG"))
    return MarketHistory.of(Candles(Timeframe.H4, symbols, times, opens, high, low, closes, np.ones_like(closes)), [PAIR] * COINS)


def greed() -> ReadingColumns:
    """Return Fear & Greed that says the same each day, so that three factors can agree."""
    days = to_ms(BEGIN) * 1000 + np.arange(WARM_UP + SEARCHED, dtype=np.int64) * 86_400_000_000
    full = np.ones(len(days))
    return ReadingColumns(
        source=FactorSource(Factor.CONTEXT, "fear_greed"),
        row=np.full(len(days), COINS),
        as_of=days,
        seen_at=days,
        stale_at=days + 36 * 3_600_000_000,
        value=full * 0.6,
        confidence=full,
        publishers=np.ones(len(days), dtype=np.int64),
    )


def verdict(seed: int, drift: float = 0.0) -> SearchVerdict:
    """Return what a search of two years of a market comes to."""
    span = Span(BEGIN + WARM_UP * DAY, BEGIN + (WARM_UP + SEARCHED) * DAY)
    prepared = prepare(market(seed, drift), [greed()], span, RULES, GRID)
    trials = matrix_of({tuple(one.items()): prepared.returns(one).tolist() for one in GRID.configurations}, GRID, span)
    rolled = windows(span, WindowRules(past=180, embargo=14, test=61), timedelta(days=14))
    tested = Span(rolled[0].test.since, span.until)
    chosen: list[FloatArray] = []
    for choice in choose(trials, rolled):
        row = GRID.configurations.index(choice.configuration) if choice.configuration else 0
        chosen.append(trials.during(choice.window.test)[row])
    shipped = prepared.returns({})[(tested.since - span.since) // DAY :]
    return worth_of(trials, tested, np.concatenate(chosen), shipped).evidence.verdict


def share_called_an_edge(seeds: range, drift: float = 0.0) -> float:
    return [verdict(seed, drift) for seed in seeds].count(SearchVerdict.EDGE) / len(seeds)


def test_search_over_noise_finds_no_edge() -> None:
    assert share_called_an_edge(range(1000, 1001)) == 0


def test_search_finds_a_planted_edge() -> None:
    assert share_called_an_edge(range(1), PLANTED) == 1


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_search_over_noise_finds_an_edge_in_five_of_a_hundred_worlds_at_most() -> None:
    assert share_called_an_edge(range(1000, 1200)) <= 0.05


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_search_finds_a_planted_edge_as_often_as_stated() -> None:
    assert share_called_an_edge(range(2000, 2060), PLANTED) >= POWER
