"""A price alert, how it is set, and whether it fires by what was seen of the market.

It fires at the first price that reached it after it was set: at the time of the touch that the collector kept, or else at the
close of the 5m candle that holds it. A step that no market makes fires nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from functions.levels.level import Direction, DoubtedPrice, Touch
from functions.market.candles.jumps import is_jump
from functions.market.candles.timeframe import Timeframe
from functions.paper.settling.exact import exact, nearest_to
from functions.paper.settling.prices import Bar, PairCandles, UnbrokenRun, unbroken

FINEST = Timeframe.M5
HISTORY_WAIT = timedelta(minutes=2)  # a touch that was seen waits so long for the candles before it


@dataclass(frozen=True, slots=True)
class PriceAlert:
    """An alert that waits.

    Args:
        chat_id: who is told; None for every allowed chat.
        direction: of the market when it comes to the price.
        set_at: prices from then on count.
        set_price: the latest price then.
        checked_until: candles that close up to here did not fire it.
        last_price: the newest sound price that its checks have met.
    """

    id: int
    chat_id: int | None
    symbol: str
    price: Decimal
    direction: Direction
    set_at: datetime
    set_price: Decimal
    checked_until: datetime
    last_price: Decimal


@dataclass(frozen=True, slots=True)
class Check:
    """What a check found.

    Args:
        fired_at: when the price was reached; None while it was not.
        until: the moment up to which candles are checked.
        last: the newest sound price.
        doubted: the price after `until` that no market makes, if there is one: nothing from there on counts.
    """

    fired_at: datetime | None
    until: datetime
    last: Decimal
    doubted: DoubtedPrice | None = None


def direction_of(price: Decimal, latest: Decimal) -> Direction | None:
    """Return which way the market has to go to a price; None when it stands there."""
    if price == latest:
        return None
    return Direction.RISING if price > latest else Direction.FALLING


@exact
def price_away(latest: Decimal, percent: Decimal, tick: Decimal) -> Decimal:
    """Return the price that lies `percent` (-5 is 5% below) away from the latest one, on a tick; above zero."""
    return max(nearest_to(latest * (1 + percent / 100), tick), tick)


def check(alert: PriceAlert, candles: PairCandles, forming: Bar | None, touches: Sequence[Touch], at: datetime) -> Check:
    """Look at what was seen since the last check.

    Args:
        alert: that waits.
        candles: 5m candles from the one that `checked_until` lies in.
        forming: what the open candle has held so far; None when no stream tells of it.
        touches: of the pair since `checked_until`, in order of time.
        at: now.
    """
    own = [touch for touch in touches if touch.level == alert.price and touch.direction is alert.direction]
    newest = max([*(touch.at for touch in own), *([forming.closed_at] if forming else [])], default=None)
    run = unbroken(candles, alert.checked_until, last=alert.last_price, newest=newest)
    last, began = alert.last_price, alert.checked_until
    for bar in run.bars:
        touched = _first(own, began, bar.closed_at, last)
        if touched or alert.direction.is_reached(alert.price, _extreme(alert, bar)):
            return Check(touched or bar.closed_at, run.until, bar.close)
        last, began = bar.close, bar.closed_at
    if run.jump:
        return Check(None, run.until, last, DoubtedPrice(alert.symbol, run.jump.closed_at, last, run.jump.close))
    return _check_open(alert, run, forming, own, last, at)


def _check_open(
    alert: PriceAlert, run: UnbrokenRun, forming: Bar | None, own: Sequence[Touch], last: Decimal, at: datetime
) -> Check:
    """Look at what was seen after the closed candles."""
    touched = _first(own, run.until, None, last)
    if touched and (touched < run.until + 2 * FINEST.span or at - touched > HISTORY_WAIT):
        return Check(touched, run.until, last)
    if forming is None or forming.opened_at != run.until or forming.opened_at < alert.set_at:
        return Check(None, run.until, last)
    if forming.jumps_from(last):
        return Check(None, run.until, last, DoubtedPrice(alert.symbol, forming.closed_at, last, forming.close))
    reached = alert.direction.is_reached(alert.price, _extreme(alert, forming))
    return Check(forming.closed_at if reached else None, run.until, last)


def _first(own: Sequence[Touch], after: datetime, until: datetime | None, last: Decimal) -> datetime | None:
    """Return when the price was touched first after one moment and up to another by a price that a market makes."""
    between = (touch for touch in own if after < touch.at and (until is None or touch.at <= until))
    return next((touch.at for touch in between if not is_jump(last, touch.seen)), None)


def _extreme(alert: PriceAlert, bar: Bar) -> Decimal:
    return bar.low if alert.direction is Direction.FALLING else bar.high
