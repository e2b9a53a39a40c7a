"""When a probability has moved: it stands more than ten points from where it was, in two reads or with trades behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.polymarket.rules import OddsRules


@dataclass(frozen=True, slots=True)
class Seen:
    """One read of a market's probability; None where it could not be told, `settling` when it is past its end."""

    at: datetime
    probability: float | None
    settling: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """A change of probability from `before` (at `since`) to `after`; `stands` when an earlier read showed it too."""

    since: datetime
    before: float
    after: float
    stands: bool

    @property
    def up(self) -> bool:
        """Tell whether the probability rose."""
        return self.after > self.before


def move_of(history: Sequence[Seen], told_at: datetime | None, rules: OddsRules) -> Move | None:
    """Return the move that the newest read shows, None without one.

    It is compared with the read of the window that lies farthest away, none earlier than what was told last. Each read counts as
    the middle one of itself and its two neighbours: one absurd quote would else be a move away from it, a day later.

    Args:
        history: reads in order of time, the newest last, from some before the window on.
        told_at: of the last move that was told; its read is ground by itself.
        rules: what a move is.
    """
    reads = [(seen.at, seen.probability) for seen in history if seen.probability is not None]
    if not reads or reads[-1][0] != history[-1].at or history[-1].settling:
        return None
    newest_at, newest = reads[-1]
    if not 1 - rules.decided < newest < rules.decided:
        return None
    first = newest_at - rules.window if told_at is None else max(newest_at - rules.window, told_at)
    ground = [
        (at, probability if at == told_at else _among_neighbours(reads, place))
        for place, (at, probability) in enumerate(reads[:-1])
        if at >= first
    ]
    if not ground:
        return None
    since, before = max(ground, key=lambda read: abs(read[1] - newest))
    if not _beyond(newest - before, rules):
        return None
    began = newest_at
    for at, probability in reversed(reads):
        if at <= since or not _beyond((probability - before) * (1 if newest > before else -1), rules, signed=True):
            break
        began = at
    return Move(since, before, newest, newest_at - began >= rules.least_stand)


def _among_neighbours(reads: Sequence[tuple[datetime, float]], place: int) -> float:
    """Return the middle of a read and those beside it; of the first read and the one beside it that nearer to the newest."""
    if place == 0:
        return min((reads[0][1], reads[1][1]), key=lambda value: abs(value - reads[-1][1]))
    return sorted(value for _, value in reads[place - 1 : place + 2])[1]


def _beyond(shift: float, rules: OddsRules, *, signed: bool = False) -> bool:
    return round(shift if signed else abs(shift), 9) > rules.move
