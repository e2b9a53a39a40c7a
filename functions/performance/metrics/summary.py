"""All figures of an account over a span, in one go."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from functions.arrays import FloatArray
from functions.performance.metrics import equity as curves
from functions.performance.metrics.trades import (
    DAY,
    TradeOutcomes,
    expectancy,
    exposure,
    profit_factor,
    turnover,
    win_rate,
)


@dataclass(frozen=True, slots=True)
class Track:
    """What an account did over a span of whole UTC days.

    Args:
        first_day: UTC day that the first return belongs to.
        start: equity before it.
        equity: `[T]`, at the end of each day.
        trades: that were closed in the span.
    """

    first_day: date
    start: float
    equity: FloatArray
    trades: TradeOutcomes

    @property
    def returns(self) -> FloatArray:
        """Return what each day did, `[T]`."""
        return curves.daily_returns(self.start, self.equity)


def measure(track: Track) -> Mapping[str, float]:
    """Return every figure of `DEFINITIONS` by its name; NaN where there is nothing to compute it of."""
    days, trades, returns = len(track.equity), track.trades, track.returns
    since = (track.first_day - date(1970, 1, 1)).days * DAY
    return {
        **{name: figure(returns) for name, figure in curves.FIGURES.items()},
        "trades": float(len(trades.profit)),
        "win_rate": win_rate(trades.profit),
        "profit_factor": profit_factor(trades.profit),
        "profit_factor_r": profit_factor(trades.r),
        "expectancy_r": expectancy(trades.r),
        "expectancy": expectancy(trades.profit),
        "exposure": exposure(trades, since, since + days * DAY),
        "turnover": turnover(trades, track.equity),
        "trades_a_day": len(trades.profit) / days if days else np.nan,
    }
