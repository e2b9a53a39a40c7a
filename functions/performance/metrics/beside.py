"""What stands beside each figure: its interval, and the same figure by an independent library."""

from collections.abc import Callable, Collection, Mapping

import numpy as np

from functions.arrays import FloatArray
from functions.outcomes.sequences import Interval
from functions.performance.metrics.equity import FIGURES
from functions.performance.metrics.summary import Track
from functions.performance.metrics.trades import DAY, TradeOutcomes
from functions.performance.statistics.bootstrap import DRAWS, Quotient, curve_intervals, trade_intervals

OF_TRADES: Mapping[str, Callable[[TradeOutcomes], Quotient]] = {
    "win_rate": lambda trades: Quotient((trades.profit > 0).astype(float), np.ones(len(trades.profit))),
    "profit_factor": lambda trades: _gains_over_losses(trades.profit),
    "profit_factor_r": lambda trades: _gains_over_losses(trades.r),
    "expectancy_r": lambda trades: _mean(trades.r),
    "expectancy": lambda trades: _mean(trades.profit),
}
WITH_INTERVAL = (*FIGURES, *OF_TRADES)


def intervals(
    track: Track, names: Collection[str] = WITH_INTERVAL, *, level: float = 0.9, draws: int = DRAWS, seed: int = 0
) -> Mapping[str, Interval | None]:
    """Return the bootstrap interval of the figures that are named; None where there is too little for it."""
    curve = {name: figure for name, figure in FIGURES.items() if name in names}
    of_trades = {name: quotient(track.trades) for name, quotient in OF_TRADES.items() if name in names}
    return {
        **curve_intervals(track.returns, curve, level=level, draws=draws, seed=seed),
        **trade_intervals(track.trades.closed_at // DAY, of_trades, level=level, draws=draws, seed=seed),
    }


def _gains_over_losses(earned: FloatArray) -> Quotient:
    known = np.nan_to_num(earned)
    return Quotient(np.maximum(known, 0), np.maximum(-known, 0))


def _mean(earned: FloatArray) -> Quotient:
    return Quotient(np.nan_to_num(earned), (~np.isnan(earned)).astype(float))


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
