"""Prices a trade meets: one tick, a candle, an unbroken run of candles."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Self


@dataclass(frozen=True, slots=True)
class Price:
    """What the market did between two moments; for one tick they and all prices are the same."""

    opened_at: datetime
    closed_at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal

    @classmethod
    def tick(cls, at: datetime, price: Decimal) -> Self:
        """Return one price seen at one moment."""
        return cls(at, at, price, price, price, price)

    def seen_from(self, moment: datetime) -> Self:
        """Return what of a candle is known to be after `moment`: all of it, or, when `moment` lies in it, only its close."""
        return self if self.opened_at >= moment else type(self).tick(self.closed_at, self.close)


@dataclass(frozen=True, slots=True)
class Quote:
    """The latest price of a symbol, when the exchange said it, and the range of its last 24 hours."""

    symbol: str
    price: Decimal
    low_24h: Decimal
    high_24h: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, the end not included."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """Prices without a hole, and the moment up to which nothing is missing."""

    prices: tuple[Price, ...]
    until: datetime


def unbroken(candles: Iterable[Price], absent: Sequence[Span], since: datetime, first: datetime, length: timedelta) -> Run:
    """Return what may be settled: the candles up to the first that is missing and not known to be absent.

    A candle that is late may hold the stop, so nothing after it counts before it is there.

    Args:
        candles: in order of time, each `length` long.
        absent: spans the exchange has no candles for.
        since: prices up to here are settled; of the candle it lies in only the close counts.
        first: open time of the candle that `since` lies in.
        length: of a candle.
    """
    by_time = {candle.opened_at: candle for candle in candles}
    prices, expected = [], first
    while True:
        if expected in by_time:
            prices.append(by_time[expected].seen_from(since))
        elif not any(span.start <= expected < span.end for span in absent):
            return Run(tuple(prices), max(since, expected))
        expected += length
