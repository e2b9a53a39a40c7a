"""The technical factor: the trends of four timeframes as one number, at every close, whether or not an entry fires."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from functions.arrays import FloatGrid
from functions.factors.rules import FactorRules
from functions.factors.value import FactorValue


@dataclass(frozen=True, slots=True)
class TimeframeTrend:
    """The trend of one timeframe at each close, `[S, T]`.

    `direction` is +1 up, -1 down, 0 neither, NaN unknown or late; `strength` 0..1 is how much agrees with it.
    """

    direction: FloatGrid
    strength: FloatGrid


def technical_factor(trends: Sequence[TimeframeTrend], rules: FactorRules) -> FactorValue:
    """Return the weighed mean of the trends, and how little they contradict each other; NaN where no trend is known.

    `value = sum(share * direction * strength) / sum(share)` over the timeframes that are known.
    `confidence = sum(share) - min(share that points up, share that points down)`: a timeframe that is unknown lowers it, and so
    does one that points the other way. Source: own.

    Args:
        trends: of 1d, 4h, 1h and 15m, in this order.
        rules: the share of each.
    """
    known, weighed, up, down = (np.zeros_like(trends[0].direction) for _ in range(4))
    for share, trend in zip(rules.trend_shares, trends, strict=True):
        direction = np.nan_to_num(trend.direction)
        known = known + share * ~np.isnan(trend.direction)
        weighed = weighed + share * direction * np.where(direction == 0, 0.0, trend.strength)
        up = up + share * (direction > 0)
        down = down + share * (direction < 0)
    known = np.where(known > 0, known, np.nan)
    return FactorValue(
        value=np.clip(weighed / known, -1.0, 1.0),
        confidence=np.clip(known - np.minimum(up, down), 0.0, 1.0),
    )
