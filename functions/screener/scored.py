"""A screening in the order of the newest scores: the screening says which pairs are worth a look, the score which come first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from functions.factors.reading import Factor
from functions.reasons import Reason, reason
from functions.screener.reasons import Code
from functions.screener.stored import StoredPick


@dataclass(frozen=True, slots=True)
class CoinScore:
    """A coin's newest score: 0..100, share of all weight known, and the points of each known factor from 50."""

    score: float
    coverage: float
    points: Mapping[Factor, float]


@dataclass(frozen=True, slots=True)
class RankedPick:
    """A pick at its place in the order of scores; `score` is None for a coin without a fresh one."""

    rank: int
    pick: StoredPick
    score: CoinScore | None

    @property
    def reasons(self) -> list[dict[str, Any]]:
        """Return the score and the share of each factor, the largest first; then what the daily candles say."""
        return [*(why.as_json() for why in _shares(self.score)), *self.pick.reasons]


def by_score(picks: Iterable[StoredPick], scores: Mapping[str, CoinScore]) -> list[RankedPick]:
    """Return the picks, the highest score first; those without a score follow as the screening ranked them."""
    ordered = sorted(picks, key=lambda pick: (pick.symbol not in scores, -_score(pick, scores), pick.rank))
    return [RankedPick(rank, pick, scores.get(pick.symbol)) for rank, pick in enumerate(ordered, start=1)]


def _score(pick: StoredPick, scores: Mapping[str, CoinScore]) -> float:
    found = scores.get(pick.symbol)
    return 0.0 if found is None else found.score


def _shares(score: CoinScore | None) -> Iterable[Reason]:
    if score is None:
        return
    yield reason(Code.SCORE, score=round(score.score, 1), coverage=round(score.coverage, 4))
    for factor, points in sorted(score.points.items(), key=lambda share: -abs(share[1])):
        yield reason(Code.FACTOR_SHARE, factor=factor.value, points=round(points, 1))
