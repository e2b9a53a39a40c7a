"""Why a setup is no signal: every check that it fails, each with its figures; the first one is the headline."""

from dataclasses import dataclass
from enum import IntFlag

import numpy as np
from numpy.typing import NDArray

from functions.arrays import BoolGrid, FloatGrid
from functions.scoring.evidence import Evidence
from functions.scoring.rules import ScoreRules


class Rejection(IntFlag):
    """What a setup failed; the lowest one names it."""

    PAIR_EXCLUDED = 1
    GATE_UNKNOWN = 2
    GATE_CLOSED = 4
    TREND_AGAINST = 8
    NO_CONSENSUS = 16
    SCORE_AGAINST = 32
    CONFIDENCE_LOW = 64
    TEXT_AGAINST = 128
    RANGE_TOO_WIDE = 256
    COST_TOO_HIGH = 512
    RISK_REWARD_TOO_LOW = 1024
    COOLDOWN = 2048

    @property
    def headline(self) -> "Rejection":
        """Return the first check that failed.

        Raises:
            ValueError: none did.
        """
        if not self:
            raise ValueError("expected at least one failed check, got none")
        return Rejection(self.value & -self.value)


@dataclass(frozen=True, slots=True)
class Setups:
    """What is known of setups beside the factors, `[S, T]`; NaN where it is unknown.

    Attributes:
        direction: +1 or -1; 0 where there is no setup.
        tradable: no stablecoin, fiat or leveraged token.
        regime: direction the market allows, +1, -1, 0.
        daily_trend: the coin's own, +1, -1, 0.
        range_ratio: ATR over its norm.
        cost: round trip over the stop distance.
        risk_reward: mean of the targets in stop distances, as the rules give them and not as the tick lays them.
        minutes_since_signal: of the pair; infinity without one.
    """

    direction: FloatGrid
    tradable: BoolGrid
    regime: FloatGrid
    daily_trend: FloatGrid
    range_ratio: FloatGrid
    cost: FloatGrid
    risk_reward: FloatGrid
    minutes_since_signal: FloatGrid


def rejections(setups: Setups, factors: Evidence, rules: ScoreRules) -> NDArray[np.int64]:
    """Return every check that each setup fails as bits of `Rejection`, `[S, T]`; 0 is a signal where there is a setup.

    A figure that is unknown fails its check; unknown text contradicts nothing.
    """
    side = setups.direction
    contradicted = (factors.text * side <= -rules.contradiction) & (factors.technical * side >= rules.contradiction)
    passes = {
        Rejection.PAIR_EXCLUDED: setups.tradable,
        Rejection.GATE_UNKNOWN: ~np.isnan(setups.regime),
        Rejection.GATE_CLOSED: np.isnan(setups.regime) | (setups.regime == side),
        Rejection.TREND_AGAINST: setups.daily_trend == side,
        Rejection.NO_CONSENSUS: factors.agreeing >= rules.least_factors,
        Rejection.SCORE_AGAINST: (factors.score - 50.0) * side > 0,
        Rejection.CONFIDENCE_LOW: factors.confidence >= rules.least_confidence,
        Rejection.TEXT_AGAINST: ~contradicted,
        Rejection.RANGE_TOO_WIDE: setups.range_ratio <= rules.range_limit,
        Rejection.COST_TOO_HIGH: setups.cost <= rules.setups.cost_limit,
        Rejection.RISK_REWARD_TOO_LOW: setups.risk_reward >= float(rules.setups.least_risk_reward),
        Rejection.COOLDOWN: rested(setups.minutes_since_signal, rules),
    }
    failed = np.zeros(side.shape, dtype=np.int64)
    for rejection, passed in passes.items():
        failed = failed | np.where(passed, 0, rejection.value)
    return failed


def rested(minutes_since_signal: FloatGrid, rules: ScoreRules) -> BoolGrid:
    """Tell whether the last signal of a pair is long enough ago for another one."""
    return minutes_since_signal >= rules.cooldown_minutes


def cost_warning(setups: Setups, rules: ScoreRules) -> BoolGrid:
    """Tell where a setup's cost passes its limit but deserves a warning, `[S, T]`."""
    return (setups.cost > rules.setups.cost_warning) & (setups.cost <= rules.setups.cost_limit)


def figures(
    rejection: Rejection, setups: Setups, factors: Evidence, cell: tuple[int, int], rules: ScoreRules
) -> dict[str, float | None]:
    """Return the figures of one check of one setup, and its limit, by name; None for an unknown figure."""
    measured: dict[Rejection, dict[str, FloatGrid]] = {
        Rejection.GATE_CLOSED: {"regime": setups.regime},
        Rejection.TREND_AGAINST: {"daily_trend": setups.daily_trend},
        Rejection.NO_CONSENSUS: {"agreeing": factors.agreeing},
        Rejection.SCORE_AGAINST: {"score": factors.score},
        Rejection.CONFIDENCE_LOW: {"confidence": factors.confidence},
        Rejection.TEXT_AGAINST: {"text": factors.text, "technical": factors.technical},
        Rejection.RANGE_TOO_WIDE: {"range_ratio": setups.range_ratio},
        Rejection.COST_TOO_HIGH: {"cost": setups.cost},
        Rejection.RISK_REWARD_TOO_LOW: {"risk_reward": setups.risk_reward},
        Rejection.COOLDOWN: {"minutes_since_signal": setups.minutes_since_signal},
    }
    limits: dict[Rejection, float] = {
        Rejection.NO_CONSENSUS: rules.least_factors,
        Rejection.CONFIDENCE_LOW: rules.least_confidence,
        Rejection.TEXT_AGAINST: rules.contradiction,
        Rejection.RANGE_TOO_WIDE: rules.range_limit,
        Rejection.COST_TOO_HIGH: rules.setups.cost_limit,
        Rejection.RISK_REWARD_TOO_LOW: float(rules.setups.least_risk_reward),
        Rejection.COOLDOWN: rules.cooldown_minutes,
    }
    numbers = {name: float(grid[cell]) for name, grid in measured.get(rejection, {}).items()}
    known = {name: number if np.isfinite(number) else None for name, number in numbers.items()}
    return {**known, "limit": limits[rejection]} if rejection in limits else {**known}
