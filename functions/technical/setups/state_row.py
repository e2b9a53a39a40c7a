"""The state a close leaves behind: a narrow row a symbol, all that was computed for a setup, and how it is read again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from functions.arrays import Milliseconds
from functions.market.candles.timeframe import Timeframe
from functions.reasons import Reason
from functions.technical.engine.analysis import Analysis
from functions.technical.engine.levels import Level, Levels
from functions.technical.engine.quality import Problem
from functions.technical.setups.signal import Neutral, Signal
from functions.technical.setups.standing import Standing, candles_behind
from functions.technical.setups.verdict import IndicatorValues, close_moment


@dataclass(frozen=True, slots=True)
class StateRow:
    """One row of `technical_state`; `document` is what was computed, for a setup: an entry that came, whatever became of it."""

    symbol: str
    timeframe: Timeframe
    close_time: datetime
    direction: str
    reason: Reason
    failed: int
    problem: int
    trend: int
    strength: float
    regime: int | None
    close: float | None
    atr: float | None
    ema50: float | None
    ema200: float | None
    document: dict[str, Any] | None


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _levels_json(levels: tuple[Level, ...]) -> list[dict[str, float]]:
    return [{"price": level.price, "touches": level.touches, "strength": level.strength} for level in levels]


@dataclass(frozen=True, slots=True)
class StandingRow:
    """What a lower timeframe needs of a state."""

    symbol: str
    close_time: datetime
    problem: int
    direction: int
    strength: float
    atr: float | None
    regime: int | None


def has_entry(analysis: Analysis, symbol: int, column: int) -> bool:
    """Tell whether an entry came at one close, in whichever direction: then it is a setup."""
    cell, events = (symbol, column), analysis.entries
    return bool(events.breakout[cell] or events.pullback[cell] or events.momentum[cell])


def state_of(
    analysis: Analysis, symbol: int, column: int, outcome: Signal | Neutral, failed: int, document: dict[str, Any] | None
) -> StateRow:
    """Return the state of one cell with the decision taken on it.

    Args:
        analysis: of the timeframe.
        symbol: row of the cell.
        column: of the cell.
        outcome: the decision.
        failed: every check that failed, a bit each.
        document: what was computed, for a setup.
    """
    cell, values, trend = (symbol, column), analysis.indicators, analysis.trend
    regime_known = np.isfinite(values.ema200[cell])
    return StateRow(
        symbol=analysis.symbols[symbol],
        timeframe=analysis.timeframe,
        close_time=close_moment(analysis, column),
        direction=outcome.direction.value,
        reason=reasons_of(outcome)[0],
        failed=failed,
        problem=Problem(int(analysis.problem[cell])).value,
        trend=int(trend.direction[cell]),
        strength=float(trend.strength[cell]),
        regime=int(trend.regime[cell]) if regime_known else None,
        close=_number(float(analysis.close[cell])),
        atr=_number(float(values.atr[cell])),
        ema50=_number(float(values.ema50[cell])),
        ema200=_number(float(values.ema200[cell])),
        document=document,
    )


def reasons_of(outcome: Signal | Neutral) -> tuple[Reason, ...]:
    """Return why there is a signal, or why there is none, the weightiest first."""
    return outcome.reasons if isinstance(outcome, Signal) else (outcome.reason,)


def computed_json(analysis: Analysis, symbol: int, column: int, levels: Levels, values: IndicatorValues) -> dict[str, Any]:
    """Return all that was computed of one cell, as JSON; `values` are its indicators."""
    cell = (symbol, column)
    trend, events = analysis.trend, analysis.entries
    regime_known = np.isfinite(analysis.indicators.ema200[cell])
    return {
        "close": _number(float(analysis.close[cell])),
        "volume": _number(float(analysis.volume[cell])),
        "problem": Problem(int(analysis.problem[cell])).value,
        "trend": {
            "direction": int(trend.direction[cell]),
            "structure": int(trend.structure[cell]),
            "directional": int(trend.directional[cell]),
            "strength": float(trend.strength[cell]),
            "regime": int(trend.regime[cell]) if regime_known else None,
        },
        "entries": {name: int(getattr(events, name)[cell]) for name in ("breakout", "pullback", "momentum")},
        "indicators": values,
        "levels": {"support": _levels_json(levels.support), "resistance": _levels_json(levels.resistance)},
    }


def standing_of(timeframe: Timeframe, symbols: Sequence[str], closes: Milliseconds, rows: Iterable[StandingRow]) -> Standing:
    """Arrange stored states as the standing of `symbols` at `closes[T]`: for each the newest state at or before it.

    The same as `setups.standing.standing_at` gives from an analysis of the higher timeframe: a state of a candle that was
    malformed, and so counts as missing, says nothing and makes the one before it late.
    """
    shape = (len(symbols), len(closes))
    index: Mapping[str, int] = {symbol: number for number, symbol in enumerate(symbols)}
    times = np.zeros(shape, dtype=np.int64)
    problem = np.full(shape, Problem.MISSING, dtype=np.int8)
    direction, regime = np.zeros(shape, dtype=np.int8), np.zeros(shape, dtype=np.int8)
    strength, atr = np.zeros(shape), np.full(shape, np.nan)
    known = np.zeros(shape, dtype=np.bool_)
    usable = (row for row in rows if row.symbol in index and row.problem != Problem.MISSING)
    for row in sorted(usable, key=lambda row: row.close_time):
        closed = round(row.close_time.timestamp() * 1000)
        cell = (index[row.symbol], slice(int(np.searchsorted(closes, closed)), None))
        times[cell], problem[cell], direction[cell] = closed, row.problem, row.direction
        strength[cell], atr[cell] = row.strength, np.nan if row.atr is None else row.atr
        regime[cell], known[cell] = row.regime or 0, row.regime is not None
    return Standing(
        timeframe=timeframe,
        close_time=times,
        late=candles_behind(timeframe, times, closes),
        problem=problem,
        direction=direction,
        strength=strength,
        atr=atr,
        regime=regime,
        regime_known=known,
    )
