"""The numbers the screener filters and ranks by; docs/screener.md explains each."""

from dataclasses import dataclass
from math import isclose

HISTORY = 1000  # daily candles under a score: what the scan of the watched pairs reads too
SHOWN = 10  # picks of a run that are shown unless more are asked for


@dataclass(frozen=True, slots=True)
class Filters:
    """What a pair must have to be ranked at all.

    Attributes:
        least_turnover: of the last 24 hours, in USDT; a pair needs more.
        widest_spread: ask - bid as a fraction of their middle; a pair needs less.
    """

    least_turnover: float = 1_000_000.0
    widest_spread: float = 0.005


@dataclass(frozen=True, slots=True)
class PartWeights:
    """How much each part weighs in the score; together 1.

    Raises:
        ValueError: a weight is negative, or they are not 1 together.
    """

    trend: float = 0.40
    rsi: float = 0.25
    volume: float = 0.20
    volatility: float = 0.15

    def __post_init__(self) -> None:
        weights = (self.trend, self.rsi, self.volume, self.volatility)
        if min(weights) < 0 or not isclose(sum(weights), 1.0):
            raise ValueError(f"expected weights of 0 or more that are 1 together, got {weights}")


@dataclass(frozen=True, slots=True)
class Plateau:
    """A range that is best: the score rises from 0 at `low` to 1 at `good`, stays 1 up to `fine`, falls to 0 at `high`."""

    low: float
    good: float
    fine: float
    high: float


# A daily range below 1% of the price pays no costs, one above 15% leaves no room for a stop.
HEALTHY_ATR = Plateau(0.01, 0.03, 0.08, 0.15)
# In the direction of the trend: it has paused or begun to run; above 75 it has run already, below 30 it is breaking.
TREND_RSI = Plateau(30.0, 45.0, 60.0, 75.0)
ADX_NONE, ADX_FULL = 20.0, 40.0  # Wilder's line between a trend and none, and twice that
VOLUME_NONE, VOLUME_FULL = 0.5, 4.0  # times the average
