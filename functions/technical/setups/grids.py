"""Decide at every close of an entry timeframe: the gate first, then the coin's daily trend, an entry, and what it would cost.

Whole arrays at a time, `[S, T]`: the backtest asks for all closes, the live scan for the newest, and both run these lines.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from functions.arrays import FloatGrid
from functions.technical.engine.analysis import Analysis
from functions.technical.engine.quality import Problem
from functions.technical.engine.trend import Signs
from functions.technical.setups.rules import SetupRules
from functions.technical.setups.standing import Standing

# How much each part weighs in the confidence; together 1.
DAILY_WEIGHT, FOUR_HOUR_WEIGHT, OWN_TREND_WEIGHT, VOLUME_WEIGHT, HISTOGRAM_WEIGHT = 0.30, 0.30, 0.20, 0.10, 0.10


class Verdict(IntEnum):
    """What came of a close; the first check that fails, in this order, names it."""

    SIGNAL = 0
    PROBLEM = 1
    GATE_LATE = 2
    GATE_UNKNOWN = 3
    GATE_CLOSED = 4
    DAILY_LATE = 5
    DAILY_UNUSABLE = 6
    TREND_AGAINST = 7
    FOUR_HOUR_LATE = 8
    FOUR_HOUR_UNUSABLE = 9
    NO_ENTRY = 10
    OUT_OF_RANGE = 11
    COST_TOO_HIGH = 12

    @property
    def bit(self) -> int:
        """Return its bit in `Decisions.failed`; 0 for SIGNAL, for which nothing failed."""
        return 1 << self.value >> 1 if self.value else 0


@dataclass(frozen=True, slots=True)
class Decisions:
    """The outcome of each close, `[S, T]`.

    `verdict` is the first check that failed and `failed` all of them, a bit each (`Verdict.bit`). `direction` is +1 or -1 where a
    signal is due and 0 elsewhere; `allowed` is the gate's direction; `wanted` the direction the checks were asked about: the
    gate's, and where it allows none the one that the entries of the close point to. `distance` is the stop distance as a fraction
    of the close; `cost` the round-trip cost as a fraction of the stop distance; `confidence` 0..1 (0 without a signal).
    """

    verdict: NDArray[np.int8]
    failed: NDArray[np.int32]
    wanted: Signs
    direction: Signs
    allowed: Signs
    distance: FloatGrid
    cost: FloatGrid
    confidence: FloatGrid


def decide(analysis: Analysis, day: Standing, four_hour: Standing, gate: Standing, rules: SetupRules) -> Decisions:
    """Decide for each close of `analysis`.

    Args:
        analysis: of an entry timeframe, `[S, T]`.
        day: the same symbols' 1d standing at the same closes, `[S, T]`.
        four_hour: their 4h standing.
        gate: the gate symbol's daily standing, `[1, T]`.
        rules: stop, target and cost numbers.
    """
    allowed = np.where(gate.regime_known, gate.regime, 0).astype(np.int8)
    allowed = np.broadcast_to(allowed, analysis.close.shape)
    wanted = np.where(allowed == 0, analysis.entries.side, allowed).astype(np.int8)
    distance = stop_distance(day.atr, four_hour.atr, rules) / analysis.close
    with np.errstate(divide="ignore", invalid="ignore"):
        cost = 2.0 * float(rules.costs.per_side) / distance
    furthest = np.where(wanted > 0, distance, distance * float(rules.targets_r[-1]))
    checks = (
        (Verdict.PROBLEM, analysis.problem != Problem.NONE),
        (Verdict.GATE_LATE, gate.late > 0),
        (Verdict.GATE_UNKNOWN, (gate.late < 0) | ~gate.regime_known | (gate.problem != Problem.NONE)),
        (Verdict.GATE_CLOSED, gate.regime_known & (allowed == 0)),
        (Verdict.DAILY_LATE, day.late > 0),
        (Verdict.DAILY_UNUSABLE, (day.late < 0) | (day.problem != Problem.NONE)),
        (Verdict.TREND_AGAINST, (wanted != 0) & (day.direction != wanted)),
        (Verdict.FOUR_HOUR_LATE, four_hour.late > 0),
        (Verdict.FOUR_HOUR_UNUSABLE, (four_hour.late < 0) | (four_hour.problem != Problem.NONE)),
        (Verdict.NO_ENTRY, ~analysis.entries.any(wanted)),
        (Verdict.OUT_OF_RANGE, ~((distance > 0) & (furthest < 1.0))),
        (Verdict.COST_TOO_HIGH, cost > rules.cost_limit),
    )
    verdict, failed = np.zeros(analysis.close.shape, dtype=np.int8), np.zeros(analysis.close.shape, dtype=np.int32)
    for value, missed in reversed(checks):
        at = np.broadcast_to(missed, verdict.shape)
        verdict[at] = value
        failed[at] |= value.bit
    direction = np.where(verdict == Verdict.SIGNAL, allowed, 0).astype(np.int8)
    return Decisions(
        verdict=verdict,
        failed=failed,
        wanted=wanted,
        direction=direction,
        allowed=allowed,
        distance=distance,
        cost=cost,
        confidence=confidence(direction, analysis, day, four_hour),
    )


def stop_distance(day_atr: FloatGrid, four_hour_atr: FloatGrid, rules: SetupRules) -> FloatGrid:
    """Return the distance of the stop in price, `[S, T]`: the wider of 2 x ATR(1d) and 4 x ATR(4h); NaN when either is unknown.

    Source: the rule study; stops of a 15m or 1h ATR lose after costs with any entry.
    """
    return np.maximum(rules.stop_day_atr * day_atr, rules.stop_four_hour_atr * four_hour_atr)


def confidence(direction: Signs, analysis: Analysis, day: Standing, four_hour: Standing) -> FloatGrid:
    """Return how much of the picture agrees with `direction`, 0..1, `[S, T]`; 0 without a direction. It is no probability.

    0.30 x strength of the daily trend + 0.30 x the 4h trend (its strength when it agrees, half of the share when it has none,
    nothing when it conflicts) + 0.20 x strength of the timeframe's own trend if it agrees + 0.10 for volume above its average +
    0.10 for a MACD histogram on the right side.
    """
    agrees = np.where(four_hour.direction == direction, four_hour.strength, np.where(four_hour.direction == 0, 0.5, 0.0))
    own = np.where(analysis.trend.direction == direction, analysis.trend.strength, 0.0)
    volume = analysis.volume > analysis.indicators.volume_average
    pushed = np.sign(analysis.indicators.macd_histogram) == direction
    total = (
        DAILY_WEIGHT * day.strength
        + FOUR_HOUR_WEIGHT * agrees
        + OWN_TREND_WEIGHT * own
        + VOLUME_WEIGHT * volume
        + HISTOGRAM_WEIGHT * pushed
    )
    return np.where(direction == 0, 0.0, total)
