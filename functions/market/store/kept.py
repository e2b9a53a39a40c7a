"""The newest candles kept between reads, so that a close costs the reading of its own candles and not of the thousands under it.

What is kept is what a read of everything would give: triggers note in `candle_change`, in the transaction of each write, which
times it touched, and a read begins with the oldest time that a transaction touched which the read before may not have seen.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

import numpy as np
from sqlalchemy import Connection, Engine, text

from functions.market.candles.gaps import from_ms, to_ms
from functions.market.candles.grid import GRIDS, Candles, Timeframe
from functions.market.store.window import read_range

KEEP_SECONDS = 6 * 3600.0  # then all is read anew: notes of changes are removed after a day

_CHANGED = text("""
    SELECT (SELECT CAST(oid AS bigint) FROM pg_database WHERE datname = current_database()) AS database,
           CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) AS horizon,
           (SELECT min(first_open_time) FROM candle_change
            WHERE timeframe = :timeframe AND transaction >= :horizon AND last_open_time >= :first) AS changed
""")


@dataclass(frozen=True, slots=True)
class Kept:
    """The candles of one timeframe as a snapshot of `database` saw them; every transaction before `horizon` was over then."""

    candles: Candles
    database: int
    horizon: int
    read_at: float

    def covers(self, symbols: tuple[str, ...], first: datetime) -> bool:
        """Tell whether a grid of these symbols from this open time on can be made of it and what came later."""
        opened = self.candles.open_time
        return bool(self.candles.symbols == symbols and len(opened) and opened[0] <= to_ms(first) <= opened[-1])


class KeptCandles:
    """The newest candles of each timeframe; safe from any number of threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: dict[Timeframe, Kept] = {}
        self._locks = {timeframe: Lock() for timeframe in Timeframe}

    def read(self, timeframe: Timeframe, symbols: Sequence[str], as_of: datetime, bars: int) -> Candles:
        """Return what `read_candles` returns; arguments as there. The grid is shared: no one writes into it."""
        last = timeframe.last_closed(as_of)
        first = last - (bars - 1) * timeframe.span
        with self._locks[timeframe]:
            kept = self._kept.get(timeframe)
            if kept is not None and time.monotonic() - kept.read_at >= KEEP_SECONDS:
                kept = None
            # A symbol that came late, and alone, does not push the others out.
            known = kept.candles.symbols if kept else ()
            wanted = known if set(symbols) <= set(known) else tuple(sorted({*known, *symbols}))
            if kept is not None and not kept.covers(wanted, first):
                kept = None
            # One snapshot for what has changed and for the candles.
            with self._engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
                found = _read(connection, timeframe, wanted, kept, first, last)
            self._kept[timeframe] = found
        return found.candles.of(symbols).trimmed()

    def forget(self, timeframe: Timeframe) -> None:
        """Read a timeframe anew the next time."""
        with self._locks[timeframe]:
            self._kept.pop(timeframe, None)


def _read(
    connection: Connection, timeframe: Timeframe, symbols: Sequence[str], kept: Kept | None, first: datetime, last: datetime
) -> Kept:
    """Read what is not kept, or changed since, and join it to what is kept."""
    read_at = time.monotonic()
    database, horizon, changed = connection.execute(
        _CHANGED, {"timeframe": timeframe.value, "horizon": kept.horizon if kept else 0, "first": first}
    ).one()
    # A restore puts another database in the place of this one: its transactions say nothing about what was kept.
    if kept is None or kept.database != database or kept.horizon > horizon:
        return Kept(read_range(connection, timeframe, symbols, first, last), database, horizon, read_at)
    next_one = from_ms(int(kept.candles.open_time[-1])) + timeframe.span
    begin = max(first, min(next_one, changed or next_one, last + timeframe.span))
    fresh = read_range(connection, timeframe, kept.candles.symbols, begin, last)
    still = slice(*np.searchsorted(kept.candles.open_time, (to_ms(first), to_ms(begin))).tolist())
    return Kept(_joined(kept.candles.during(still), fresh), database, horizon, kept.read_at)


def _joined(before: Candles, after: Candles) -> Candles:
    grids = (np.concatenate([getattr(before, name).T, getattr(after, name).T]).T for name in GRIDS)
    return Candles(before.timeframe, before.symbols, np.concatenate([before.open_time, after.open_time]), *grids)
