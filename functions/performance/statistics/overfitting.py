"""How often the best of the past is one of the worse half afterwards (Bailey, Borwein, Lopez de Prado, Zhu 2015)."""

from functions.arrays import FloatGrid
from functions.errors import InputRejected

SPLITS = 10  # 252 ways to choose one half of the time


def probability_of_overfitting(returns: FloatGrid, splits: int = SPLITS) -> float:
    """Return the probability that the best configuration of one half of the time lies below the median in the other half.

    0.5 is what a choice among equals gives; near 0 the choice lasts.

    Args:
        returns: `[N, T]`, of every configuration that was tried, on the same days.
        splits: blocks that the time is cut into; every half of them is the past once.

    Raises:
        InputRejected: fewer than two configurations, or fewer than two days a block.
    """
    from purgedcv import probability_of_backtest_overfitting

    if returns.shape[0] < 2 or returns.shape[1] < 2 * splits:
        raise InputRejected("too_few_trials", f"expected 2 configurations and {2 * splits} days, got {returns.shape}")
    return float(probability_of_backtest_overfitting(returns, n_splits=splits, metric=_sharpe).pbo)


def _sharpe(returns: FloatGrid) -> float:
    deviation = float(returns.std())
    return float(returns.mean()) / deviation if deviation > 1e-15 else 0.0
