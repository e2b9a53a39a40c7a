"""Which closes wait for their scan, and which symbols cannot be scanned yet, so that none is lost between the two."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.market.candles import Timeframe
from functions.market.freshness import Stale, freshness
from functions.reasons import reason
from functions.technical.reasons import Code, stale_reason
from functions.technical.signal import Neutral
from functions.technical.span import begin_of

Closes = Mapping[datetime, frozenset[str]]  # symbols by close time


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


def blocked(there: Closes, holes: Sequence[Hole], timeframe: Timeframe) -> dict[datetime, frozenset[str]]:
    """Return which of the symbols at each close stand on a hole, by close time; closes without one are left out.

    A close stands on the candles from its beginning on (`functions.technical.span`). What is missing there is on its way, so its
    scan can wait; a hole before them changes nothing that the scan reads.
    """
    found = {}
    for close, symbols in there.items():
        newest = close - timeframe.span
        oldest = begin_of(timeframe, newest)
        if waiting := symbols & {hole.symbol for hole in holes if hole.first <= newest and hole.last >= oldest}:
            found[close] = waiting
    return found


def due(there: Closes, done: Closes, held: Closes) -> list[Due]:
    """Return what is not processed yet, oldest first: from the oldest processed close on; at the first start the newest alone.

    Args:
        there: the symbols with a candle at each close.
        done: those that were processed.
        held: those that are `blocked`.
    """
    first = min(done) if done else max(there, default=None)
    none: frozenset[str] = frozenset()
    return [
        Due(close, missing)
        for close in sorted(there)
        if first is not None and close >= first and (missing := there[close] - done.get(close, none) - held.get(close, none))
    ]


def incomplete(there: Closes, done: Closes, held: Closes, timeframe: Timeframe) -> list[Neutral]:
    """Return the symbols whose newest close is blocked and not processed, in order."""
    if not held:
        return []
    none: frozenset[str] = frozenset()
    newest: dict[str, datetime] = {}
    for close in sorted(there):
        newest.update(dict.fromkeys(there[close], close))
    return [
        Neutral(name, timeframe, close, reason(Code.HISTORY_INCOMPLETE, symbol=name, timeframe=timeframe.value))
        for name, close in sorted(newest.items())
        if name in held.get(close, none) - done.get(close, none)
    ]


def absent(there: Closes, watched: Iterable[str], timeframe: Timeframe, as_of: datetime) -> list[str]:
    """Return the symbols without a candle at the newest close, in order: of the watched ones, else of those seen lately."""
    newest = timeframe.last_closed(as_of) + timeframe.span
    expected = frozenset(watched) or frozenset().union(*there.values())
    return sorted(expected - there.get(newest, frozenset()))


def late(symbols: Sequence[str], last_close: Sequence[datetime | None], timeframe: Timeframe, as_of: datetime) -> list[Neutral]:
    """Return the symbols whose newest candle is not the newest possible one, each with how late it is."""
    newest = timeframe.last_closed(as_of) + timeframe.span
    judged = freshness(symbols, last_close, timeframe, as_of)
    return [Neutral(stale.symbol, timeframe, newest, stale_reason(stale)) for stale in judged if isinstance(stale, Stale)]
