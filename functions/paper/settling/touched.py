"""What the collector's touches add to the candles: when exactly a level was met, and a stop that no candle shows yet. Pure.

The touches are stored before anybody settles, so a settlement made at once and one made an hour later book the same fills at the
same times. Without a touch, as after a downtime of the collector, a fill has the time at which its candle closes.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from functions.levels.level import Direction, Touch
from functions.market.candles.jumps import is_jump
from functions.paper.settling.advance import FINEST
from functions.paper.settling.booking import Ending, Settlement
from functions.paper.settling.position import TARGET_REASONS, FillReason, Position, Side
from functions.paper.settling.prices import Bar
from functions.paper.trade import Trade

_INSTANT = timedelta(microseconds=1)


def with_touches(forming: Bar | None, touches: Sequence[Touch]) -> Bar | None:
    """Return the open candle with what was touched since it opened: its stream may be a second behind that of prices."""
    if forming is None:
        return None
    for touch in touches:
        inside = forming.opened_at < touch.at < forming.opened_at + FINEST.span
        if inside and not is_jump(forming.close, touch.seen):
            forming = replace(
                forming,
                closed_at=max(forming.closed_at, touch.at),
                low=min(forming.low, touch.seen),
                high=max(forming.high, touch.seen),
            )
    return forming


def stop_in_first_candle(trade: Trade, touches: Sequence[Touch]) -> Ending | None:
    """Return the stop that was touched after the entry, in the candle of the entry: of that candle only the close is known."""
    position, end = trade.position, FINEST.floor(trade.opened_at) + FINEST.span
    if position.stop is None or trade.settled_until != trade.opened_at or trade.opened_at == end - FINEST.span:
        return None
    direction = _against(position.side)
    for touch in touches:
        stopped = touch.level == position.stop and touch.direction is direction and trade.opened_at < touch.at < end
        if stopped and not is_jump(position.entry, touch.seen):
            return Ending(FillReason.STOP, touch.at, touch.level)
    return None


def with_times(settlement: Settlement, before: Position, since: datetime, touches: Sequence[Touch]) -> Settlement:
    """Return a settlement whose fills have the times at which their levels were touched, where these are known.

    Args:
        settlement: of candles; a fill at a level has the time at which its candle closes, or was told of while it is open.
        before: the position before it.
        since: when the trade was opened.
        touches: of the pair, in order of time.
    """
    steps = []
    for step in settlement.steps:
        fill = step.fill
        level, direction = _level_of(fill.reason, before)
        opened = max(FINEST.floor(fill.at - _INSTANT), since)
        own = (one for one in touches if one.level == level and one.direction is direction and opened < one.at <= fill.at)
        touch = next(own, None)
        steps.append(replace(step, fill=replace(fill, at=touch.at)) if touch else step)
    return replace(settlement, steps=tuple(steps))


def _level_of(reason: FillReason, position: Position) -> tuple[Decimal | None, Direction]:
    """Return the level that a fill was met at, and which way the market went there; None for a fill at no level."""
    if reason in TARGET_REASONS:
        return position.targets[TARGET_REASONS.index(reason)], _against(Side.SHORT if position.side is Side.LONG else Side.LONG)
    levels = {FillReason.STOP: position.stop, FillReason.BREAK_EVEN: position.entry}
    return levels.get(reason), _against(position.side)


def _against(side: Side) -> Direction:
    return Direction.FALLING if side is Side.LONG else Direction.RISING
