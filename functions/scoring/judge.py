"""Setups judged: what the factors say of each, which checks it fails, and why. Pure; live and backtest call the same lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from functions.arrays import FloatGrid
from functions.factors.history import FactorSource, ReadingGrid
from functions.factors.reading import Factor
from functions.market.candles.gaps import from_ms
from functions.market.candles.timeframe import Timeframe
from functions.reasons import Reason
from functions.scoring.combine import Scores
from functions.scoring.document import Side
from functions.scoring.evidence import evidence
from functions.scoring.factor_grids import FactorGrids
from functions.scoring.filters import Rejection, Setups, figures, rejections
from functions.scoring.reasons import rejection_reason
from functions.scoring.rules import ScoreRules


@dataclass(frozen=True, slots=True)
class FoundSetup:
    """A setup as the technical engine left it; `direction` is +1 or -1."""

    symbol: str
    timeframe: Timeframe
    close_time: datetime
    version: int
    direction: int
    entry: Decimal
    stop: Decimal
    targets: tuple[Decimal, ...]
    risk_reward: float
    cost: float
    range_ratio: float | None
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Market:
    """What is known about setups beside their factors, one entry a setup; NaN where it is unknown.

    Attributes:
        regime: direction the gate allows, +1, -1 or 0.
        daily_trend: of the coin, +1, -1 or 0.
        tradable: no stablecoin, currency or leveraged token.
        minutes_since_signal: of the pair; infinity without one.
    """

    regime: NDArray[np.float64]
    daily_trend: NDArray[np.float64]
    tradable: NDArray[np.bool_]
    minutes_since_signal: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of a setup: a signal where nothing failed."""

    setup: FoundSetup
    failed: Rejection
    reasons: tuple[Reason, ...]


def judge(found: Sequence[FoundSetup], factors: FactorGrids, market: Market, rules: ScoreRules) -> list[Judgement]:
    """Judge setups of one moment.

    Args:
        found: N setups.
        factors: what each factor says of their coins at their close, `[N, 1]`.
        market: what else is known of them.
        rules: of the score.
    """
    if not found:
        return []
    promised = float(sum(rules.setups.targets_r) / len(rules.setups.targets_r))
    setups = Setups(
        direction=_column([setup.direction for setup in found]),
        tradable=market.tradable[:, None],
        regime=market.regime[:, None],
        daily_trend=market.daily_trend[:, None],
        range_ratio=_column([setup.range_ratio for setup in found]),
        cost=_column([setup.cost for setup in found]),
        risk_reward=_column([promised] * len(found)),
        minutes_since_signal=market.minutes_since_signal[:, None],
    )
    brought = evidence(factors, setups.direction, rules)
    failed = rejections(setups, brought, rules)
    judged = []
    for number, setup in enumerate(found):
        checks = Rejection(int(failed[number, 0]))
        reasons = tuple(
            rejection_reason(
                check,
                figures(check, setups, brought, (number, 0), rules),
                symbol=setup.symbol,
                direction=setup.direction,
                gate_symbol=rules.setups.gate_symbol,
            )
            for check in checks
        )
        judged.append(Judgement(setup, checks, reasons))
    return judged


def _column(numbers: Sequence[float | None]) -> FloatGrid:
    """Return numbers one below the other, `[N, 1]`; None becomes NaN."""
    return np.array(numbers, dtype=np.float64)[:, None]


@dataclass(frozen=True, slots=True)
class Known:
    """Everything the factors say at some moments: single sources, factors, scores and points, `[S, T]` each.

    The readings have one row more, the last: what is said of the market as a whole.
    """

    readings: Mapping[FactorSource, ReadingGrid]
    factors: FactorGrids
    scores: Scores
    points: Mapping[Factor, FloatGrid]

    def said(self, row: int, column: int, direction: int, rules: ScoreRules) -> list[dict[str, Any]]:
        """Return what each factor says of one coin at one moment, and where that stands on a direction (0 for none).

        They are the JSON of `functions.scoring.document.FactorSaid`: hundreds of rejections a close are written with it.
        """
        return [self._factor(factor, row, column, direction, rules) for factor in Factor]

    def _factor(self, factor: Factor, row: int, column: int, direction: int, rules: ScoreRules) -> dict[str, Any]:
        cell, grid = (row, column), self.factors[factor]
        confidence = float(grid.confidence[cell])
        if not confidence:
            silent: dict[str, Any] = {"value": None, "confidence": 0.0, "points": None, "sources": []}
            return {"factor": factor.value, "side": Side.SILENT.value, **silent}
        value = float(grid.value[cell])
        lean = value * direction
        side = Side.AGREES if lean >= rules.least_lean else Side.AGAINST if lean <= -rules.least_lean else Side.NEUTRAL
        return {
            "factor": factor.value,
            "side": side.value,
            "value": round(value, 4),
            "confidence": round(confidence, 4),
            "points": round(float(self.points[factor][cell]), 2),
            "sources": self._sources(factor, row, column),
        }

    def _sources(self, factor: Factor, row: int, column: int) -> list[dict[str, Any]]:
        """Return the fresh readings of a factor: the coin's own, then the market's."""
        return [
            {
                "source": voice.source,
                "market": place < 0,
                "value": round(float(grid.value[place, column]), 4),
                "confidence": round(float(grid.confidence[place, column]), 4),
                "publishers": int(grid.publishers[place, column]),
                "as_of": from_ms(int(grid.as_of[place, column]) // 1000).isoformat(),
            }
            for place in (row, -1)
            for voice, grid in self.readings.items()
            if voice.factor is factor
            and grid.stale_at[place, column] > grid.moments[column]
            and grid.confidence[place, column] > 0
        ]
