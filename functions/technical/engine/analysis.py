"""One timeframe analysed: indicators, trend, swings and entries of every symbol at every close, or at the last ones only.

The live scan asks for the last column and the backtest for all of them; both run the same operations on the same numbers, for
what a close is computed from begins at a place that the close alone decides (`functions.technical.engine.span`), however much
history the grid has.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from functions.arrays import FloatGrid, IntGrid, Milliseconds
from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.technical.engine import indicators as formula
from functions.technical.engine.entries import Entries, entries
from functions.technical.engine.history import BY_ROW, History, history_of
from functions.technical.engine.levels import Levels, levels
from functions.technical.engine.quality import GAP_WINDOW, Problem, Problems, problems
from functions.technical.engine.recursive import recursive
from functions.technical.engine.span import spans
from functions.technical.engine.steps import stretches
from functions.technical.engine.trend import (
    PIVOT_SPAN,
    SWING_MEMORY,
    Signs,
    Swings,
    directional_direction,
    regime_direction,
    stack_direction,
    strength,
    structure_direction,
    swings,
)
from functions.technical.engine.windows import sma

# Rows before the first wanted one that a value is made from: gaps look back furthest, apart from swings.
NEAR = GAP_WINDOW + 2
SWING_LOOK_BACK = SWING_MEMORY + 4 * PIVOT_SPAN


@dataclass(frozen=True, slots=True)
class Indicators:
    """The indicator values of each cell, `[S, T]`; formulas in `functions.technical.engine.indicators`."""

    ema9: FloatGrid
    ema21: FloatGrid
    ema50: FloatGrid
    ema200: FloatGrid
    macd: FloatGrid
    macd_signal: FloatGrid
    macd_histogram: FloatGrid
    rsi: FloatGrid
    stochastic_k: FloatGrid
    stochastic_d: FloatGrid
    bollinger_middle: FloatGrid
    bollinger_upper: FloatGrid
    bollinger_lower: FloatGrid
    atr: FloatGrid
    plus_di: FloatGrid
    minus_di: FloatGrid
    adx: FloatGrid
    obv: FloatGrid
    obv_change20: FloatGrid
    volume_average: FloatGrid
    vwap: FloatGrid


@dataclass(frozen=True, slots=True)
class Trend:
    """The trend of each cell, `[S, T]`: -1, 0, +1 each; `strength` 0..1 is how much agrees with `direction`."""

    direction: Signs
    structure: Signs
    directional: Signs
    strength: FloatGrid
    regime: Signs


Grid = NDArray[Any]
Group = TypeVar("Group", Indicators, Trend, Entries)
CELLS, GROUPS = (
    ("close", "volume", "problem"),
    ("indicators", "trend", "entries"),
)  # fields of `Analysis`: grids, and groups of grids


@dataclass(frozen=True, slots=True)
class SwingBlock:
    """The swings under some of the closes, time first, with the look-back before the first of these closes.

    `owner[S, T]` is the column that holds the swings of a symbol as known at a close: another one after a step of its price.
    """

    swings: Swings
    owner: IntGrid


@dataclass(frozen=True, slots=True)
class Analysis:
    """One timeframe analysed at the closes that were asked for, `[S, T]`; `close_time[T]` in ms UTC."""

    timeframe: Timeframe
    symbols: tuple[str, ...]
    close_time: Milliseconds
    close: FloatGrid
    volume: FloatGrid
    indicators: Indicators
    trend: Trend
    entries: Entries
    problem: Problems
    swing_blocks: tuple[SwingBlock, ...]  # those of the first closes first

    def levels(self, column: int) -> list[Levels]:
        """Return each symbol's support and resistance as known at one column (0 is the first of this analysis)."""
        place = column
        for block in self.swing_blocks:
            count = block.owner.shape[1]
            if place < count:
                row = len(block.swings.high) - count + place
                return levels(block.swings, row, self.close[:, column], self.indicators.atr[:, column], block.owner[:, place])
            place -= count
        raise IndexError(f"expected a column below {len(self.close_time)}, got {column}")

    def during(self, columns: slice) -> "Analysis":
        """Return some of the closes, without copying; their levels are not among it."""
        grids: dict[str, Any] = {name: getattr(self, name)[:, columns] for name in CELLS}
        groups = {name: _each(lambda grid: grid[:, columns], getattr(self, name)) for name in GROUPS}
        return replace(self, close_time=self.close_time[columns], swing_blocks=(), **grids, **groups)


def analyse(candles: Candles, last: int | None = None) -> Analysis:
    """Analyse a grid of candles.

    Args:
        candles: any number of symbols and candles, also none.
        last: how many of the newest closes to answer for; all of them without it. The values are the same either way.
    """
    rows = len(candles.open_time)
    wanted = rows if last is None else min(last, rows)
    parts = [_analyse(candles.during(window), count) for window, count in spans(candles, wanted)]
    return parts[0] if len(parts) == 1 else _joined(parts)


def _analyse(candles: Candles, wanted: int) -> Analysis:
    """Analyse the last closes of a grid that begins where they want it to begin."""
    history = history_of(candles)
    cut = stretches(candles, history)
    if cut is None:
        return analyse_history(history, wanted)
    analysis = analyse_history(cut.history, wanted)
    problem = np.where(cut.stepped[:, None] & (analysis.problem == Problem.TOO_FEW), Problem.SINCE_STEP, analysis.problem)
    whole = replace(analysis, problem=problem.astype(np.int8))
    return _picked(whole, candles.symbols, cut.owner[:, cut.owner.shape[1] - wanted :])


