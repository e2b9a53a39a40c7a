"""Twelve years of daily bars of one symbol: regimes, clustered volatility, a common market factor, slow mean reversion.

The five-minute path of a day is drawn inside its daily bar (`intraday.py`), so long daily history costs nothing. Every array has
the full fixed length, so a value never depends on what else is computed.
"""

from functools import lru_cache

import numpy as np

from tests.sim.clock import DAY
from tests.sim.market.candles import CLOSE, HIGH, LOW, OPEN, TURNOVER, VOLUME
from tests.sim.market.noise import FloatArray, IntArray, key_of
from tests.sim.market.symbols import SymbolSpec

FIRST_DAY = 17_532  # 2018-01-01
LAST_DAY = 21_915  # 2030-01-01, the first day that does not exist
DAYS = LAST_DAY - FIRST_DAY


def day_of(time_ms: int) -> int:
    """Return the UTC day number of a time.

    Raises:
        ValueError: the simulated exchange does not exist then.
    """
    day = time_ms // DAY
    if not FIRST_DAY <= day < LAST_DAY:
        raise ValueError(f"expected a market time in 2018..2029, got day {day} since the epoch")
    return day


def _decaying_sum(shocks: FloatArray, keep: float) -> FloatArray:
    """Return x[i] = keep * x[i-1] + shocks[i]: an AR(1) filter as one cumulative sum."""
    growth = keep ** -np.arange(shocks.size)
    total: FloatArray = np.cumsum(shocks * growth) / growth
    return total


def _volatility(random: np.random.Generator) -> FloatArray:
    """Return each day's volatility relative to its usual level, clustered over weeks."""
    raw: FloatArray = np.exp(np.clip(_decaying_sum(random.normal(0, 0.16, DAYS), 0.93), -1.0, 1.2))
    return raw


def _drift(random: np.random.Generator, strength: float) -> FloatArray:
    """Return a daily drift in regimes: up, down or sideways for some weeks each."""
    lengths = random.integers(15, 90, size=DAYS // 15 + 1)
    level = random.choice([-1.0, -0.5, 0.0, 0.0, 0.6, 1.1], size=lengths.size) * strength
    return np.repeat(level, lengths)[:DAYS]


@lru_cache(maxsize=8)
def market_returns(seed: int) -> FloatArray:
    """Return the daily log return of the whole market."""
    random = np.random.default_rng(key_of(seed, "market factor"))
    return _drift(random, 0.006) + 0.02 * _volatility(random) * random.normal(0, 1, DAYS)


def daily_bars(spec: SymbolSpec, seed: int, anchor: tuple[int, float] | None = None) -> IntArray:
    """Return [6, DAYS] daily bars of a symbol; each opens where the last one closed.

    `anchor` = (day, price) shifts the whole history so that this day opens at this price.
    """
    random = np.random.default_rng(spec.key + 1)
    volatility = _volatility(random)
    own = _drift(random, spec.own_volatility / 6) + spec.own_volatility * volatility * random.normal(0, 1, DAYS)
    shape = _decaying_sum(spec.beta * market_returns(seed) + own, 0.9975)
    shape = np.concatenate([[0.0], np.clip(shape, -2.2, 1.8)])
    level = spec.price
    if anchor is not None:
        shape, level = shape - shape[anchor[0] - FIRST_DAY], anchor[1]
    unit = 10.0**spec.price_decimals
    price = np.maximum(1, np.rint(level * np.exp(shape) * unit)).astype(np.int64)
    bars = np.empty((6, DAYS), dtype=np.int64)
    bars[OPEN], bars[CLOSE] = price[:-1], price[1:]
    deviation = np.hypot(0.02 * spec.beta, spec.own_volatility) * volatility
    top, bottom = np.maximum(price[:-1], price[1:]), np.minimum(price[:-1], price[1:])
    bars[HIGH] = np.rint(top * (1 + 0.45 * deviation * np.abs(random.normal(0, 1, DAYS))))
    bars[LOW] = np.maximum(
        1, np.rint(bottom * (1 - 0.45 * np.minimum(deviation, 1) * np.abs(random.normal(0, 0.8, DAYS)).clip(0, 2)))
    )
    _trade(bars, spec, volatility, random)
    return bars


def _trade(bars: IntArray, spec: SymbolSpec, volatility: FloatArray, random: np.random.Generator) -> None:
    """Fill in volume and turnover: more of both on volatile days."""
    mean_price = bars[:VOLUME].mean(axis=0) / 10.0**spec.price_decimals
    quote = spec.daily_turnover * volatility * random.lognormal(0, 0.35, bars.shape[1])
    bars[VOLUME] = np.maximum(1, np.rint(quote / mean_price * 10.0**spec.volume_decimals))
    base = bars[VOLUME] / 10.0**spec.volume_decimals
    bars[TURNOVER] = np.rint(base * mean_price * 10.0**spec.turnover_decimals)
