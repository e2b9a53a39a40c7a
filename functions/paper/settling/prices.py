"""Prices a trade meets: one tick, a candle, an unbroken run of candles."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Self

from functions.market.candles.jumps import is_jump

PATIENCE = timedelta(hours=1)  # how long a candle that the exchange denies is waited for


@dataclass(frozen=True, slots=True)
class Bar:
    """What the market did between two moments: a candle, or one tick, whose moments and prices are all the same."""

    opened_at: datetime
    closed_at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal

    @classmethod
    def tick(cls, at: datetime, price: Decimal) -> Self:
        """Return one price seen at one moment."""
        return cls(opened_at=at, closed_at=at, open=price, high=price, low=price, close=price)

    def seen_from(self, moment: datetime) -> Self:
        """Return what of a candle is known to be after `moment`: all of it, or, when `moment` lies in it, only its close."""
        return self if self.opened_at >= moment else type(self).tick(self.closed_at, self.close)

    def after_limit(self, entry: Decimal) -> Self:
        """Return what of the candle in which a resting order to buy filled at `entry` counts: how far it fell, and no more.

        Its low came after the fill, for the limit lay above it; whether its high did, nobody knows.
        """
        return replace(self, open=min(self.open, entry), high=max(self.low, min(self.open, entry)))

    def jumps_from(self, last: Decimal) -> bool:
        """Tell whether the step from the `last` price to the high or the low is larger than a market makes."""
        return is_jump(last, self.high) or is_jump(last, self.low)


@dataclass(frozen=True, slots=True)
class Quote:
    """The latest price of a symbol, when the exchange said it, the range of its last 24 hours, and the book's two sides.

    `bid` and `ask` come apart from the price; `quoted_at` is when the exchange said them.
    """

    symbol: str
    price: Decimal
    low_24h: Decimal
    high_24h: Decimal
    at: datetime
    bid: Decimal | None = None
    ask: Decimal | None = None
    quoted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, the end not included."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class UnbrokenRun:
    """Prices that may be settled, and where they end.

    Args:
        bars: in order of time.
        until: the moment up to which nothing is missing that is still waited for.
        unseen: candles before `until` that were passed without having been seen.
        last: the newest price known to be sound; None when there is none.
        last_at: when it was seen; None when that was before this run.
        jump: the first price after `until`, when no market makes the step to it.
        denied: the exchange says it has no candle that opens at `until`, and it is still waited for.
    """

    bars: tuple[Bar, ...]
    until: datetime
    unseen: int = 0
    last: Decimal | None = None
    last_at: datetime | None = None
    jump: Bar | None = None
    denied: bool = False


@dataclass(frozen=True, slots=True)
class PairCandles:
    """The candles of a pair since a trade's last settlement.

    Args:
        bars: the candles that are stored, in order of time, each `length` long.
        denied: spans the exchange says it has no candles for.
        first: open time of the candle that the last settlement lies in.
        length: of a candle.
    """

    bars: Sequence[Bar]
    denied: Sequence[Span]
    first: datetime
    length: timedelta

    def is_denied(self, open_time: datetime) -> bool:
        """Tell whether the exchange says that it has no such candle."""
        return any(span.start <= open_time < span.end for span in self.denied)

    def hole_since(self, open_time: datetime) -> datetime:
        """Return where the denied stretch begins that `open_time` lies in."""
        while self.is_denied(open_time - self.length):
            open_time -= self.length
        return open_time


def unbroken(
    candles: PairCandles, since: datetime, *, last: Decimal | None = None, newest: datetime | None = None, waits: bool = True
) -> UnbrokenRun:
    """Return what may be settled: the candles up to the first that is missing, or up to a step that no market makes.

    A candle that is late may hold the stop, so nothing after it counts before it is there. One that the exchange denies is late
    like any other until an hour of later prices was seen: then it is passed, counted as unseen, and the next price seen counts.

    Args:
        candles: of the pair.
        since: prices up to here are settled; of the candle it lies in only the close counts.
        last: the newest sound price before it.
        newest: when the newest price of all was seen; the newest candle's close without it.
        waits: a missing candle ends the run; otherwise whatever is there counts.
    """
    by_time = {candle.opened_at: candle for candle in candles.bars}
    ends = [candle.closed_at for candle in candles.bars] + ([newest] if newest else [])
    end = max(ends, default=since)
    bars: list[Bar] = []
    unseen, expected = 0, candles.first
    last_at, hole, jump = None, None, None
    while True:
        if expected in by_time:
            hole, denied = None, False
            bar = by_time[expected].seen_from(since)
            if last is not None and bar.jumps_from(last):
                jump = bar
                break
            bars.append(bar)
            last, last_at = bar.close, bar.closed_at
        else:
            denied = candles.is_denied(expected)
            hole = hole or candles.hole_since(expected)
            waited = denied and end >= hole + candles.length + PATIENCE
            if expected + candles.length > end or (waits and not waited):
                break
            unseen += 1
        expected += candles.length
    return UnbrokenRun(
        bars=tuple(bars), until=max(since, expected), unseen=unseen, last=last, last_at=last_at, jump=jump, denied=denied
    )


def last_jump(bars: Iterable[Bar]) -> Bar | None:
    """Return the newest bar that a step larger than a market makes leads to; None when every step is sound.

    The bars are in order of time.
    """
    jump, last = None, None
    for bar in bars:
        if last is not None and bar.jumps_from(last):
            jump = bar
        last = bar.close
    return jump
