"""What a scan finds at the closes of one timeframe: states, setups, and what the candles say of each coin."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, partial
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from functions.factors.reading import Factor, FactorReading
from functions.factors.rules import FactorRules
from functions.market.candles.gaps import to_ms
from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.reasons import Reason
from functions.technical.closes.backlog import PATIENCE
from functions.technical.engine.analysis import Analysis, analyse
from functions.technical.engine.trend import Signs
from functions.technical.engine.week import Week, week_before
from functions.technical.factors import MOVES, READING_LIFE, TRENDS, CandleFactors, candle_factors
from functions.technical.setups.grids import decide
from functions.technical.setups.reasons import late_reason
from functions.technical.setups.rules import ENTRY_TIMEFRAMES, SetupRules
from functions.technical.setups.setup import Setup, setup_directions, setup_of
from functions.technical.setups.signal import Neutral, Plan, Signal, plan
from functions.technical.setups.standing import Standing
from functions.technical.setups.state_row import (
    StandingRow,
    StateRow,
    computed_json,
    has_entry,
    reasons_of,
    standing_of,
    state_of,
)
from functions.technical.setups.verdict import DecidedCloses, context_only, indicator_values

Higher = Callable[[Timeframe, Sequence[str], datetime, datetime], Sequence[StandingRow]]  # the states above some closes
NAMES = ("1d", "4h", "1h", "15m")  # of the trends in a reading's evidence


@dataclass(frozen=True, slots=True)
class Entries:
    """What is known at the closes of a timeframe on which entries are taken, `[S, T]`.

    `hour` and `factors` are there for 15m alone.
    """

    decided: DecidedCloses
    week: Week
    directions: Signs
    hour: Standing | None
    factors: CandleFactors | None


@dataclass(frozen=True, slots=True)
class Findings:
    """What one close came to; `outcomes` has the verdict on each state's symbol."""

    states: list[StateRow]
    setups: list[Setup]
    readings: list[FactorReading]
    outcomes: list[Signal | Neutral]
    waiting: list[Neutral]


@dataclass(frozen=True, slots=True)
class Look:
    """One timeframe analysed, with what stands above it where entries are taken."""

    analysis: Analysis
    entries: Entries | None
    ticks: Mapping[str, Decimal]
    as_of: datetime

    def at(self, close: datetime, symbols: frozenset[str]) -> Findings:
        """Return what the close of some symbols comes to; a symbol whose higher candles are on their way waits."""
        column = int(np.searchsorted(self.analysis.close_time, to_ms(close)))
        awaited = awaited_symbols(self.entries, column, self.as_of) if self.entries else {}
        levels = cache(partial(self.analysis.levels, column))  # a close without a setup needs none
        readings = cache(partial(_readings, self.entries, self.analysis.symbols, column, close)) if self.entries else None
        found = Findings([], [], [], [], [])
        for number, symbol in enumerate(self.analysis.symbols):
            if symbol not in symbols:
                continue
            if number in awaited:
                found.waiting.append(Neutral(symbol, self.analysis.timeframe, close, awaited[number]))
                continue
            outcome = self._outcome(number, column)
            found.outcomes.append(outcome)
            found.states.append(self._state(number, column, outcome, levels))
            if self.entries:
                found.setups.extend(self._setup(self.entries, number, column))
            if readings:
                found.readings.extend(readings()[number])
        return found

    def _outcome(self, number: int, column: int) -> Signal | Neutral:
        if self.entries is None:
            return context_only(self.analysis, number, column)
        tick = self.ticks.get(self.analysis.symbols[number])
        return self.entries.decided.outcome_at(number, column, tick, self.as_of)

    def _state(self, number: int, column: int, outcome: Signal | Neutral, levels: Callable[[], Sequence[Any]]) -> StateRow:
        document, failed = None, 0
        if self.entries:
            failed = int(self.entries.decided.decisions.failed[number, column])
            if has_entry(self.analysis, number, column):
                values = indicator_values(self.analysis.indicators, number, column)
                computed = computed_json(self.analysis, number, column, levels()[number], values)
                document = {**computed, "reasons": [why.as_json() for why in reasons_of(outcome)]}
        return state_of(self.analysis, number, column, outcome, failed, document)

    def _setup(self, entries: Entries, number: int, column: int) -> list[Setup]:
        direction = int(entries.directions[number, column])
        tick = self.ticks.get(self.analysis.symbols[number])
        if direction == 0 or tick is None or tick <= 0:
            return []
        close, distance = (float(grid[number, column]) for grid in (self.analysis.close, entries.decided.decisions.distance))
        laid = plan(direction, close, distance, tick, entries.decided.rules)
        if not isinstance(laid, Plan):
            return []
        ratio = float(entries.week.range_ratio[number, column])
        return [setup_of(entries.decided, number, column, direction, laid, ratio, self.as_of)]


