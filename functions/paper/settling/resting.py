"""When the market comes down to an order that rests under it: pure, the one rule of live looks, replays and backtests.

1. A candle whose low is at or under the price that touches the order fills it, at its limit.
2. One that opens a step under the price before it does not: no market falls so far between two prices. Coins are exchanged and
   names used again that way, and the order is cancelled.
3. Which price of the candle it was, nobody knows later: a fill counts from the candle's close, and the candle may stop the trade.
"""

from dataclasses import dataclass

import numpy as np

from functions.arrays import FloatArray

STEP = 1.5  # between two candles; the largest fall of a real one is within it


@dataclass(frozen=True, slots=True)
class Fall:
    """The first candle that came down to a level: its place among those that were looked at, and whether it began with a step."""

    place: int
    stepped: bool


def first_fall(opens: FloatArray, lows: FloatArray, closes: FloatArray, level: float, last: float) -> Fall | None:
    """Return the first candle that comes down to a level, `[T]`; None when none does.

    Args:
        opens: in price, NaN where a candle lacks.
        lows: likewise.
        closes: likewise.
        level: a low at it or under it counts.
        last: the newest price before the first candle.
    """
    with np.errstate(invalid="ignore"):
        there = np.flatnonzero(lows <= level)
    if not len(there):
        return None
    place = int(there[0])
    before = closes[:place][~np.isnan(closes[:place])]
    price = float(before[-1]) if len(before) else last
    return Fall(place, stepped=bool(opens[place] * STEP <= price))
