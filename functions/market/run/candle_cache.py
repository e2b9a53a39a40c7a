"""A cache of the newest candles, so that a close costs the reading of its own candles and not of the thousands under it.

The cache answers what a read of everything would. Triggers note in `candle_change`, in the transaction of each write, which
times it touched; a read starts at the oldest time touched by a transaction that the read before may not have seen.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

import numpy as np
from sqlalchemy import Connection, Engine, text

from functions.market.candles.gaps import from_ms, to_ms
from functions.market.candles.grid import CANDLE_FIELDS, Candles
from functions.market.candles.timeframe import Timeframe
from functions.market.store.candle_grids import read_range

KEEP_SECONDS = 6 * 3600.0  # then all is read anew: notes of changes are removed after a day


class CandleCache:
    """The newest candles of each timeframe; safe from any number of threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._cached: dict[Timeframe, CachedCandles] = {}
        self._locks = {timeframe: Lock() for timeframe in Timeframe}

    def read(self, timeframe: Timeframe, symbols: Sequence[str], as_of: datetime, bars: int) -> Candles:
        """Return what `read_candles` returns; arguments as there. The grid is shared and cannot be written to."""
        last = timeframe.last_closed(as_of)
        first = last - (bars - 1) * timeframe.span
        with self._locks[timeframe]:
            cached = self._cached.get(timeframe)
            if cached is not None and time.monotonic() - cached.read_at >= KEEP_SECONDS:
                cached = None
            # A symbol that came late, and alone, does not push the others out.
            known = cached.candles.symbols if cached else ()
            wanted = known if set(symbols) <= set(known) else tuple(sorted({*known, *symbols}))
            if cached is not None and not cached.covers(wanted, first):
                cached = None
            # One snapshot for what has changed and for the candles.
            with self._engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
                newest = _read(connection, timeframe, wanted, cached, first, last)
            self._cached[timeframe] = newest
        return newest.candles.of(symbols).trimmed()

    def forget(self, timeframe: Timeframe) -> None:
        """Read a timeframe anew the next time."""
        with self._locks[timeframe]:
            self._cached.pop(timeframe, None)


@dataclass(frozen=True, slots=True)
class CachedCandles:
    """The candles of one timeframe as a snapshot of `database` saw them; every transaction before `horizon` was over then."""

    candles: Candles
    database: int
    horizon: int
    read_at: float

    def __post_init__(self) -> None:
        for name in CANDLE_FIELDS:
            getattr(self.candles, name).setflags(write=False)
        self.candles.open_time.setflags(write=False)

    def covers(self, symbols: tuple[str, ...], first: datetime) -> bool:
        """Tell whether a grid of these symbols from this open time on can be made of it and of newer candles."""
        opened = self.candles.open_time
        return bool(self.candles.symbols == symbols and len(opened) and opened[0] <= to_ms(first) <= opened[-1])


_CHANGED = text("""
    SELECT (SELECT CAST(oid AS bigint) FROM pg_database WHERE datname = current_database()) AS database,
           CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) AS horizon,
           (SELECT min(first_open_time) FROM candle_change
            WHERE timeframe = :timeframe AND transaction >= :horizon AND last_open_time >= :first) AS changed
""")


def _read(
    connection: Connection,
    timeframe: Timeframe,
    symbols: Sequence[str],
    cached: CachedCandles | None,
    first: datetime,
    last: datetime,
) -> CachedCandles:
    """Read what is not cached, or has changed since, and join it to the rest."""
    read_at = time.monotonic()
    database, horizon, changed = connection.execute(
        _CHANGED, {"timeframe": timeframe.value, "horizon": cached.horizon if cached else 0, "first": first}
    ).one()
    # A restore puts another database in the place of this one: its transactions say nothing about what is cached.
    if cached is None or cached.database != database or cached.horizon > horizon:
        return CachedCandles(read_range(connection, timeframe, symbols, first, last), database, horizon, read_at)
    next_open = from_ms(int(cached.candles.open_time[-1])) + timeframe.span
    begin = max(first, min(next_open, changed or next_open, last + timeframe.span))
    newer = read_range(connection, timeframe, cached.candles.symbols, begin, last)
    unchanged = slice(*np.searchsorted(cached.candles.open_time, (to_ms(first), to_ms(begin))).tolist())
    return CachedCandles(_joined(cached.candles.during(unchanged), newer), database, horizon, cached.read_at)


def _joined(before: Candles, after: Candles) -> Candles:
    grids = (np.concatenate([getattr(before, name).T, getattr(after, name).T]).T for name in CANDLE_FIELDS)
    return Candles(before.timeframe, before.symbols, np.concatenate([before.open_time, after.open_time]), *grids)
