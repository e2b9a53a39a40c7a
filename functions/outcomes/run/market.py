"""What the market did after ideas were said, and which coins the gate let through beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32

import numpy as np
from sqlalchemy import Connection

from functions.market.candles.gaps import to_ms
from functions.market.candles.timeframe import Timeframe
from functions.market.store import known_absent
from functions.market.store.candle_grids import read_range
from functions.outcomes.baseline import Field
from functions.outcomes.results import Flags, Integers
from functions.outcomes.store import settling
from functions.paper.settling.touch import Paths
from functions.scoring.gate import regime
from functions.scoring.rules import ScoreRules
from functions.technical.factors import trend, usable
from functions.technical.setups.grids import stop_distance
from functions.technical.setups.state_row import standing_of
from functions.technical.store import standing_rows

FINEST = Timeframe.M5
LATE = timedelta(hours=1)  # a candle that the exchange denies may still come for so long


@dataclass(frozen=True, slots=True)
class Seen:
    """The 5m candles of some pairs.

    Attributes:
        symbols: the rows, in order of their names.
        paths: the candles; those that will never come are marked.
        gone: `[S]`, pairs that the exchange has taken off.
    """

    symbols: tuple[str, ...]
    paths: Paths
    gone: Flags

    @property
    def rows(self) -> dict[str, int]:
        """Return each pair's row."""
        return {symbol: row for row, symbol in enumerate(self.symbols)}

    @property
    def numbers(self) -> Integers:
        """Return a number of each pair that is the same in whichever company it is read."""
        return np.array([crc32(symbol.encode()) for symbol in self.symbols], dtype=np.int64)


def read_seen(connection: Connection, symbols: Sequence[str], first: datetime, last: datetime, as_of: datetime) -> Seen:
    """Return the candles from the one that closes at `first` to the newest that is closed at `last`, as known at `as_of`."""
    names = tuple(sorted(set(symbols)))
    candles = read_range(connection, FINEST, names, FINEST.floor(first) - FINEST.span, FINEST.last_closed(min(last, as_of)))
    rows = {symbol: row for row, symbol in enumerate(names)}
    absent = np.zeros(candles.close.shape, dtype=np.bool_)
    for run in known_absent(connection, names, FINEST):
        if run.last + FINEST.span + LATE <= as_of:
            absent[rows[run.symbol], slice(*np.searchsorted(candles.open_time, (to_ms(run.first), to_ms(run.last) + 1)))] = True
    taken_off = settling.gone_pairs(connection, names, as_of - LATE)
    gone = np.array([name in taken_off for name in names], dtype=np.bool_)
    absent[gone] = True
    return Seen(names, Paths.of(candles, absent & np.isnan(candles.close)), gone)


def read_field(connection: Connection, seen: Seen, closes: Sequence[datetime], rules: ScoreRules) -> Field:
    """Return the coins as they stood at some closes, rising: what was scored, of daily trend with the gate, is let through."""
    moments = np.array([to_ms(close) for close in closes], dtype=np.int64)
    gate = rules.setups.gate_symbol
    names = tuple(dict.fromkeys([*seen.symbols, gate]))
    day, four_hour = (
        standing_of(timeframe, names, moments, standing_rows(connection, timeframe, names, closes[0], closes[-1]))
        for timeframe in (Timeframe.D1, Timeframe.H4)
    )
    allowed = regime(day.row(names.index(gate)))
    sound = usable(day) & usable(four_hour)
    distance = np.where(sound, stop_distance(day.atr, four_hour.atr, rules.setups), np.nan)
    direction = trend(day).direction
    scored = settling.scored_coins(connection, closes)
    coins = np.array([[symbol in scored[close] for close in closes] for symbol in seen.symbols], dtype=np.bool_)
    own = slice(len(seen.symbols))
    column = (moments - seen.paths.first_open) // seen.paths.span - 1
    return Field(
        price=seen.paths.prices[3][:, column],
        range=distance[own],
        long=coins & (allowed == 1) & (direction[own] == 1),
        short=coins & (allowed == -1) & (direction[own] == -1),
    )
