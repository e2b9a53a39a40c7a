"""Which closes wait for their scan, and which symbols cannot be scanned yet, so that none is lost between the two.

What is done is kept as one mark a timeframe, "every close up to here", with the few symbols that are behind it. A close after the
mark, or among the newest ones, is done for a symbol when its state is there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from functions.market.candles.freshness import Stale, freshness
from functions.market.candles.grid import Timeframe
from functions.reasons import reason
from functions.technical.engine.span import begin_of
from functions.technical.setups.reasons import Code, stale_reason
from functions.technical.setups.signal import Neutral

Closes = Mapping[datetime, frozenset[str]]  # symbols by close time
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Due:
    """The symbols of one close that wait for their scan."""

    close_time: datetime
    symbols: frozenset[str]


@dataclass(frozen=True, slots=True)
class Hole:
    """Candles of a symbol that are known to be missing and still looked for; both times are open times, included."""

    symbol: str
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a timeframe is scanned.

    Attributes:
        up_to: no close up to this one waits any more, but those of `behind`; None before the first scan.
        behind: symbols that are only done up to an earlier close, with that close.
        horizon: corrections of candles by this transaction, or a later one, were not seen yet.
    """

    up_to: datetime | None = None
    behind: Mapping[str, datetime] = field(default_factory=dict)
    horizon: int = 0


def blocked(there: Closes, holes: Sequence[Hole], timeframe: Timeframe) -> dict[datetime, frozenset[str]]:
    """Return which of the symbols at each close stand on a hole, by close time; closes without one are left out.

    A close stands on the candles from its beginning on (`functions.technical.engine.span`). What is missing there is on its way,
    so its scan can wait; a hole before them changes nothing that the scan reads.
    """
    waiting = {}
    for close, symbols in there.items():
        newest = close - timeframe.span
        oldest = begin_of(timeframe, newest)
        if held := symbols & {hole.symbol for hole in holes if hole.first <= newest and hole.last >= oldest}:
            waiting[close] = held
    return waiting


def due(there: Closes, done: Closes, held: Closes, mark: Mark, since: datetime | None) -> list[Due]:
    """Return what is not scanned yet, oldest first; at the first start the newest close alone.

    Args:
        there: the symbols with a candle at each close.
        done: those whose state is there, and stands on the candle as it is now.
        held: those that are `blocked`.
        mark: how far the timeframe is scanned.
        since: the close from which on a candle that came late is scanned although the mark is past it; None for none.
    """
    newest = max(there, default=None)
    waiting = []
    for close in sorted(there):
        symbols = there[close] - done.get(close, NOBODY) - held.get(close, NOBODY)
        if mark.up_to is None:
            symbols = symbols if close == newest else NOBODY
        elif close <= mark.up_to and (since is None or close < since):
            symbols &= {symbol for symbol, done_to in mark.behind.items() if done_to < close}
        if symbols:
            waiting.append(Due(close, symbols))
    return waiting


@dataclass(frozen=True, slots=True)
class Looked:
    """Which closes a scan looked at: of every symbol up to `until`, of those behind up to `behind_until`.

    `newest` is the newest close that is stored.
    """

    until: datetime
    behind_until: datetime
    newest: datetime


def advanced(
    mark: Mark, there: Closes, done: Closes, holes: Sequence[Hole], expected: Iterable[str], looked: Looked, span: timedelta
) -> Mark:
    """Return the mark after a scan: up to the last close that was looked at, with those behind that still have one to come.

    A symbol is behind from the first of its closes that was there and could not be scanned, from a hole that is still looked for,
    or from its newest candle when it has none at the newest close.

    Args:
        mark: as it was before the scan.
        there: the symbols with a candle at each close that was looked at.
        done: those whose state is there now.
        holes: candles that are still looked for.
        expected: symbols that should have candles; others are never behind.
        looked: which closes were looked at.
        span: of one candle.
    """
    start = mark.up_to or looked.until - span
    up_to = max(start, looked.until)
    wanted = frozenset(expected)
    first: dict[str, datetime] = {}  # each symbol's first close that is to come
    for close in sorted(there):
        for symbol in (there[close] - done.get(close, NOBODY)) & wanted:
            if symbol not in first and mark.behind.get(symbol, start) < close <= up_to:
                first[symbol] = close
    for hole in holes:
        close = max(hole.first + span, mark.behind.get(hole.symbol, start) + span)
        if hole.symbol in wanted and close <= hole.last + span and close <= up_to:
            first[hole.symbol] = min(close, first.get(hole.symbol, close))
    behind = {symbol: close - span for symbol, close in first.items()}
    for symbol in wanted - behind.keys():
        if symbol in mark.behind and looked.behind_until < start:
            behind[symbol] = max(mark.behind[symbol], looked.behind_until)
        elif up_to == looked.newest and symbol not in there.get(up_to, NOBODY):
            closes = [close for close, symbols in there.items() if symbol in symbols]
            behind[symbol] = max([*closes, *([mark.behind[symbol]] if symbol in mark.behind else [])], default=start)
    return Mark(up_to, {symbol: close for symbol, close in behind.items() if close < up_to}, mark.horizon)


def incomplete(there: Closes, done: Closes, held: Closes, timeframe: Timeframe) -> list[Neutral]:
    """Return the symbols whose newest close is blocked and not scanned, in order."""
    if not held:
        return []
    newest: dict[str, datetime] = {}
    for close in sorted(there):
        newest.update(dict.fromkeys(there[close], close))
    return [
        Neutral(name, timeframe, close, reason(Code.HISTORY_INCOMPLETE, symbol=name, timeframe=timeframe.value))
        for name, close in sorted(newest.items())
        if name in held.get(close, NOBODY) - done.get(close, NOBODY)
    ]


def absent(there: Closes, watched: Iterable[str], timeframe: Timeframe, as_of: datetime) -> list[str]:
    """Return the symbols without a candle at the newest close, in order: of the watched ones, else of those seen lately."""
    newest = timeframe.last_closed(as_of) + timeframe.span
    expected = frozenset(watched) or frozenset().union(*there.values())
    return sorted(expected - there.get(newest, NOBODY))


def late(symbols: Sequence[str], last_close: Sequence[datetime | None], timeframe: Timeframe, as_of: datetime) -> list[Neutral]:
    """Return the symbols whose newest candle is not the newest possible one, each with how late it is."""
    newest = timeframe.last_closed(as_of) + timeframe.span
    judged = freshness(symbols, last_close, timeframe, as_of, timedelta(0))
    return [Neutral(stale.symbol, timeframe, newest, stale_reason(stale)) for stale in judged if isinstance(stale, Stale)]
