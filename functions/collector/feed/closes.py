"""When is a close complete: the last symbol's candle is stored, or one second of grace is over."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from functions.market.candles.gaps import Run
from functions.market.candles.timeframe import Timeframe

GRACE_SECONDS = 1.0  # wall time after the first candle of a close is stored


@dataclass(frozen=True, slots=True)
class Close:
    """A close to announce: the symbols whose candles are new in it, and whether it has them all now."""

    timeframe: Timeframe
    close_time: datetime
    symbols: tuple[str, ...]
    complete: bool


@dataclass(slots=True)
class _Round:
    """The newest close of a timeframe, as far as it has come."""

    close_time: datetime
    stored: set[str] = field(default_factory=set)
    announced: set[str] = field(default_factory=set)
    deadline: float | None = None  # wall; None while nothing waits to be announced
    overdue: bool = False  # its grace is over: what is missing now has to be fetched


class CloseTracker:
    """Follows the newest close of each timeframe for the watched symbols; older ones the functions catch up by themselves.

    Symbols that come late are announced once more, so that none is scanned a minute later than it could be.
    """

    def __init__(self, symbols: Iterable[str]) -> None:
        self._symbols = frozenset(symbols)
        self._rounds: dict[Timeframe, _Round] = {}
        self._missing: list[Run] = []

    def watch(self, symbols: Iterable[str]) -> None:
        """Expect these symbols from now on."""
        self._symbols = frozenset(symbols)

    def stored(self, timeframe: Timeframe, close_time: datetime, symbols: Iterable[str], wall: float) -> list[Close]:
        """Note candles that are committed; return the close if that completes it."""
        current = self._round(timeframe, close_time)
        if close_time < current.close_time:
            return []
        current.stored |= self._symbols.intersection(symbols)
        waiting = current.stored - current.announced
        if not waiting:
            return []
        if current.stored >= self._symbols:
            return [self._announce(timeframe, current)]
        if current.deadline is None:
            current.deadline = wall + GRACE_SECONDS
        return []

    def expect(self, heard_by_now: datetime, newest_sent_ms: datetime | None = None) -> None:
        """Hand over closes up to a moment of which nothing has come at all, from the first call on.

        Args:
            heard_by_now: by this exchange time the first candle of a close that is over has come.
            newest_sent_ms: when the exchange last spoke in the stream; no close that ends a whole candle after it is expected.
        """
        for timeframe in Timeframe:
            latest = heard_by_now if newest_sent_ms is None else min(heard_by_now, newest_sent_ms + timeframe.span)
            close_time = timeframe.floor(latest)
            # What ended before the first call is the business of whoever looks back at a start.
            self._rounds.setdefault(timeframe, _Round(close_time, overdue=True))
            current = self._round(timeframe, close_time)
            if close_time == current.close_time and not current.stored:
                self._give_to_repair(timeframe, current)

    def due(self, wall: float) -> list[Close]:
        """Return the closes whose grace is over at a wall time."""
        over = [(t, current) for t, current in self._rounds.items() if current.deadline is not None and current.deadline <= wall]
        return [self._announce(timeframe, current) for timeframe, current in over]

    @property
    def lacking(self) -> bool:
        """Tell whether `missing` has something to give."""
        return bool(self._missing)

    def missing(self) -> list[Run]:
        """Take out the candles that did not come in their grace."""
        missing, self._missing = self._missing, []
        return missing

    def _round(self, timeframe: Timeframe, close_time: datetime) -> _Round:
        """Return the newest round; a newer close begins one, and what the closes before it lack goes to the repair."""
        current = self._rounds.get(timeframe)
        if current is not None and close_time <= current.close_time:
            return current
        if current is not None:
            self._give_to_repair(timeframe, current)
            first, last = current.close_time, close_time - 2 * timeframe.span
            if first <= last:  # open times of the closes in between, of which nothing came
                self._missing += [Run(symbol, timeframe, first, last) for symbol in sorted(self._symbols)]
        self._rounds[timeframe] = current = _Round(close_time)
        return current

    def _give_to_repair(self, timeframe: Timeframe, current: _Round) -> None:
        if not current.overdue:
            current.overdue = True
            opened = current.close_time - timeframe.span
            self._missing += [Run(symbol, timeframe, opened, opened) for symbol in sorted(self._symbols - current.stored)]

    def _announce(self, timeframe: Timeframe, current: _Round) -> Close:
        new = tuple(sorted(current.stored - current.announced))
        current.announced |= current.stored
        current.deadline = None
        self._give_to_repair(timeframe, current)
        return Close(timeframe, current.close_time, new, current.stored >= self._symbols)
