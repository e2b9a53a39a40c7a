"""Every fall from a high: how deep it was, and how long it took to come back."""

from dataclasses import dataclass

import numpy as np

from functions.arrays import FloatArray
from functions.performance.metrics.equity import growth, underwater


@dataclass(frozen=True, slots=True)
class DrawdownEpisode:
    """One fall; days are counted from the start of the curve, which is 0, so day 1 ends first.

    Args:
        peak: day of the high it fell from.
        trough: day of its low.
        recovered: first day at or above the high again; None while it is not.
        depth: a positive fraction of the high.
    """

    peak: int
    trough: int
    recovered: int | None
    depth: float

    def days(self, until: int) -> int:
        """Return how long it lasted, or has lasted by day `until`."""
        return (until if self.recovered is None else self.recovered) - self.peak


def drawdown_episodes(returns: FloatArray) -> list[DrawdownEpisode]:
    """Return every fall of a daily curve, the deepest first."""
    curve = np.concatenate(([1.0], growth(returns)))
    under = np.concatenate(([0.0], underwater(returns)))
    below = under < 0
    starts = np.flatnonzero(below[1:] & ~below[:-1])
    episodes = []
    for start in starts.tolist():
        back = np.flatnonzero(~below[start + 1 :])
        recovered = start + 1 + int(back[0]) if len(back) else None
        trough = start + 1 + int(np.argmin(curve[start + 1 : recovered]))
        episodes.append(DrawdownEpisode(peak=start, trough=trough, recovered=recovered, depth=float(-under[trough])))
    return sorted(episodes, key=lambda episode: (-episode.depth, episode.peak))
