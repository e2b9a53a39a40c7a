"""One close of the grids in words: a `Signal`, or a `Neutral` with its reason."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np

from functions.reasons import Reason, reason
from functions.technical.engine.analysis import Analysis, Indicators
from functions.technical.engine.entries import CHANNEL_CANDLES, MOMENTUM_CANDLES, PULLBACK_LONG, PULLBACK_SHORT
from functions.technical.engine.quality import Problem
from functions.technical.setups.grids import Decisions, Verdict
from functions.technical.setups.reasons import Code, gate_reason, late_reason, problem_reason
from functions.technical.setups.rules import SetupRules
from functions.technical.setups.signal import Direction, Neutral, Plan, Signal, plan
from functions.technical.setups.standing import Standing

TREND_WORDS = {1: "up", -1: "down", 0: "flat"}


@dataclass(frozen=True, slots=True)
class DecidedCloses:
    """The closes of one entry timeframe: their analysis, the standing of 1d, 4h and the gate, and what was decided."""

    analysis: Analysis
    day: Standing
    four_hour: Standing
    gate: Standing
    decisions: Decisions
    rules: SetupRules

    def outcome_at(self, symbol: int, column: int, tick: Decimal | None, as_of: datetime) -> Signal | Neutral:
        """Return the signal of one close, or why there is none; `as_of` becomes the signal's `created_at`."""
        cell = (symbol, column)
        verdict = Verdict(int(self.decisions.verdict[cell]))
        if verdict != Verdict.SIGNAL:
            return self._neutral(cell, self._why_not(verdict, cell))
        if tick is None or tick <= 0:
            return self._neutral(cell, reason(Code.TICK_UNKNOWN, symbol=self.analysis.symbols[symbol]))
        sign = int(self.decisions.direction[cell])
        prices = plan(sign, float(self.analysis.close[cell]), float(self.decisions.distance[cell]), tick, self.rules)
        if isinstance(prices, Reason):
            return self._neutral(cell, prices)
        return self._signal(cell, sign, prices, as_of)

    def _signal(self, cell: tuple[int, int], sign: int, prices: Plan, as_of: datetime) -> Signal:
        analysis = self.analysis
        closed = close_moment(analysis, cell[1])
        return Signal(
            symbol=analysis.symbols[cell[0]],
            direction=Direction.of(sign),
            timeframe=analysis.timeframe,
            close_time=closed,
            confidence=round(float(self.decisions.confidence[cell]), 4),
            plan=prices,
            reasons=tuple(self.reasons_for(cell, sign)),
            indicators=indicator_values(analysis.indicators, *cell),
            created_at=as_of,
            expires_at=closed + self.rules.life_candles * analysis.timeframe.span,
        )

    def _neutral(self, cell: tuple[int, int], why: Reason) -> Neutral:
        return Neutral(self.analysis.symbols[cell[0]], self.analysis.timeframe, close_moment(self.analysis, cell[1]), why)

    def reasons_for(self, cell: tuple[int, int], sign: int) -> list[Reason]:
        """Return what speaks for and against a direction, the most important first; of the gate only that it is open."""
        distance, cost = float(self.decisions.distance[cell]), float(self.decisions.cost[cell])
        reasons = [
            *([gate_reason(self.rules.gate_symbol, sign)] if self.decisions.allowed[cell] == sign else []),
            reason(
                Code.DAILY_TREND,
                trend=TREND_WORDS[int(self.day.direction[cell])],
                strength=round(float(self.day.strength[cell]), 4),
            ),
            *self._entries(cell, sign),
            self._four_hour(cell, sign),
            *self._own(cell, sign),
        ]
        stop = {"day": self.rules.stop_day_atr, "four": self.rules.stop_four_hour_atr}
        reasons.append(reason(Code.STOP_BASIS, distance=round(distance, 4), **stop))
        if cost > self.rules.cost_warning:
            reasons.append(reason(Code.COST_WARNING, cost=round(cost, 4)))
        if sign < 0 and self.rules.short_allowed:
            reasons.append(reason(Code.SHORT_ALLOWED))
        return reasons

    def _entries(self, cell: tuple[int, int], sign: int) -> list[Reason]:
        events = self.analysis.entries
        line = PULLBACK_LONG if sign > 0 else PULLBACK_SHORT
        reasons = []
        if events.breakout[cell] == sign:
            reasons.append(reason(Code.ENTRY_BREAKOUT, candles=CHANNEL_CANDLES))
        if events.pullback[cell] == sign:
            reasons.append(reason(Code.ENTRY_PULLBACK, rsi=round(float(self.analysis.indicators.rsi[cell]), 1), line=line))
        if events.momentum[cell] == sign:
            reasons.append(reason(Code.ENTRY_MOMENTUM, candles=MOMENTUM_CANDLES))
        return reasons

    def _four_hour(self, cell: tuple[int, int], sign: int) -> Reason:
        trend = int(self.four_hour.direction[cell])
        if trend == sign:
            return reason(Code.FOUR_HOUR_AGREES, strength=round(float(self.four_hour.strength[cell]), 4))
        return reason(Code.FOUR_HOUR_CONFLICTS if trend else Code.FOUR_HOUR_FLAT)

    def _own(self, cell: tuple[int, int], sign: int) -> list[Reason]:
        """Return what the entry timeframe itself adds to the confidence: its trend, its volume, its MACD histogram."""
        analysis, trend = self.analysis, int(self.analysis.trend.direction[cell])
        about = {"timeframe": analysis.timeframe.value}
        if trend == sign:
            reasons = [reason(Code.OWN_TREND_AGREES, **about, strength=round(float(analysis.trend.strength[cell]), 4))]
        else:
            reasons = [reason(Code.OWN_TREND_CONFLICTS if trend else Code.OWN_TREND_FLAT, **about)]
        volume, average = float(analysis.volume[cell]), float(analysis.indicators.volume_average[cell])
        if volume > average:
            reasons.append(reason(Code.VOLUME_ABOVE, times=round(volume / average, 2)))
        if np.sign(analysis.indicators.macd_histogram[cell]) == sign:
            reasons.append(reason(Code.HISTOGRAM_AGREES))
        return reasons

    def _why_not(self, verdict: Verdict, cell: tuple[int, int]) -> Reason:
        symbol = self.analysis.symbols[cell[0]]
        if verdict == Verdict.PROBLEM:
            return problem_reason(Problem(int(self.analysis.problem[cell])), symbol, self.analysis.timeframe.value)
        if verdict == Verdict.GATE_LATE:
            return _late(self.rules.gate_symbol, self.gate, (0, cell[1]))
        if verdict in (Verdict.DAILY_LATE, Verdict.FOUR_HOUR_LATE):
            return _late(symbol, self.day if verdict == Verdict.DAILY_LATE else self.four_hour, cell)
        if verdict in (Verdict.DAILY_UNUSABLE, Verdict.FOUR_HOUR_UNUSABLE):
            return _unusable(symbol, self.day if verdict == Verdict.DAILY_UNUSABLE else self.four_hour, cell)
        return self._ruled_out(verdict, cell)

    def _ruled_out(self, verdict: Verdict, cell: tuple[int, int]) -> Reason:
        """Return the reason when the data were sound and a rule said no."""
        allowed = Direction.of(int(self.decisions.allowed[cell])).value
        match verdict:
            case Verdict.GATE_UNKNOWN:
                return reason(Code.GATE_UNKNOWN, symbol=self.rules.gate_symbol)
            case Verdict.GATE_CLOSED:
                return gate_reason(self.rules.gate_symbol, 0)
            case Verdict.TREND_AGAINST:
                return reason(Code.TREND_AGAINST, trend=TREND_WORDS[int(self.day.direction[cell])], direction=allowed)
            case Verdict.NO_ENTRY:
                return reason(Code.NO_ENTRY, direction=allowed)
            case Verdict.OUT_OF_RANGE:
                return reason(Code.OUT_OF_RANGE, distance=round(float(np.nan_to_num(self.decisions.distance[cell])), 4))
            case _:
                return reason(Code.COST_TOO_HIGH, cost=round(float(self.decisions.cost[cell]), 4), limit=self.rules.cost_limit)


