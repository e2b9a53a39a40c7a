"""What a higher timeframe says at each close of a lower one: its newest state known then, and how late that is."""

from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from functions.arrays import FloatGrid, IntGrid, Milliseconds
from functions.market.candles.timeframe import Timeframe
from functions.technical.engine.analysis import Analysis
from functions.technical.engine.quality import Problem, Problems
from functions.technical.engine.trend import Signs
from functions.technical.engine.windows import last_index


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest state of one higher timeframe at each close, `[S, T]`.

    `close_time` is the close the state stands on (ms UTC, 0 when there is none); `late` how many candles that is behind the
    newest one that could have closed (-1 when there is none); the rest is what the state says. `regime` only means something
    where `regime_known`: EMA50 and EMA200 are both there.
    """

    timeframe: Timeframe
    close_time: IntGrid
    late: IntGrid
    problem: Problems
    direction: Signs
    strength: FloatGrid
    atr: FloatGrid
    regime: Signs
    regime_known: NDArray[np.bool_]

    def row(self, number: int) -> Self:
        """Return one symbol's standing as `[1, T]`."""
        cut = slice(number, number + 1)
        grids = (field.name for field in fields(self) if field.name != "timeframe")
        return replace(self, **{name: getattr(self, name)[cut] for name in grids})


def candles_behind(timeframe: Timeframe, close_time: IntGrid, closes: Milliseconds) -> IntGrid:
    """Return how many candles behind the newest possible one each state is at `closes[T]`; -1 where there is no state."""
    newest = closes // timeframe.milliseconds * timeframe.milliseconds
    return np.where(close_time > 0, (newest - close_time) // timeframe.milliseconds, -1)


def standing_at(higher: Analysis, closes: Milliseconds) -> Standing:
    """Return what `higher` says at each of `closes[T]`: its newest close at or before, of the candles that were there."""
    seen = last_index((higher.problem != Problem.MISSING).T)
    column = np.searchsorted(higher.close_time, closes, side="right") - 1
    symbols = len(higher.symbols)
    if len(higher.close_time):
        picked = np.where(column[:, None] >= 0, seen[np.maximum(column, 0)], -1).T
    else:
        picked = np.full((symbols, len(closes)), -1)
    rows, known, index = np.arange(symbols)[:, None], picked >= 0, np.maximum(picked, 0)

    def pick(values: NDArray[np.generic], missing: float) -> NDArray[np.generic]:
        return np.where(known, values[rows, index], missing) if values.size else np.full(picked.shape, missing)

    times = np.where(known, higher.close_time[index], 0) if len(higher.close_time) else np.zeros(picked.shape, np.int64)
    return Standing(
        timeframe=higher.timeframe,
        close_time=times,
        late=candles_behind(higher.timeframe, times, closes),
        problem=pick(higher.problem, Problem.MISSING).astype(np.int8),
        direction=pick(higher.trend.direction, 0).astype(np.int8),
        strength=pick(higher.trend.strength, 0.0).astype(np.float64),
        atr=pick(higher.indicators.atr, np.nan).astype(np.float64),
        regime=pick(higher.trend.regime, 0).astype(np.int8),
        regime_known=pick(np.isfinite(higher.indicators.ema200), 0).astype(np.bool_),
    )
