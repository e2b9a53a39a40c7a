"""The backlog of one timeframe: which closes a scan has to compute, and how far the timeframe is scanned after it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

import numpy as np

from functions.market.candles.gaps import to_ms
from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.technical.closes.due import NO_SYMBOLS, Closes, Due, Examined, Hole, Mark, advance_mark
from functions.technical.engine.span import begin_of, candles_under

PATIENCE = timedelta(seconds=60)  # how long after its close a candle may still be on its way


@dataclass(frozen=True, slots=True)
class Task:
    """Closes of one timeframe that are due, oldest first, and whose history begins at the same candle."""

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

    def is_in(self, candles: Candles) -> bool:
        """Tell whether a grid holds each symbol's candle of each of these closes."""
        rows = {symbol: row for row, symbol in enumerate(candles.symbols)}
        columns = {int(opened): column for column, opened in enumerate(candles.open_time)}
        for close in self.due:
            column = columns.get(to_ms(close.close_time - self.timeframe.span))
            if column is None or np.isnan(candles.close[[rows[symbol] for symbol in close.symbols], column]).any():
                return False
        return True


@dataclass(frozen=True, slots=True)
class Backlog:
    """The closes that one timeframe has to scan: its mark, which symbols arrived and are scanned at the examined closes."""

    timeframe: Timeframe
    mark: Mark
    horizon: int
    examined: Examined
    since: datetime
    arrived: Closes
    scanned: Closes
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
        return {close: symbols for close, symbols in self.arrived.items() if close >= self.since}

    def mark_after(self, written: Closes) -> Mark:
        """Return the mark once these states are written; corrected candles that could not be scanned are looked for again."""
        scanned = {close: self.scanned.get(close, NO_SYMBOLS) | written.get(close, NO_SYMBOLS) for close in self.arrived}
        mark = advance_mark(self.mark, self.arrived, scanned, self.holes, self.expected, self.examined, self.timeframe.span)
        settled = all(close.symbols <= written.get(close.close_time, NO_SYMBOLS) for close in self.due)
        moved = mark != self.mark or bool(self.due)
        return replace(mark, horizon=self.horizon) if settled and moved else mark

    def leaves_more(self, written: Closes) -> bool:
        """Tell whether closes after the examined ones are due as well."""
        missed = self.examined.until < self.examined.newest
        return missed or (self.examined.behind_until < self.examined.newest and any(written.values()))