def _late(symbol: str, standing: Standing, cell: tuple[int, int]) -> Reason:
    return late_reason(symbol, standing.timeframe.value, int(standing.late[cell]))


def _unusable(symbol: str, standing: Standing, cell: tuple[int, int]) -> Reason:
    why = reason(Code.NO_STATE)
    if standing.late[cell] >= 0:
        why = problem_reason(Problem(int(standing.problem[cell])), symbol, standing.timeframe.value)
    return reason(Code.HIGHER_UNUSABLE, symbol=symbol, timeframe=standing.timeframe.value, problem=why)


def context_only(analysis: Analysis, symbol: int, column: int) -> Neutral:
    """Return why a close of a timeframe without entries has no signal."""
    problem = Problem(int(analysis.problem[symbol, column]))
    name, timeframe = analysis.symbols[symbol], analysis.timeframe
    why = reason(Code.CONTEXT_ONLY, timeframe=timeframe.value)
    if problem != Problem.NONE:
        why = problem_reason(problem, name, timeframe.value)
    return Neutral(name, timeframe, close_moment(analysis, column), why)


IndicatorValues = dict[str, float | None]
# OBV's level depends on where its candles begin, which no reader of these values can know; its change does not.
SHOWN = tuple(field.name for field in fields(Indicators) if field.name != "obv")


def indicator_rows(values: Indicators, column: int, symbols: slice = slice(None)) -> list[IndicatorValues]:
    """Return the indicators of one column by name, a dict a symbol; None where one is not defined."""
    table = np.stack([getattr(values, name)[symbols, column] for name in SHOWN], axis=1)
    rows = table.astype(object)
    rows[~np.isfinite(table)] = None
    return [dict(zip(SHOWN, row, strict=True)) for row in rows.tolist()]


def indicator_values(values: Indicators, symbol: int, column: int) -> IndicatorValues:
    """Return the indicators of one cell by name."""
    return indicator_rows(values, column, slice(symbol, symbol + 1))[0]


def close_moment(analysis: Analysis, column: int) -> datetime:
    """Return when the candles of one column closed."""
    return datetime.fromtimestamp(int(analysis.close_time[column]) / 1000, UTC)
