"""Markets without any edge, and a strategy that enters at random: what the verdicts are tried on."""

from dataclasses import dataclass

import numpy as np

from functions.costs import Costs
from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.outcomes.baseline import Drawn, Field, draw
from functions.outcomes.results import HOLD, Ideas, Results, measure
from functions.paper.settling.touch import Paths

COINS = 10
STEP = Timeframe.H1.milliseconds
FIRST = 1_704_067_200_000  # 2024-01-01
HELD_DAYS = HOLD.days
EACH = 5


@dataclass(frozen=True)
class World:
    """Ideas with their results, and the random entries beside them."""

    ideas: Ideas
    results: Results
    drawn: Drawn
    random: Results


def world(seed: int, trades: int, most_a_day: int = 2) -> World:
    """Return a strategy's ideas: none to some each day, long or short, in coins that share half of their movement."""
    random = np.random.default_rng(seed)
    a_day = random.integers(0, most_a_day + 1, 2 * trades)
    days = int(np.searchsorted(np.cumsum(a_day), trades)) + 1
    length = (days + HELD_DAYS + 1) * 24
    common = random.standard_t(4, length) / 2**0.5
    own = random.standard_t(4, (COINS, length)) / 2**0.5
    close = 100 * np.exp(np.cumsum(0.04 / 24**0.5 * (common + own) / 2**0.5, axis=1))
    begins = np.concatenate([np.full((COINS, 1), 100.0), close[:, :-1]], axis=1)
    reach = 1 + np.abs(random.normal(0, 0.002, (2, *close.shape)))
    high, low = np.maximum(begins, close) * reach[0], np.minimum(begins, close) / reach[1]
    times = FIRST + np.arange(length, dtype=np.int64) * STEP
    paths = Paths.of(Candles(Timeframe.H1, tuple(f"C{row}" for row in range(COINS)), times, begins, high, low, close, close))
    moments = np.sort(np.repeat(np.arange(days), a_day[:days])[:trades] * 24 + random.integers(0, 24, trades))
    row, sign = random.integers(0, COINS, trades), random.choice([-1, 1], trades)
    price = begins[row, moments]
    risk = price * 0.08
    ideas = Ideas(
        row=row,
        sign=sign,
        price=price,
        stop=price - sign * risk,
        targets=price[:, None] + (sign * risk)[:, None] * np.array([0.7, 2, 4]),
        said_at=times[moments],
    )
    everywhere = np.ones(close.shape, dtype=np.bool_)
    drawn = draw(ideas, moments, Field(begins, 0.04 * begins, everywhere, everywhere), seed=seed, each=EACH)
    return World(ideas, measure(paths, ideas, Costs()), drawn, measure(paths, drawn.ideas, Costs()))
