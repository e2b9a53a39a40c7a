"""What should be there and is not: missing runs of candles, and the requests that would fetch them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from functions.market.candles.timeframe import Timeframe

PAGE = 1000  # candles in one answer of the exchange
# The exchange counts the last trades of a candle up to a second after its end (its stream confirms 0.6 to 1.0 s late).
SETTLE_MS = 2_000
LEAST_CANDLES = 1000  # EMA(200) needs them, whatever number of days is asked for


@dataclass(frozen=True, slots=True)
class Run:
    """A run of candles of one symbol, e.g. of missing ones; both open times belong to it."""

    symbol: str
    timeframe: Timeframe
    first: datetime
    last: datetime

    @property
    def count(self) -> int:
        """Return how many candles it has."""
        return (self.last - self.first) // self.timeframe.span + 1

    def closes_by(self, known_at: int) -> bool:
        """Tell whether the whole run was over, and settled, at an exchange time in ms."""
        return to_ms(self.last) + self.timeframe.milliseconds + SETTLE_MS <= known_at

    def over_by(self, moment: datetime) -> "Run | None":
        """Return the candles of it that were over at a moment; None when none was."""
        last = min(self.last, self.timeframe.last_closed(moment))
        return Run(self.symbol, self.timeframe, self.first, last) if last >= self.first else None


def wanted_window(timeframe: Timeframe, as_of: datetime, days: int) -> tuple[datetime, datetime]:
    """Return the first and last open time of the history wanted at `as_of`: the days asked for, at least 1,000 candles."""
    last = timeframe.last_closed(as_of)
    by_days = timeframe.floor(as_of - timedelta(days=days))
    return min(by_days, last - (LEAST_CANDLES - 1) * timeframe.span), last


def missing_runs(wanted: Run, known: Iterable[Run]) -> list[Run]:
    """Return the parts of a run that no known run of the same series covers, oldest first.

    Args:
        wanted: what should be there; when it ends before it begins nothing is.
        known: what is stored, or known not to exist; other series' runs do not count.
    """
    lacking = np.ones(max(0, wanted.count), dtype=np.bool_)
    for run in known:
        if (run.symbol, run.timeframe) == (wanted.symbol, wanted.timeframe):
            first, last = ((moment - wanted.first) // wanted.timeframe.span for moment in (run.first, run.last))
            lacking[max(0, first) : max(0, last + 1)] = False
    edges = np.flatnonzero(np.diff(np.concatenate([[False], lacking, [False]]).astype(np.int8)))
    at = [wanted.first + int(edge) * wanted.timeframe.span for edge in edges]
    span = wanted.timeframe.span
    return [Run(wanted.symbol, wanted.timeframe, begin, end - span) for begin, end in zip(at[::2], at[1::2], strict=True)]


def pages(run: Run, size: int = PAGE) -> Iterator[Run]:
    """Cut a run into requests of at most `size` candles, newest first: a signal needs the newest most."""
    last = run.last
    while last >= run.first:
        first = max(run.first, last - (size - 1) * run.timeframe.span)
        yield Run(run.symbol, run.timeframe, first, last)
        last = first - run.timeframe.span


def to_ms(moment: datetime) -> int:
    """Return epoch milliseconds."""
    return int(moment.timestamp() * 1000)


def from_ms(milliseconds: int) -> datetime:
    """Return the UTC time of epoch milliseconds."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
