"""Freshness: the contract between market data and everything that computes from it.

Data are judged before they are computed on, and never computed on when they are `Stale`: that carries the sentence to show
instead of a signal. A scan judges many series at once and counts by the same rule how many candles each is late.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe

TICKER_LIFE = timedelta(seconds=60)
# The stream confirms a candle up to a second after its end, and the collector waits up to another second for the rest of its
# close: until it is stored the candle before is the newest there can be.
CANDLE_GRACE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Fresh:
    """No value is missing; `age` is market time since the newest value was true."""

    symbol: str
    timeframe: Timeframe | None  # None: a ticker
    age: timedelta


@dataclass(frozen=True, slots=True)
class Stale:
    """The newest value is older than it should be; `reason` says it in one sentence."""

    symbol: str
    timeframe: Timeframe | None
    late: int | None  # candles; None when there is none at all, or for a ticker
    reason: str


Freshness = Fresh | Stale


def freshness(
    symbols: Sequence[str],
    last_close: Sequence[datetime | None],
    timeframe: Timeframe,
    as_of: datetime,
    grace: timedelta = CANDLE_GRACE,
) -> list[Freshness]:
    """Judge each symbol's newest closed candle at a moment.

    Args:
        symbols: names, length S.
        last_close: when each symbol's newest stored candle closed, None without one; length S.
        timeframe: of all of them.
        as_of: the moment; the newest candle closed by then is the one expected.
        grace: how long after its close a candle may be on its way.
    """
    return [_judge(symbol, last, timeframe, as_of, grace) for symbol, last in zip(symbols, last_close, strict=True)]


def candles_freshness(candles: Candles, as_of: datetime, grace: timedelta = CANDLE_GRACE) -> list[Freshness]:
    """Judge each row of a grid at a moment, by its newest candle that is there."""
    present = ~np.isnan(candles.close)
    columns = present.shape[1]
    newest = (
        np.where(present.any(axis=1), columns - 1 - np.argmax(present[:, ::-1], axis=1), -1)
        if columns
        else np.full(len(present), -1)
    )
    step = candles.timeframe.milliseconds
    closes = [datetime.fromtimestamp((int(candles.open_time[n]) + step) / 1000, UTC) if n >= 0 else None for n in newest]
    return freshness(candles.symbols, closes, candles.timeframe, as_of, grace)


def ticker_freshness(symbol: str, exchange_time: datetime | None, as_of: datetime) -> Freshness:
    """Judge a symbol's latest price at a moment: it holds for 60 s.

    A price from after the moment was not known then; one that is less than 60 s ahead is taken for now's, our clock being behind.
    """
    if exchange_time is None:
        return Stale(symbol, None, None, f"{symbol} has no price")
    age = as_of - exchange_time
    if age < -TICKER_LIFE:
        return Stale(symbol, None, None, f"{symbol} price is from after that time")
    if age > TICKER_LIFE:
        return Stale(symbol, None, None, f"{symbol} price is {age.total_seconds():.0f} s old")
    return Fresh(symbol, None, max(age, timedelta(0)))


def candles_late(last: datetime, timeframe: Timeframe, as_of: datetime, grace: timedelta = CANDLE_GRACE) -> int:
    """Return how many candles should be there at a moment since the one that closed at `last`; 0 when none."""
    due = timeframe.floor(as_of - grace)
    # Once a candle is late for certain, the one on its way is counted too: what is late does not become less so at a close.
    return (timeframe.floor(as_of) - last) // timeframe.span if last < due else 0


def late_parameters(symbol: str, timeframe: str, late: int) -> dict[str, str | int]:
    """Return the parameters of a reason about a series that is so many candles late."""
    return {"symbol": symbol, "timeframe": timeframe, "late": late, "candles": "candle" if late == 1 else "candles"}


def _judge(symbol: str, last: datetime | None, timeframe: Timeframe, as_of: datetime, grace: timedelta) -> Freshness:
    if last is None:
        return Stale(symbol, timeframe, None, f"{symbol} {timeframe} has no candles")
    if late := candles_late(last, timeframe, as_of, grace):
        return Stale(symbol, timeframe, late, f"{symbol} {timeframe} is {late} candle{'s' if late > 1 else ''} late")
    return Fresh(symbol, timeframe, max(as_of - last, timedelta(0)))