def look(candles: Candles, columns: int, higher: Higher, rules: SetupRules) -> tuple[Analysis, Entries | None]:
    """Analyse the newest closes of a grid, and what stands above them where entries are taken.

    Args:
        candles: of one timeframe.
        columns: how many of the newest closes to look at.
        higher: reads the states of higher timeframes.
        rules: of setups.
    """
    analysis = analyse(candles, columns)
    if analysis.timeframe not in ENTRY_TIMEFRAMES:
        return analysis, None
    day = _standing(higher, Timeframe.D1, analysis, analysis.symbols)
    four_hour = _standing(higher, Timeframe.H4, analysis, analysis.symbols)
    gate = _standing(higher, Timeframe.D1, analysis, (rules.gate_symbol,))
    decided = DecidedCloses(analysis, day, four_hour, gate, decide(analysis, day, four_hour, gate, rules), rules)
    week = week_before(candles, columns)
    hour = factors = None
    if analysis.timeframe is Timeframe.M15:
        hour = _standing(higher, Timeframe.H1, analysis, analysis.symbols)
        factors = candle_factors(analysis, day, four_hour, hour, week, FactorRules())
    return analysis, Entries(decided, week, setup_directions(decided), hour, factors)


def _standing(higher: Higher, timeframe: Timeframe, analysis: Analysis, symbols: tuple[str, ...]) -> Standing:
    closes = analysis.close_time
    first, last = (datetime.fromtimestamp(int(closes[end]) / 1000, UTC) for end in (0, -1))
    return standing_of(timeframe, symbols, closes, higher(timeframe, symbols, first, last))


def _readings(entries: Entries, symbols: Sequence[str], column: int, close: datetime) -> list[list[FactorReading]]:
    """Return what the candles of each symbol say at one close, as far as it is known."""
    found: list[list[FactorReading]] = [[] for _ in symbols]
    if entries.factors is None:
        return found
    said, stale_at = entries.factors, close + READING_LIFE
    voices = (
        (Factor.TECHNICAL, TRENDS, said.technical, _trends_evidence),
        (Factor.MOMENTUM, MOVES, said.momentum, _moves_evidence),
    )
    for factor, source, grid, evidence in voices:
        values, confidences = grid.value[:, column].tolist(), grid.confidence[:, column].tolist()
        known = np.flatnonzero(np.isfinite(grid.value[:, column]))
        for number, why in zip(known.tolist(), evidence(said, known, column), strict=True):
            found[number].append(
                FactorReading(
                    symbol=symbols[number],
                    factor=factor,
                    source=source,
                    value=values[number],
                    confidence=confidences[number],
                    as_of=close,
                    stale_at=stale_at,
                    evidence=why,
                )
            )
    return found


def _trends_evidence(said: CandleFactors, rows: NDArray[np.intp], column: int) -> Iterator[dict[str, Any]]:
    """Yield direction and strength of each trend of some rows; None for one that is unknown."""
    trends = []
    for one in said.trends:
        directions, strengths = one.direction[rows, column].tolist(), one.strength[rows, column].tolist()
        trends.append([
            [int(direction), round(strength, 4)] if isfinite(direction) else None
            for direction, strength in zip(directions, strengths, strict=True)
        ])  # fmt: skip
    for row in zip(*trends, strict=True):
        yield dict(zip(NAMES, row, strict=True))


def _moves_evidence(said: CandleFactors, rows: NDArray[np.intp], column: int) -> Iterator[dict[str, Any]]:
    """Yield the moves of a day and a week, the daily range and the volume against its norm, all as fractions."""
    moved = said.moved
    grids = (moved.close, moved.day_ago, moved.week_ago, moved.daily_range, moved.volume_ratio)
    for close, day_ago, week_ago, span, ratio in zip(*(grid[rows, column].tolist() for grid in grids), strict=True):
        yield {
            "day": round(close / day_ago - 1, 4),
            "week": round(close / week_ago - 1, 4),
            "range": round(span / close, 4),
            "volume": round(ratio, 3) if isfinite(ratio) else None,
        }


def awaited_symbols(entries: Entries, column: int, as_of: datetime) -> dict[int, Reason]:
    """Return which symbols should wait, and why: a higher timeframe closed moments ago and its candle is not there yet."""
    decided = entries.decided
    closed = int(decided.analysis.close_time[column])
    symbols = decided.analysis.symbols
    found: dict[int, Reason] = {}
    above = [*([entries.hour] if entries.hour else []), decided.four_hour, decided.day, decided.gate]
    for standing in above:  # the last one names the reason
        span = standing.timeframe.milliseconds
        if as_of - datetime.fromtimestamp(closed // span * span / 1000, UTC) >= PATIENCE:
            continue
        for row in np.flatnonzero(standing.late[:, column] == 1).tolist():
            if standing is decided.gate:
                why = late_reason(decided.rules.gate_symbol, standing.timeframe.value, 1)
                found |= dict.fromkeys(range(len(symbols)), why)
            else:
                found[row] = late_reason(symbols[row], standing.timeframe.value, 1)
    return found
