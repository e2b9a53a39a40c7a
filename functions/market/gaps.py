"""What should be there and is not: missing runs of candles, and the requests that would fetch them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from functions.market.candles import Milliseconds, Timeframe

PAGE = 1000  # candles in one answer of the exchange
# The exchange counts the last trades of a candle up to a second after its end (its stream confirms 0.6 to 1.0 s late).
SETTLE_MS = 2_000
LEAST_CANDLES = 1000  # EMA(200) needs them, whatever number of days is asked for


@dataclass(frozen=True, slots=True)
class Missing:
    """A run of missing candles of one symbol; both open times belong to it."""

    symbol: str
    timeframe: Timeframe
    first: datetime
    last: datetime

    @property
    def count(self) -> int:
        """Return how many candles are missing."""
        return (self.last - self.first) // self.timeframe.span + 1

    def closes_by(self, known_at: int) -> bool:
        """Tell whether the whole run was over, and settled, at an exchange time in ms."""
        return _ms(self.last) + self.timeframe.milliseconds + SETTLE_MS <= known_at


def wanted_window(timeframe: Timeframe, as_of: datetime, days: int) -> tuple[datetime, datetime]:
    """Return the first and last open time of the history wanted at `as_of`: the days asked for, at least 1,000 candles."""
    last = timeframe.last_closed(as_of)
    by_days = timeframe.floor(as_of - timedelta(days=days))
    return min(by_days, last - (LEAST_CANDLES - 1) * timeframe.span), last


def missing_runs(
    symbol: str, timeframe: Timeframe, first: datetime, last: datetime, stored: Milliseconds, absent: Iterable[Missing] = ()
) -> list[Missing]:
    """Return the runs between two open times (both included) that are neither stored nor known to be absent, oldest first.

    Args:
        symbol: whose candles.
        timeframe: of them.
        first: first open time wanted, on the grid.
        last: last open time wanted; before `first` nothing is wanted.
        stored: open times in ms of the candles there are, any order.
        absent: runs that the exchange has no candle for.
    """
    step, start, stop = timeframe.milliseconds, _ms(first), _ms(last)
    count = max(0, (stop - start) // step + 1)
    lacking = np.ones(count, dtype=np.bool_)
    inside = (stored >= start) & (stored <= stop)
    lacking[(stored[inside] - start) // step] = False
    for run in absent:
        if run.symbol == symbol and run.timeframe == timeframe:
            lacking[max(0, (_ms(run.first) - start) // step) : max(0, (_ms(run.last) - start) // step + 1)] = False
    edges = np.flatnonzero(np.diff(np.concatenate([[False], lacking, [False]]).astype(np.int8)))
    return [
        Missing(symbol, timeframe, first + int(begin) * timeframe.span, first + (int(end) - 1) * timeframe.span)
        for begin, end in edges.reshape(-1, 2)
    ]


def pages(run: Missing) -> Iterator[Missing]:
    """Cut a run into requests of at most 1,000 candles, newest first: a signal needs the newest most."""
    last = run.last
    while last >= run.first:
        first = max(run.first, last - (PAGE - 1) * run.timeframe.span)
        yield Missing(run.symbol, run.timeframe, first, last)
        last = first - run.timeframe.span


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def from_ms(milliseconds: int) -> datetime:
    """Return the UTC time of epoch milliseconds."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
