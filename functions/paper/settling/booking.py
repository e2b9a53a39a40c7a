"""How much a fill books, once it is known what happened: a target taken, a stop met, all that is left sold at the market."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from functions.paper.settling.exact import exact
from functions.paper.settling.position import TARGET_REASONS, Fill, FillReason, Position, Terms, exit_price, leave


@dataclass(frozen=True, slots=True)
class Step:
    """One fill, and what is held after it."""

    fill: Fill
    after: Position


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a run of prices made of a position: its steps in order of time, and what is held in the end.

    `position` can be further than the last step: a target that closes nothing still moves the stop.
    """

    position: Position
    steps: tuple[Step, ...]

    @property
    def fills(self) -> tuple[Fill, ...]:
        """Return the fills in order of time."""
        return tuple(step.fill for step in self.steps)


@dataclass(frozen=True, slots=True)
class Ending:
    """What ended a trade before its last target: why, when, and where the market was."""

    reason: FillReason
    at: datetime
    level: Decimal


def end(position: Position, ending: Ending, terms: Terms) -> Step:
    """Close all that is held at the market, which is at the ending's level."""
    paid = exit_price(position.side, ending.level, terms)
    after, fill = leave(position, position.quantity, paid, ending.at, ending.reason, terms)
    return Step(fill, after)


@exact
def take_target(position: Position, at: datetime, terms: Terms) -> tuple[Position, Step | None]:
    """Take the next target; with fewer lots than targets the first ones close nothing and only move the stop."""
    number = position.targets_hit
    last = number + 1 == len(position.targets)
    quantity = position.quantity if last else min(position.target_quantity, position.quantity)
    even_from = at if number == 0 and terms.break_even else position.break_even_from
    moved = replace(position, targets_hit=number + 1, break_even_from=even_from)
    if not quantity:
        return moved, None
    target = position.targets[number]
    level = target if terms.by_limit else exit_price(position.side, target, terms)
    after, fill = leave(moved, quantity, level, at, TARGET_REASONS[number], terms)
    return after, Step(fill, after)


@exact
def book(position: Position, targets_at: Sequence[datetime], ending: Ending | None, terms: Terms) -> Settlement:
    """Return the settlement of a position whose next targets were reached at `targets_at`, and that ended so, if it has.

    Nothing is booked any more once nothing is held.
    """
    steps: list[Step] = []
    for at in targets_at:
        if not position.quantity:
            break
        position, step = take_target(position, at, terms)
        steps += [step] if step else []
    if position.quantity and ending:
        steps.append(end(position, ending, terms))
        position = steps[-1].after
    return Settlement(position, tuple(steps))
