"""The 288 five-minute candles of a day, drawn inside the day's bar.

The path leaves the open, touches the day's high and low at two drawn times, ends on the close and is a random walk in between;
the day's volume and turnover are shared out to the last unit. So the five-minute candles add up to the daily bar exactly.
"""

import numpy as np

from tests.sim.market.candles import CLOSE, HIGH, LOW, OPEN, PER_DAY, TURNOVER, VOLUME
from tests.sim.market.noise import STEP_DEVIATION, FloatArray, IntArray, steps, words

_TIME = np.arange(PER_DAY + 1)
_WALK_KEY, _CANDLE_KEY, _DAY_KEY = 11, 23, 37


def draw_days(bars: IntArray, key: int, first_day: int) -> IntArray:
    """Return the five-minute candles [6, n * 288] of `n` daily bars [6, n] that start at a UTC day number."""
    days = first_day + np.arange(bars.shape[1])
    index = days[:, None] * PER_DAY + np.arange(PER_DAY)
    path = _paths(bars, key, days, index)
    chance = words(key + _CANDLE_KEY, index).astype(np.int64)
    candles = np.empty((6, *index.shape), dtype=np.int64)
    candles[OPEN], candles[CLOSE] = path[:, :-1], path[:, 1:]
    reach = (bars[HIGH] - bars[LOW])[:, None] * (1 / 65536 / 26)
    candles[HIGH] = np.minimum(
        bars[HIGH][:, None], np.maximum(candles[OPEN], candles[CLOSE]) + np.rint(chance[..., 0] * reach).astype(np.int64)
    )
    candles[LOW] = np.maximum(
        bars[LOW][:, None], np.minimum(candles[OPEN], candles[CLOSE]) - np.rint(chance[..., 1] * reach).astype(np.int64)
    )
    _share_volume(candles, bars, chance)
    return candles.reshape(6, -1)


def _paths(bars: IntArray, key: int, days: IntArray, index: IntArray) -> IntArray:
    """Return the price [n, 289] at each five-minute boundary."""
    chance = words(key + _DAY_KEY, days).astype(np.int64)
    low_first = chance[:, 0] & 1 == 1
    turn_1 = 8 + chance[:, 1] % 130
    turn_2 = 146 + chance[:, 2] % 130
    price_1 = np.where(low_first, bars[LOW], bars[HIGH])
    price_2 = np.where(low_first, bars[HIGH], bars[LOW])
    walk = np.zeros((days.size, PER_DAY + 1), dtype=np.int64)
    np.cumsum(steps(key + _WALK_KEY, index), axis=1, out=walk[:, 1:])
    rows = np.arange(days.size)
    line = _through(turn_1, turn_2, [bars[OPEN], price_1, price_2, bars[CLOSE]])
    tied = walk - _through(turn_1, turn_2, [walk[:, 0], walk[rows, turn_1], walk[rows, turn_2], walk[:, -1]])
    reach = (bars[HIGH] - bars[LOW])[:, None]
    path = line + tied * (reach * (0.045 / STEP_DEVIATION))
    high, low = bars[HIGH][:, None], bars[LOW][:, None]
    path = np.where(path > high, 2 * high - path, path)
    path = np.where(path < low, 2 * low - path, path)
    rounded: IntArray = np.rint(np.clip(path, low, high)).astype(np.int64)
    return rounded


def _through(turn_1: IntArray, turn_2: IntArray, values: list[IntArray]) -> FloatArray:
    """Return the broken line [n, 289] through four values at the times 0, turn_1, turn_2 and 288."""
    before_1 = turn_1[:, None] > _TIME
    before_2 = turn_2[:, None] > _TIME
    zero, end = np.zeros_like(turn_1), np.full_like(turn_1, PER_DAY)
    legs = []
    for start, stop, a, b in ((zero, turn_1, 0, 1), (turn_1, turn_2, 1, 2), (turn_2, end, 2, 3)):
        slope = (values[b] - values[a]) / (stop - start)
        legs.append(values[a][:, None] + (_TIME - start[:, None]) * slope[:, None])
    legs[2][:, -1] = values[3]
    for leg, turn, value in ((legs[1], turn_1, values[1]), (legs[2], turn_2, values[2])):
        np.put_along_axis(leg, turn[:, None], value[:, None].astype(np.float64), axis=1)
    line: FloatArray = np.where(before_1, legs[0], np.where(before_2, legs[1], legs[2]))
    return line


def _share_volume(candles: IntArray, bars: IntArray, chance: IntArray) -> None:
    """Share out each day's volume (more where the price moves) and turnover."""
    reach = np.maximum(1, bars[HIGH] - bars[LOW])[:, None]
    moved = (candles[HIGH] - candles[LOW]) / reach
    weight = (0.15 + chance[..., 2] / 65536) * (0.02 + moved)
    candles[VOLUME] = _shares(weight, bars[VOLUME])
    mean_price = candles[OPEN] + candles[HIGH] + candles[LOW] + candles[CLOSE]
    candles[TURNOVER] = _shares(candles[VOLUME] * mean_price.astype(np.float64), bars[TURNOVER])


def _shares(weight: FloatArray, total: IntArray) -> IntArray:
    """Split whole totals [n] by weights [n, 288] without losing a unit."""
    running = np.cumsum(weight, axis=1)
    edges = np.floor(total[:, None] * (running / np.maximum(running[:, -1:], 1e-300))).astype(np.int64)
    edges[:, -1] = total
    return np.diff(edges, axis=1, prepend=0)
