"""Settle a trade over a run of prices: a minute, a gap of candles, months. The same function serves them all.

Rules, in the order they are asked at each price:
1. The stop is asked first, also when the same candle reached a target, and also when it opened beyond one.
2. A candle that opens at or beyond the stop fills at its open, at the time it opens; else the stop fills at its level, at the
   time the candle closes.
3. Targets fill at their level, nearest first, at the time the candle closes; a gap beyond a target gives no better price.
4. After the first target the stop stands at the entry's price, from the next price on.
5. Every fill has slippage against the trader and a fee.
6. A price seen while its candle is still forming can meet the stop only: a target waits for the candle's close, for the same
   candle may hold the stop. So whoever watches live fills the same parts for the same reasons as whoever replays the candles.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from functions.paper.settling.exact import exact
from functions.paper.settling.position import TARGET_REASONS, Fill, Position, Side, Terms, exit_price, leave
from functions.paper.settling.prices import Bar


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


@exact
def settle(position: Position, bars: Iterable[Bar], terms: Terms, latest: Bar | None = None) -> Settlement:
    """Return what `bars` make of `position`, and then the latest price.

    Args:
        position: as it is before the first bar.
        bars: in order of time, all after the entry (`Bar.seen_from`). Cut into pieces the run gives the same fills.
        terms: tick, lot, fee, slippage.
        latest: a price after them, of a candle that is still forming.
    """
    steps: list[Step] = []
    for bar in bars:
        if not position.quantity:
            break
        stopped = _meet_stop(position, bar, terms)
        if stopped:
            position = stopped.after
            steps.append(stopped)
        else:
            position, taken = _meet_targets(position, bar, terms)
            steps += taken
    if position.quantity and latest and (stopped := _meet_stop(position, latest, terms)):
        position = stopped.after
        steps.append(stopped)
    return Settlement(position, tuple(steps))


def _meet_stop(position: Position, bar: Bar, terms: Terms) -> Step | None:
    falling = position.side is Side.LONG
    standing_stop = position.stop_at(bar.opened_at)
    if standing_stop is None or not _reached(standing_stop[0], by=bar.low if falling else bar.high, falling=falling):
        return None
    stop, reason = standing_stop
    gap = _reached(stop, by=bar.open, falling=falling)
    level, at = (bar.open, bar.opened_at) if gap else (stop, bar.closed_at)
    after, fill = leave(position, position.quantity, exit_price(position.side, level, terms), at, reason, terms)
    return Step(fill, after)


def _meet_targets(position: Position, bar: Bar, terms: Terms) -> tuple[Position, list[Step]]:
    falling = position.side is Side.SHORT
    best = bar.low if falling else bar.high
    steps: list[Step] = []
    while position.quantity and position.targets_hit < len(position.targets):
        if not _reached(position.targets[position.targets_hit], by=best, falling=falling):
            break
        position, step = _take_target(position, bar.closed_at, terms)
        steps += [step] if step else []
    return position, steps


def _reached(level: Decimal, *, by: Decimal, falling: bool) -> bool:
    return by <= level if falling else by >= level


def _take_target(position: Position, at: datetime, terms: Terms) -> tuple[Position, Step | None]:
    number = position.targets_hit
    last = number + 1 == len(position.targets)
    quantity = position.quantity if last else min(position.target_quantity, position.quantity)
    moved = replace(position, targets_hit=number + 1)
    if number == 0 and terms.break_even:
        moved = replace(moved, break_even_from=at)
    # With fewer lots than targets the first ones close nothing and only move the stop.
    if not quantity:
        return moved, None
    level = exit_price(position.side, position.targets[number], terms)
    after, fill = leave(moved, quantity, level, at, TARGET_REASONS[number], terms)
    return after, Step(fill, after)
