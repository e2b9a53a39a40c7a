"""Which closes are due for a scan, and which symbols cannot be scanned yet, so that no close is lost between the two.

Progress is kept as one mark a timeframe, "every close up to here", with the few symbols that are behind it. A close after the
mark, or among the newest ones, counts as scanned for a symbol when its state is stored.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from functions.market.candles.freshness import Stale, freshness
from functions.market.candles.timeframe import Timeframe
from functions.reasons import reason
from functions.technical.engine.span import begin_of
from functions.technical.setups.reasons import Code, stale_reason
from functions.technical.setups.signal import Neutral

Closes = Mapping[datetime, frozenset[str]]  # symbols by close time
NO_SYMBOLS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Due:
    """The symbols of one close that wait for their scan."""

    close_time: datetime
    symbols: frozenset[str]


@dataclass(frozen=True, slots=True)
class Hole:
    """Missing candles of a symbol that a repair still tries to fill; both times are open times, included."""

    symbol: str
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a timeframe is scanned.

    Attributes:
        up_to: every close up to this one is scanned, except for `behind`; None before the first scan.
        behind: symbols that are scanned up to an earlier close only, with that close.
        horizon: corrections of candles by this transaction, or a later one, are not seen yet.
    """

    up_to: datetime | None = None
    behind: Mapping[str, datetime] = field(default_factory=dict)
    horizon: int = 0


def blocked_symbols(arrived: Closes, holes: Sequence[Hole], timeframe: Timeframe) -> dict[datetime, frozenset[str]]:
    """Return the symbols with a hole under each close, by close time; closes without one are left out.

    A close stands on the candles from its beginning on (`functions.technical.engine.span`). A hole among them is being repaired,
    so the scan can wait; a hole before them changes nothing that the scan reads.
    """
    blocked = {}
    for close, symbols in arrived.items():
        newest = close - timeframe.span
        oldest = begin_of(timeframe, newest)
        if symbols_with_hole := symbols & {hole.symbol for hole in holes if hole.first <= newest and hole.last >= oldest}:
            blocked[close] = symbols_with_hole
    return blocked


def due_closes(arrived: Closes, scanned: Closes, blocked: Closes, mark: Mark, since: datetime | None) -> list[Due]:
    """Return the closes that are not scanned yet, oldest first; at the first start the newest close alone.

    Args:
        arrived: the symbols with a candle at each close.
        scanned: those with a state that was computed from the candle as it is now.
        blocked: those of `blocked_symbols`.
        mark: how far the timeframe is scanned.
        since: from this close on a late candle is scanned although the mark is past it; None for never.
    """
    newest = max(arrived, default=None)
    closes = []
    for close in sorted(arrived):
        symbols = arrived[close] - scanned.get(close, NO_SYMBOLS) - blocked.get(close, NO_SYMBOLS)
        if mark.up_to is None:
            symbols = symbols if close == newest else NO_SYMBOLS
        elif close <= mark.up_to and (since is None or close < since):
            symbols &= {symbol for symbol, scanned_to in mark.behind.items() if scanned_to < close}
        if symbols:
            closes.append(Due(close, symbols))
    return closes


@dataclass(frozen=True, slots=True)
class Examined:
    """The closes that a scan examined: of every symbol up to `until`, of those behind up to `behind_until`.

    `newest` is the newest close that is stored.
    """

    until: datetime
    behind_until: datetime
    newest: datetime


def advance_mark(
    mark: Mark,
    arrived: Closes,
    scanned: Closes,
    holes: Sequence[Hole],
    expected: Iterable[str],
    examined: Examined,
    span: timedelta,
) -> Mark:
    """Return the mark after a scan: up to the last examined close, with the symbols that are still behind it.

    A symbol is behind from its first close that has a candle and could not be scanned, from a hole that is being repaired,
    or from its newest candle when it has none at the newest close.

    Args:
        mark: as it was before the scan.
        arrived: the symbols with a candle at each examined close.
        scanned: those with a state by now.
        holes: missing candles that are being repaired.
        expected: symbols that should have candles; others are never behind.
        examined: which closes were examined.
        span: of one candle.
    """
    start = mark.up_to or examined.until - span
    up_to = max(start, examined.until)
    wanted = frozenset(expected)
    first: dict[str, datetime] = {}  # each symbol's first close that is not scanned yet
    for close in sorted(arrived):
        for symbol in (arrived[close] - scanned.get(close, NO_SYMBOLS)) & wanted:
            if symbol not in first and mark.behind.get(symbol, start) < close <= up_to:
                first[symbol] = close
    for hole in holes:
        close = max(hole.first + span, mark.behind.get(hole.symbol, start) + span)
        if hole.symbol in wanted and close <= hole.last + span and close <= up_to:
            first[hole.symbol] = min(close, first.get(hole.symbol, close))
    behind = {symbol: close - span for symbol, close in first.items()}
    for symbol in wanted - behind.keys():
        if symbol in mark.behind and examined.behind_until < start:
            behind[symbol] = max(mark.behind[symbol], examined.behind_until)
        elif up_to == examined.newest and symbol not in arrived.get(up_to, NO_SYMBOLS):
            closes = [close for close, symbols in arrived.items() if symbol in symbols]
            behind[symbol] = max([*closes, *([mark.behind[symbol]] if symbol in mark.behind else [])], default=start)
    return Mark(up_to, {symbol: close for symbol, close in behind.items() if close < up_to}, mark.horizon)


def incomplete_symbols(arrived: Closes, scanned: Closes, blocked: Closes, timeframe: Timeframe) -> list[Neutral]:
    """Return the symbols whose newest close is blocked and not scanned, in order."""
    if not blocked:
        return []
    newest: dict[str, datetime] = {}
    for close in sorted(arrived):
        newest.update(dict.fromkeys(arrived[close], close))
    return [
        Neutral(name, timeframe, close, reason(Code.HISTORY_INCOMPLETE, symbol=name, timeframe=timeframe.value))
        for name, close in sorted(newest.items())
        if name in blocked.get(close, NO_SYMBOLS) - scanned.get(close, NO_SYMBOLS)
    ]


def absent_symbols(arrived: Closes, watched: Iterable[str], timeframe: Timeframe, as_of: datetime) -> list[str]:
    """Return the symbols without a candle at the newest close, in order: of the watched ones, else of those seen lately."""
    newest = timeframe.last_closed(as_of) + timeframe.span
    expected = frozenset(watched) or frozenset().union(*arrived.values())
    return sorted(expected - arrived.get(newest, NO_SYMBOLS))


def late_symbols(
    symbols: Sequence[str], last_close: Sequence[datetime | None], timeframe: Timeframe, as_of: datetime
) -> list[Neutral]:
    """Return the symbols whose newest candle is not the newest possible one, each with how late it is."""
    newest = timeframe.last_closed(as_of) + timeframe.span
    judged = freshness(symbols, last_close, timeframe, as_of, timedelta(0))
    return [Neutral(stale.symbol, timeframe, newest, stale_reason(stale)) for stale in judged if isinstance(stale, Stale)]
