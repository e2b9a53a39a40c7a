"""Settle a trade over a run of prices, one bar after the other: the plain way, which every other way is proven against.

Rules, in the order they are asked at each price:
1. The stop is asked first, also when the same candle reached a target, and also when it opened beyond one.
2. A candle that opens at or beyond the stop fills at its open, at the time it opens; else the stop fills at its level, at the
   time the candle closes.
3. From the moment an exit is due, the first price seen fills all that is left at its open; nothing later in that candle counts.
4. Targets fill at their level, nearest first, at the time the candle closes; a gap beyond a target gives no better price.
5. After the first target the stop stands at the entry's price, from the next price on.
6. Every fill has slippage against the trader and a fee.
7. A price seen while its candle is still forming can meet the stop or a due exit only: a target waits for the candle's close, for
   the same candle may hold the stop. So whoever watches live fills the same parts for the same reasons as whoever replays the
   candles.
"""

from collections.abc import Iterable
from decimal import Decimal

from functions.paper.settling.booking import Ending, Settlement, Step, end, take_target
from functions.paper.settling.exact import exact
from functions.paper.settling.position import Exit, Position, Side, Terms
from functions.paper.settling.prices import Bar


@exact
def settle(
    position: Position, bars: Iterable[Bar], terms: Terms, latest: Bar | None = None, *, leaves: Exit | None = None
) -> Settlement:
    """Return what `bars` make of `position`, and then the latest price.

    Args:
        position: as it is before the first bar.
        bars: in order of time, all after the entry (`Bar.seen_from`). Cut into pieces the run gives the same fills.
        terms: tick, lot, fee, slippage.
        latest: a price after them, of a candle that is still forming.
        leaves: when and why all that is left is sold at the market; None while nothing but its levels ends the trade.
    """
    steps: list[Step] = []
    for bar in bars:
        if not position.quantity:
            break
        ending = _meet_end(position, bar, leaves)
        if ending:
            steps.append(end(position, ending, terms))
            position = steps[-1].after
        else:
            position, taken = _meet_targets(position, bar, terms)
            steps += taken
    if position.quantity and latest and (ending := _meet_end(position, latest, leaves)):
        steps.append(end(position, ending, terms))
        position = steps[-1].after
    return Settlement(position, tuple(steps))


def _meet_end(position: Position, bar: Bar, leaves: Exit | None) -> Ending | None:
    if leaves is None or bar.opened_at < leaves.at:
        return _meet_stop(position, bar)
    opening = Bar.tick(bar.opened_at, bar.open)
    return _meet_stop(position, opening) or Ending(leaves.reason, bar.opened_at, bar.open)


def _meet_stop(position: Position, bar: Bar) -> Ending | None:
    falling = position.side is Side.LONG
    standing = position.stop_at(bar.opened_at)
    if standing is None or not _reached(standing[0], by=bar.low if falling else bar.high, falling=falling):
        return None
    stop, reason = standing
    gap = _reached(stop, by=bar.open, falling=falling)
    return Ending(reason, bar.opened_at, bar.open) if gap else Ending(reason, bar.closed_at, stop)


def _meet_targets(position: Position, bar: Bar, terms: Terms) -> tuple[Position, list[Step]]:
    falling = position.side is Side.SHORT
    best = bar.low if falling else bar.high
    steps: list[Step] = []
    while position.quantity and position.targets_hit < len(position.targets):
        if not _reached(position.targets[position.targets_hit], by=best, falling=falling):
            break
        position, step = take_target(position, bar.closed_at, terms)
        steps += [step] if step else []
    return position, steps


def _reached(level: Decimal, *, by: Decimal, falling: bool) -> bool:
    return by <= level if falling else by >= level
