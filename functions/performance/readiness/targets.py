"""What the plan asks for: of any backtest, of four weeks on paper, and before real money."""

from dataclasses import dataclass
from enum import StrEnum
from math import inf, isnan

PLAN_DAYS = 28  # of automatic paper trading


class Standing(StrEnum):
    """Where a figure stands beside its target."""

    MET = "met"
    MINIMUM = "minimum"  # the target is missed, the critical minimum is not
    MISSED = "missed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Target:
    """One figure and what is asked of it.

    Args:
        figure: its name.
        plan: what the plan asks for; more than that, or less where `above` is false.
        minimum: below it, or above it, the plan ends; None where it names none.
        above: whether more is better.
        most: where too much is as bad as too little: the figure is to lie between `plan` and `most`.
    """

    figure: str
    plan: float
    minimum: float | None
    above: bool = True
    most: float | None = None

    def standing(self, value: float | None) -> Standing:
        """Return where a value stands."""
        if value is None or isnan(value):
            return Standing.UNKNOWN
        if self._beyond(value, self.plan) and (self.most is None or value <= self.most):
            return Standing.MET
        if self.minimum is not None and self._beyond(value, self.minimum):
            return Standing.MINIMUM
        return Standing.MISSED

    def lacking(self, value: float | None) -> float | None:
        """Return how far a value is from what the plan asks for; 0 when it is met, None while it is not known."""
        standing = self.standing(value)
        if value is None or standing is Standing.UNKNOWN:
            return None
        if standing is Standing.MET:
            return 0.0
        return value - self.most if self.most is not None and value > self.most else abs(self.plan - value)

    def _beyond(self, value: float, limit: float) -> bool:
        if self.most is not None:
            return value >= limit
        return value > limit if self.above else value < limit


TRADING = (
    Target("win_rate", plan=0.55, minimum=0.45),
    Target("profit_factor", plan=1.5, minimum=1.2),
    Target("max_drawdown", plan=0.10, minimum=0.20, above=False),
    Target("sharpe", plan=1.5, minimum=1.0),
)
OPERATION = (
    Target("uptime", plan=0.99, minimum=0.95),
    Target("latency_s", plan=30, minimum=60, above=False),
    Target("signals_a_day", plan=3, minimum=1, most=10),
    Target("excess_return", plan=0.0, minimum=None),
)
REAL_MONEY = (
    Target("days", plan=PLAN_DAYS, minimum=None, most=inf),
    Target("uptime", plan=0.99, minimum=None),
    Target("profit_factor", plan=1.3, minimum=None),
    Target("max_drawdown", plan=0.15, minimum=None, above=False),
    Target("trades", plan=50, minimum=None, most=inf),
)
