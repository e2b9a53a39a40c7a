"""What one timeframe has to do in a scan, and how far it is scanned after it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

import numpy as np

from functions.market.candles.gaps import to_ms
from functions.market.candles.grid import Candles, Timeframe
from functions.technical.closes.due import NOBODY, Closes, Due, Hole, Looked, Mark, advanced
from functions.technical.engine.span import begin_of, candles_under

PATIENCE = timedelta(seconds=60)  # how long after its close a candle may still be on its way


@dataclass(frozen=True, slots=True)
class Task:
    """Closes of one timeframe that wait, oldest first, and whose history begins at one place."""

    timeframe: Timeframe
    due: tuple[Due, ...]

    @property
    def symbols(self) -> list[str]:
        """Return every symbol of these closes, in order."""
        return sorted(frozenset().union(*(close.symbols for close in self.due)))

    @property
    def last(self) -> datetime:
        """Return the newest of these closes."""
        return self.due[-1].close_time

    @property
    def columns(self) -> int:
        """Return how many closes there are from the oldest of these to the newest."""
        return (self.last - self.due[0].close_time) // self.timeframe.span + 1

    @property
    def bars(self) -> int:
        """Return how many candles the newest of these closes stands on."""
        return candles_under(self.timeframe, self.last - self.timeframe.span)

    def stands_in(self, candles: Candles) -> bool:
        """Tell whether a grid has the candle of each symbol at each of these closes."""
        rows = {symbol: row for row, symbol in enumerate(candles.symbols)}
        columns = {int(opened): column for column, opened in enumerate(candles.open_time)}
        for close in self.due:
            column = columns.get(to_ms(close.close_time - self.timeframe.span))
            if column is None or np.isnan(candles.close[[rows[symbol] for symbol in close.symbols], column]).any():
                return False
        return True


@dataclass(frozen=True, slots=True)
class Backlog:
    """What one timeframe has to do: its mark, what is there and done of the closes that were looked at, and what is due."""

    timeframe: Timeframe
    mark: Mark
    horizon: int
    looked: Looked
    since: datetime
    there: Closes
    done: Closes
    holes: tuple[Hole, ...]
    expected: frozenset[str]
    due: tuple[Due, ...]

    @property
    def tasks(self) -> Iterator[Task]:
        """Return what is due, split where the beginning of the history under a close changes."""
        span = self.timeframe.span
        for _, closes in groupby(self.due, lambda close: begin_of(self.timeframe, close.close_time - span)):
            yield Task(self.timeframe, tuple(closes))

    @property
    def recent(self) -> dict[datetime, frozenset[str]]:
        """Return which symbols have a candle at each of the newest closes."""
        return {close: symbols for close, symbols in self.there.items() if close >= self.since}

    def alerting(self, as_of: datetime) -> datetime | None:
        """Return the one close whose signals are worth an alert: the newest, for as long as the next one is not overdue."""
        return self.looked.newest if as_of < self.looked.newest + self.timeframe.span + PATIENCE else None

    def mark_after(self, written: Closes) -> Mark:
        """Return the mark, the states of these symbols having been written; what was corrected and could not is asked again."""
        done = {close: self.done.get(close, NOBODY) | written.get(close, NOBODY) for close in self.there}
        mark = advanced(self.mark, self.there, done, self.holes, self.expected, self.looked, self.timeframe.span)
        settled = all(close.symbols <= written.get(close.close_time, NOBODY) for close in self.due)
        moved = mark != self.mark or bool(self.due)
        return replace(mark, horizon=self.horizon) if settled and moved else mark

    def leaves_more(self, written: Closes) -> bool:
        """Tell whether closes after those that were looked at wait as well."""
        missed = self.looked.until < self.looked.newest
        return missed or (self.looked.behind_until < self.looked.newest and any(written.values()))
