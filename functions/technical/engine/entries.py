"""Three plain trend entries, none of them tuned: each is an event at a close, True on the one candle where it happens.

A cell says +1 for a long entry, -1 for a short one, 0 for none; every grid is time-first `[T, S]`. The rules and why no more of
them are in docs/technical.md.
"""

from dataclasses import dataclass

import numpy as np

from functions.arrays import BoolGrid, FloatGrid
from functions.technical.engine.trend import Signs, above, channel, sign
from functions.technical.engine.windows import shift

CHANNEL_CANDLES = 20
MOMENTUM_CANDLES = 20
PULLBACK_LONG, PULLBACK_SHORT = 40.0, 60.0
ROWS_BEFORE = CHANNEL_CANDLES + 2  # rows of history an entry looks back on


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries of each cell, `[T, S]` (or `[S, T]` once an `Analysis` hands them out)."""

    breakout: Signs
    pullback: Signs
    momentum: Signs

    @property
    def side(self) -> Signs:
        """Return the direction the entries of each cell point to; 0 without one, and where they point both ways."""
        up, down = ((self.breakout == way) | (self.pullback == way) | (self.momentum == way) for way in (1, -1))
        return sign(up, down)

    def any(self, direction: Signs) -> BoolGrid:
        """Tell where at least one entry points to `direction` (which is not 0)."""
        hit = (self.breakout == direction) | (self.pullback == direction) | (self.momentum == direction)
        result: BoolGrid = hit & (direction != 0)
        return result


def breakout(high: FloatGrid, low: FloatGrid, close: FloatGrid) -> Signs:
    """Donchian-20 breakout: the close leaves the range of the 20 candles before it, and the close before had not left its own.

    Warm-up 22. Source: Donchian; the Turtle rules' 20-day entry.
    """
    top, bottom = channel(high, low, CHANNEL_CANDLES)
    return sign(_first(above(close, top), top), _first(above(bottom, close), bottom))


def pullback(rsi: FloatGrid) -> Signs:
    """RSI pullback: RSI(14) comes back above 40 from below (long), back below 60 from above (short).

    Warm-up 16. Source: the rule study (pullback to RSI 40 in a trend); Cardwell's range of the RSI in up-trends.
    """
    before = shift(rsi, 1)
    return sign((before < PULLBACK_LONG) & (rsi >= PULLBACK_LONG), (before > PULLBACK_SHORT) & (rsi <= PULLBACK_SHORT))


def momentum(close: FloatGrid, ema50: FloatGrid) -> Signs:
    """Time-series momentum: the 20-candle change of the close turns positive above EMA50 (long), negative below it (short).

    Warm-up 50 (EMA50; the change itself 22). Source: Moskowitz, Ooi, Pedersen 2012, with the candle's own EMA as the side.
    """
    past = shift(close, MOMENTUM_CANDLES)
    up, down = above(close, past), above(past, close)
    return sign(_first(up, past) & above(close, ema50), _first(down, past) & above(ema50, close))


def entries(high: FloatGrid, low: FloatGrid, close: FloatGrid, rsi: FloatGrid, ema50: FloatGrid) -> Entries:
    """Return the three entries of each cell, `[T, S]`."""
    return Entries(breakout(high, low, close), pullback(rsi), momentum(close, ema50))


def _first(state: BoolGrid, known: FloatGrid) -> BoolGrid:
    """Tell where `state` begins: it holds now, and did not on the row before, where it was known."""
    before = np.ones_like(state)
    before[1:] = state[:-1] | np.isnan(known[:-1])
    return state & ~before
