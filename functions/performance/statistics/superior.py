"""Whether the best of many beats a benchmark by more than the search for it explains (Hansen 2005)."""

from functions.arrays import FloatArray, FloatGrid
from functions.performance.statistics.bootstrap import mean_block


def superiority(returns: FloatGrid, benchmark: FloatArray, *, draws: int = 1000, seed: int = 0) -> float:
    """Return the probability that configurations no better than the benchmark show as much: small is evidence.

    Hansen's test for superior predictive ability, consistent version, with the stationary bootstrap.

    Args:
        returns: `[N, T]`, of every configuration that was tried, on the same days.
        benchmark: `[T]`, what they are to beat; zeros for cash.
        draws: of the bootstrap.
        seed: of the draws.
    """
    from arch.bootstrap import SPA

    moving = returns[(returns != benchmark).any(axis=1)]
    if not len(moving):
        return 1.0
    test = SPA(-benchmark, -moving.T, block_size=mean_block(len(benchmark)), reps=draws, seed=seed)
    test.compute()
    return float(test.pvalues["consistent"])
