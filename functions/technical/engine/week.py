"""What the week before each close was like: where the price was, how much was traded, how far it moved against its norm."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from functions.arrays import FloatGrid
from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.technical.engine.history import History, history_of
from functions.technical.engine.span import spans
from functions.technical.engine.steps import stretches
from functions.technical.engine.windows import rolling_sum

DAYS = 7
RANGE = 14  # candles whose range is held against the week's


@dataclass(frozen=True, slots=True)
class Week:
    """The week before each close, `[S, T]`; NaN until it is whole, and since a step of the price that no market makes.

    Attributes:
        day_ago, week_ago: the close 24 hours and 7 days earlier; a missing candle has the close before it.
        volume_ratio: volume of the last 24 hours over the daily mean of the 7 days; NaN in a week without a trade.
        range_ratio: mean true range of the last 14 candles over that of the 7 days, each range a fraction of the close before
            it; NaN in a week without a move. Source: own; plain means, so that no value depends on where a history begins.
    """

    day_ago: FloatGrid
    week_ago: FloatGrid
    volume_ratio: FloatGrid
    range_ratio: FloatGrid


def week_before(candles: Candles, last: int | None = None) -> Week:
    """Return the week before every close of a grid, or before its newest ones; the values are the same either way.

    Args:
        candles: a day must be a whole number of them.
        last: how many of the newest closes to answer for; all of them without it.
    """
    rows = len(candles.open_time)
    wanted = rows if last is None else min(last, rows)
    parts = [_week_of(candles.during(window), count) for window, count in spans(candles, wanted)]
    if len(parts) == 1:
        return parts[0]
    names = [field.name for field in fields(Week)]
    return Week(**{name: np.concatenate([getattr(part, name) for part in parts], axis=1) for name in names})


def _week_of(candles: Candles, wanted: int) -> Week:
    history = history_of(candles)
    cut = stretches(candles, history)
    if cut is None:
        return Week(*(grid.T for grid in _columns(history, wanted)))
    owner = cut.owner[:, cut.owner.shape[1] - wanted :]
    place = np.arange(wanted)[None, :]
    return Week(*(grid.T[owner, place] for grid in _columns(cut.history, wanted)))


def _columns(history: History, wanted: int) -> Iterator[FloatGrid]:
    """Yield the fields of `Week`, time first, for the last `wanted` rows of a history."""
    day = Timeframe.D1.milliseconds // history.timeframe.milliseconds
    rows = wanted + max(DAYS * day, RANGE)
    close, high, low, volume = (_last(grid, rows) for grid in (history.close, history.high, history.low, history.volume))
    yield close[rows - wanted - day : rows - day]
    yield close[rows - wanted - DAYS * day : rows - DAYS * day]
    week = _week_sum(volume, day, wanted)
    yield _sum(volume, day, wanted) / (np.where(week > 0, week, np.nan) / DAYS)
    ranges = np.full_like(close, np.nan)
    ranges[1:] = (np.maximum(high[1:], close[:-1]) - np.minimum(low[1:], close[:-1])) / close[:-1]
    norm = _week_sum(ranges, day, wanted) / (DAYS * day)
    yield _sum(ranges, RANGE, wanted) / RANGE / np.where(norm > 0, norm, np.nan)


def _last(grid: FloatGrid, rows: int) -> FloatGrid:
    """Return the last rows of a grid, with NaN before them where it is shorter."""
    there = grid[max(len(grid) - rows, 0) :]
    return there if len(there) == rows else np.concatenate([np.full((rows - len(there), grid.shape[1]), np.nan), there])


def _sum(values: FloatGrid, length: int, wanted: int, back: int = 0) -> FloatGrid:
    """Return the sum of `length` rows that end `back` rows before each of the last `wanted` ones."""
    end = len(values) - back
    return rolling_sum(values[end - wanted - length + 1 : end], length)[length - 1 :]


def _week_sum(values: FloatGrid, day: int, wanted: int) -> FloatGrid:
    """Return the sum of a week as the sum of its days: for the newest close alone a fraction of a sum over all rows."""
    total = _sum(values, day, wanted)
    for back in range(1, DAYS):
        total = total + _sum(values, day, wanted, back * day)
    return total
