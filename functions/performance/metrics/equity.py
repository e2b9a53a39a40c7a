"""The figures of a daily curve. A year has 365 days: the market never closes.

    returns = daily_returns(start=1000.0, equity=curve)  # one a UTC day; the first day's loss counts
    sharpe(returns), max_drawdown(returns)

A return is what a UTC day did to the equity at its beginning, a fraction. A day that is not known is NaN: it counts as a day and
as no move. A figure that does not exist is NaN (nothing to divide), or infinite (a gain without any risk).
"""

from collections.abc import Callable
from math import sqrt

import numpy as np

from functions.arrays import FloatArray

DAYS_A_YEAR = 365


def daily_returns(start: float, equity: FloatArray) -> FloatArray:
    """Return what each day did, `[T]`.

    Args:
        start: equity before the first day.
        equity: `[T]`, at the end of each UTC day, without holes; NaN where it is not known.
    """
    before: FloatArray = np.concatenate((np.array([start]), equity[:-1]))
    known: FloatArray = np.where(np.isnan(before), _last_known(before), before)
    return equity / known - 1.0


def growth(returns: FloatArray) -> FloatArray:
    """Return what 1 USDT became by the end of each day, `[T]`."""
    moves: FloatArray = np.nan_to_num(returns, nan=0.0)
    became: FloatArray = (1.0 + moves).cumprod()
    return became


def total_return(returns: FloatArray) -> float:
    """Return what the whole span did, a fraction; NaN without a day."""
    return float(growth(returns)[-1] - 1) if len(returns) else np.nan


def cagr(returns: FloatArray) -> float:
    """Return the yearly growth that would have made the same, a fraction; NaN without a day and when more than all was lost.

    `(1 + total) ** (365 / days) - 1`
    """
    became = growth(returns)[-1] if len(returns) else np.nan
    return float(became ** (DAYS_A_YEAR / len(returns)) - 1) if became >= 0 else np.nan


def volatility(returns: FloatArray) -> float:
    """Return the standard deviation of a day times the root of 365, a fraction a year; NaN below two days."""
    return _deviation(returns[~np.isnan(returns)]) * sqrt(DAYS_A_YEAR)


def sharpe(returns: FloatArray) -> float:
    """Return the mean day over its standard deviation (n - 1), times the root of 365; no interest is taken off."""
    known = returns[~np.isnan(returns)]
    return _over(float(known.mean()), _deviation(known)) * sqrt(DAYS_A_YEAR) if len(known) > 1 else np.nan


def sortino(returns: FloatArray) -> float:
    """Return the mean day times 365 over the yearly downside: the root of the mean square of losses, gains as 0."""
    if len(returns) < 2 or np.isnan(returns).all():
        return np.nan
    downside = sqrt(np.nanmean(np.minimum(returns, 0.0) ** 2)) * sqrt(DAYS_A_YEAR)
    return _over(float(np.nanmean(returns)) * DAYS_A_YEAR, downside)


def underwater(returns: FloatArray) -> FloatArray:
    """Return how far the equity lies under its highest so far, the start included: `[T]`, 0 or less, a fraction."""
    curve = growth(returns)
    highest = np.maximum(np.maximum.accumulate(curve), 1.0)
    return curve / highest - 1


def max_drawdown(returns: FloatArray) -> float:
    """Return the deepest fall from a high to a later low, a positive fraction; NaN without a day."""
    return float(-underwater(returns).min()) + 0.0 if len(returns) else np.nan


def calmar(returns: FloatArray) -> float:
    """Return CAGR over the deepest drawdown; NaN where there was none."""
    deepest = max_drawdown(returns)
    return cagr(returns) / deepest if deepest > 0 else np.nan


FIGURES: dict[str, Callable[[FloatArray], float]] = {
    "total_return": total_return,
    "cagr": cagr,
    "volatility": volatility,
    "sharpe": sharpe,
    "sortino": sortino,
    "max_drawdown": max_drawdown,
    "calmar": calmar,
}


def _deviation(known: FloatArray) -> float:
    if len(known) < 2:
        return np.nan
    # The mean of equal days may differ from them in the last bit; they vary by nothing.
    return 0.0 if known.min() == known.max() else float(known.std(ddof=1))


def _over(part: float, whole: float) -> float:
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.divide(part, whole))


def _last_known(values: FloatArray) -> FloatArray:
    newest = np.maximum.accumulate(np.where(np.isnan(values), 0, np.arange(len(values))))
    known: FloatArray = values[newest]
    return known