def analyse_history(history: History, wanted: int) -> Analysis:
    """Analyse the last closes of histories as they are, from the first candle of each on; `analyse` cuts them out."""
    rows = len(history.open_time)
    recent = _recent(history, min(rows, wanted + NEAR))
    values = _indicators(history, len(recent.close))
    far = slice(max(rows - wanted - SWING_LOOK_BACK, 0), None)
    marks = swings(history.high[far], history.low[far])
    trend = _trend(recent.close, values, structure_direction(marks, len(recent.close)))
    events = entries(recent.high, recent.low, recent.close, values.rsi, values.ema50)
    numbers = np.arange(rows - len(recent.close), rows)
    problem = problems(recent.present, recent.high, recent.low, recent.volume, numbers, history.starts)
    first = len(recent.close) - wanted
    owner = np.broadcast_to(np.arange(len(history.symbols))[:, None], (len(history.symbols), wanted))
    return Analysis(
        timeframe=history.timeframe,
        symbols=history.symbols,
        close_time=history.close_time[rows - wanted :],
        close=recent.close[first:].T,
        volume=recent.volume[first:].T,
        indicators=_outward(values, first),
        trend=_outward(trend, first),
        entries=_outward(events, first),
        problem=problem[first:].T,
        swing_blocks=(SwingBlock(marks, owner),),
    )


def _picked(analysis: Analysis, symbols: tuple[str, ...], owner: IntGrid) -> Analysis:
    """Return what the stretch that holds it says of each symbol's close, `owner[S, T]`."""
    columns = np.arange(owner.shape[1])[None, :]

    def pick(grid: Grid) -> Grid:
        return grid[owner, columns]

    return replace(
        analysis,
        symbols=symbols,
        swing_blocks=(SwingBlock(analysis.swing_blocks[0].swings, owner),),
        close=pick(analysis.close),
        volume=pick(analysis.volume),
        problem=pick(analysis.problem),
        indicators=_each(pick, analysis.indicators),
        trend=_each(pick, analysis.trend),
        entries=_each(pick, analysis.entries),
    )


def _joined(parts: Sequence[Analysis]) -> Analysis:
    """Put analyses of closes that follow each other together."""
    groups: dict[str, Any] = {name: _side_by_side([getattr(part, name) for part in parts]) for name in CELLS}
    for name in GROUPS:
        members = [getattr(part, name) for part in parts]
        grids = {grid.name: _side_by_side([getattr(member, grid.name) for member in members]) for grid in fields(members[0])}
        groups[name] = type(members[0])(**grids)
    return replace(
        parts[0],
        close_time=np.concatenate([part.close_time for part in parts]),
        swing_blocks=tuple(block for part in parts for block in part.swing_blocks),
        **groups,
    )


def _recent(history: History, kept: int) -> History:
    cut = slice(len(history.open_time) - kept, None)
    return replace(history, **{name: getattr(history, name)[cut] for name in BY_ROW})


def _indicators(history: History, kept: int) -> Indicators:
    """Compute every indicator, time first, for the last `kept` rows; the recursive ones walk over all rows."""
    averages = recursive(history, kept)
    cut = slice(len(history.close) - kept, None)
    close, volume = history.close[cut], history.volume[cut]
    rsi = formula.rsi(averages.gain, averages.loss)
    stochastic_k, stochastic_d = formula.stochastic_rsi(rsi)
    middle, upper, lower = formula.bollinger(close)
    return Indicators(
        ema9=averages.ema9,
        ema21=averages.ema21,
        ema50=averages.ema50,
        ema200=averages.ema200,
        macd=averages.macd,
        macd_signal=averages.macd_signal,
        macd_histogram=averages.macd - averages.macd_signal,
        rsi=rsi,
        stochastic_k=stochastic_k,
        stochastic_d=stochastic_d,
        bollinger_middle=middle,
        bollinger_upper=upper,
        bollinger_lower=lower,
        atr=averages.atr,
        plus_di=formula.directional_indicator(averages.plus, averages.ranges),
        minus_di=formula.directional_indicator(averages.minus, averages.ranges),
        adx=averages.adx,
        obv=averages.obv,
        obv_change20=formula.obv_change(close, volume),
        volume_average=sma(volume, 20),
        vwap=_vwap(history, kept),
    )


def _vwap(history: History, kept: int) -> FloatGrid:
    first = len(history.close) - kept
    if kept:
        # The session that the first kept row belongs to began up to a day earlier.
        first = int(np.searchsorted(history.open_time, history.open_time[first] // formula.DAY * formula.DAY))
    cut = slice(first, None)
    full = formula.session_vwap(
        history.high[cut], history.low[cut], history.close[cut], history.volume[cut], history.open_time[cut]
    )
    return full[len(full) - kept :]


def _trend(close: FloatGrid, values: Indicators, structure: Signs) -> Trend:
    direction = stack_direction(close, values.ema21, values.ema50)
    directional = directional_direction(values.plus_di, values.minus_di, values.adx)
    regime = regime_direction(close, values.ema50, values.ema200)
    return Trend(
        direction=direction,
        structure=structure,
        directional=directional,
        strength=strength(direction, structure, directional),
        regime=regime,
    )


def _outward(group: Group, first: int) -> Group:
    """Turn a group of time-first grids into `[S, T]` views from row `first` on."""
    return _each(lambda grid: grid[first:].T, group)


def _each(change: Callable[[Grid], Grid], group: Group) -> Group:
    """Change every grid of a group."""
    return type(group)(**{grid.name: change(getattr(group, grid.name)) for grid in fields(group)})


def _side_by_side(grids: Sequence[Grid]) -> Grid:
    """Join `[S, T]` grids in time; time stays first in memory."""
    return np.concatenate([grid.T for grid in grids]).T
