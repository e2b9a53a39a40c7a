"""The trend of one timeframe: where the averages stand, how the swings step, and how strong the movement is.

Directions are int8: +1 up, -1 down, 0 neither. Prices nearer than `NEAR` (relative) count as equal, so that rounding never
makes a trend out of a flat price and the same candles at another scale give the same answer.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from functions.arrays import BoolGrid, FloatGrid
from functions.technical.engine.windows import last_index, rolling_max, rolling_min, shift, take_rows

Signs = NDArray[np.int8]
NEAR = 1e-9
ADX_TRENDING = 20.0  # Wilder's own line between a trend and none
PIVOT_SPAN = 5  # candles on each side that a swing stands out from
SWING_MEMORY = 200  # candles after which a swing is forgotten


def above(left: FloatGrid, right: FloatGrid) -> BoolGrid:
    """Tell where `left` is above `right` by more than rounding; False where one of them is NaN."""
    difference: BoolGrid = left - right > NEAR * np.abs(right)
    return difference


def sign(up: BoolGrid, down: BoolGrid) -> Signs:
    """Return +1 where `up`, -1 where `down`, 0 elsewhere."""
    return up.astype(np.int8) - down.astype(np.int8)


def stack_direction(close: FloatGrid, ema21: FloatGrid, ema50: FloatGrid) -> Signs:
    """Return +1 where close and EMA21 are above EMA50, -1 where both are below, `[T, S]`; warm-up 50. Source: the rule study."""
    return sign(above(close, ema50) & above(ema21, ema50), above(ema50, close) & above(ema50, ema21))


def regime_direction(close: FloatGrid, ema50: FloatGrid, ema200: FloatGrid) -> Signs:
    """Return +1 where close is above EMA50 and EMA200, -1 where below both, 0 between or while one is unknown, `[T, S]`.

    Warm-up 200. Source: the rule study's gate (a plateau: each does nearly as well).
    """
    return sign(above(close, ema50) & above(close, ema200), above(ema50, close) & above(ema200, close))


def directional_direction(plus_di: FloatGrid, minus_di: FloatGrid, adx: FloatGrid) -> Signs:
    """Return the sign of +DI - -DI where ADX >= 20, else 0, `[T, S]`; warm-up 28. Source: Wilder 1978."""
    strong = adx >= ADX_TRENDING
    return sign(strong & (plus_di > minus_di), strong & (minus_di > plus_di))


@dataclass(frozen=True, slots=True)
class Swings:
    """Confirmed turning points, `[T, S]`: a mark stands on the row that confirms it, `PIVOT_SPAN` candles after the turn."""

    high: FloatGrid  # the price of the swing high this row confirms, else NaN
    low: FloatGrid


def swings(high: FloatGrid, low: FloatGrid) -> Swings:
    """Find swing highs and lows, `[T, S]`: candles beyond all `PIVOT_SPAN` before them and not exceeded by as many after.

    Warm-up 2 x `PIVOT_SPAN` + 1. Source: TradingView `ta.pivothigh(5, 5)`; of equal highs the first counts.
    """
    return Swings(_pivots(high, 1.0), _pivots(low, -1.0))


def _pivots(price: FloatGrid, side: float) -> FloatGrid:
    turned = price * side
    middle = shift(turned, PIVOT_SPAN)
    beyond_before = middle > shift(rolling_max(turned, PIVOT_SPAN), PIVOT_SPAN + 1)
    holds_after = middle >= rolling_max(turned, PIVOT_SPAN)
    return np.where(beyond_before & holds_after, middle * side, np.nan)


def structure_direction(swings: Swings, last: int | None = None) -> Signs:
    """Return +1 where the last two swing highs and the last two swing lows both rise, -1 where both fall, else 0, `[T, S]`.

    Swings confirmed more than `SWING_MEMORY` rows ago are forgotten. Warm-up four swings, 11 rows for the first one.
    Source: Dow theory; the rule study.

    Args:
        swings: `[T, S]`.
        last: how many of the newest rows to answer for; all of them without it.
    """
    first = 0 if last is None else len(swings.high) - last
    high, high_before = _last_two(swings.high, first)
    low, low_before = _last_two(swings.low, first)
    rising = above(high, high_before) & above(low, low_before)
    falling = above(high_before, high) & above(low_before, low)
    return sign(rising, falling)


def _last_two(marks: FloatGrid, first: int) -> tuple[FloatGrid, FloatGrid]:
    """Return the newest mark and the one before it unless it is forgotten, as known at each row from `first` on."""
    seen = last_index(~np.isnan(marks))
    newest = seen[first:]
    # The mark before the newest one is the newest one as the row before it saw it.
    before = np.concatenate([np.full_like(seen[:1], -1), seen[:-1]])
    second = before[np.maximum(newest, 0), np.arange(marks.shape[1])[None, :]]
    oldest = np.arange(first, len(marks))[:, None] - SWING_MEMORY
    return take_rows(marks, newest), take_rows(marks, np.where(second > oldest, second, -1))


def strength(direction: Signs, structure: Signs, directional: Signs) -> FloatGrid:
    """Return how much agrees with `direction`, 0..1 in thirds (averages, swings, ADX); 0 without a direction, `[T, S]`.

    `(1 + (swings agree) + (ADX agrees)) / 3`. Warm-up that of the averages, 50. Source: own.
    """
    agree = (structure == direction).astype(np.float64) + (directional == direction)
    return np.where(direction == 0, 0.0, (1.0 + agree) / 3.0)


def channel(high: FloatGrid, low: FloatGrid, length: int) -> tuple[FloatGrid, FloatGrid]:
    """Return the Donchian channel of the `length` candles before each row (not including it), in price, `[T, S]`.

    Highest high and lowest low of them. Warm-up `length` + 1. Source: Donchian; TradingView `ta.highest(high, length)[1]`.
    """
    return shift(rolling_max(high, length), 1), shift(rolling_min(low, length), 1)
