"""A mood that turns: far enough, fast enough, and not by one publisher alone."""

from collections.abc import Mapping
from dataclasses import dataclass

from functions.sentiment.scores.score import Score
from functions.sentiment.scores.statement import MoodRules


@dataclass(frozen=True, slots=True)
class Shift:
    """A change of a score.

    Attributes:
        delta: -2..2.
        movers: publishers that moved its way, with their own changes.
    """

    delta: float
    movers: Mapping[str, float]


def shift(before: Score | None, now: Score | None, rules: MoodRules) -> Shift | None:
    """Return the shift between two scores; None when it is none.

    Args:
        before: the score `rules.shift_span` earlier; where nothing was said, nothing can shift.
        now: the score now.
        rules: how far, and how many publishers.
    """
    if before is None or now is None:
        return None
    delta = now.value - before.value
    side = 1 if delta > 0 else -1
    changes = {name: voice.value - _value(before, name) for name, voice in now.voices.items()}
    movers = {name: change for name, change in changes.items() if change * side >= rules.least_move}
    return Shift(delta, movers) if abs(delta) > rules.shift and len(movers) >= rules.least_movers else None


def _value(said: Score, publisher: str) -> float:
    """Return what a publisher said; 0 when it was silent."""
    return said.voices[publisher].value if publisher in said.voices else 0.0
