"""What stands beside each figure: its interval, and the same figure by an independent library."""

from collections.abc import Callable, Collection, Mapping

import numpy as np

from functions.arrays import FloatArray
from functions.outcomes.sequences import Interval
from functions.performance.metrics.equity import FIGURES
from functions.performance.metrics.summary import Track
from functions.performance.metrics.trades import DAY, expectancy, profit_factor, win_rate
from functions.performance.statistics.bootstrap import DRAWS, curve_intervals, trade_intervals

OF_TRADES: Mapping[str, Callable[[FloatArray], float]] = {
    "win_rate": win_rate,
    "profit_factor": profit_factor,
    "profit_factor_r": profit_factor,
    "expectancy_r": expectancy,
    "expectancy": expectancy,
}


WITH_INTERVAL = (*FIGURES, *OF_TRADES)


def intervals(
    track: Track, names: Collection[str] = WITH_INTERVAL, *, level: float = 0.9, draws: int = DRAWS, seed: int = 0
) -> Mapping[str, Interval | None]:
    """Return the bootstrap interval of the figures that are named; None where there is too little for it."""
    trades = track.trades
    in_r = ("profit_factor_r", "expectancy_r")
    values = {name: trades.r if name in in_r else trades.profit for name in OF_TRADES}
    curve = {name: figure for name, figure in FIGURES.items() if name in names}
    each = {name: figure for name, figure in OF_TRADES.items() if name in names}
    of_curve = curve_intervals(track.returns, curve, level=level, draws=draws, seed=seed)
    of_trades = trade_intervals(trades.closed_at // DAY, values, each, level=level, draws=draws, seed=seed)
    return {**of_curve, **of_trades}


def by_library(returns: FloatArray) -> Mapping[str, float]:
    """Return each figure of a daily curve as `empyrical-reloaded` has it with 365 days a year; its drawdown made positive."""
    import empyrical

    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "total_return": float(empyrical.cum_returns_final(returns)),
            "cagr": float(empyrical.cagr(returns, annualization=365)),
            "volatility": float(empyrical.annual_volatility(returns, annualization=365)),
            "sharpe": float(empyrical.sharpe_ratio(returns, annualization=365)),
            "sortino": float(empyrical.sortino_ratio(returns, annualization=365)),
            "max_drawdown": 0.0 - float(empyrical.max_drawdown(returns)),
            "calmar": float(empyrical.calmar_ratio(returns, annualization=365)),
        }
