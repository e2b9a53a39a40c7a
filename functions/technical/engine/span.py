"""From where on a close is computed: a fixed place in time, so that nothing depends on when, or how far back, candles were read.

What is recursive remembers where it began. The history under a close begins at the newest open time divisible by `STEP` candles
that leaves `WARM_UP` candles before the stretch of `STEP` closes it lies in: a scan, a catch-up, a batch and a folder all begin
there, and give the same bits.
"""

from collections.abc import Iterator
from datetime import datetime

from functions.market.candles.gaps import from_ms, to_ms
from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe

WARM_UP = 1000  # candles under a close at least: EMA(200) is then within 0.01% of one with an endless history
STEP = 250  # closes that share their beginning; a larger one reads and computes more for the last of them
LONGEST = WARM_UP + STEP  # candles under a close at most, itself among them


def begin_of(timeframe: Timeframe, opened: datetime) -> datetime:
    """Return the open time of the first candle under a close, from the open time of its own candle."""
    return from_ms(_begin(to_ms(opened), timeframe.milliseconds))


def candles_under(timeframe: Timeframe, opened: datetime) -> int:
    """Return how many candles a close stands on, from the open time of its own candle, itself among them."""
    return (opened - begin_of(timeframe, opened)) // timeframe.span + 1


def spans(candles: Candles, wanted: int) -> Iterator[tuple[slice, int]]:
    """Cut the newest `wanted` closes of a grid where their beginning changes: the columns to compute from, and how many closes.

    Without closes there is one empty part.
    """
    step, count = candles.timeframe.milliseconds, len(candles.open_time)
    if not wanted:
        yield slice(count, count), 0
        return
    first = int(candles.open_time[0])
    column = count - wanted
    while column < count:
        opened = first + column * step
        after = (_stretch(opened, step) + STEP * step - first) // step
        end = min(after, count)
        yield slice(max((_begin(opened, step) - first) // step, 0), end), end - column
        column = end


def _stretch(opened: int, step: int) -> int:
    """Return the open time, ms, of the first close that shares its beginning with this one."""
    return opened // (STEP * step) * (STEP * step)


def _begin(opened: int, step: int) -> int:
    return _stretch(opened, step) - WARM_UP * step
