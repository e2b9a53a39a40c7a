"""Steps that no market makes end the history before them: after one a coin is judged as if it were new.

A swap of 1000 old coins for one new under the same name, or a broken feed, makes every average, range and swing over the step a
number about nothing. What closed before the step keeps its own history, so nothing after a close changes what was said at it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from functions.arrays import BoolGrid, FloatGrid, IntGrid
from functions.market.candles.grid import CANDLE_FIELDS, Candles
from functions.market.candles.jumps import FACTOR, is_jump
from functions.technical.engine.history import History, history_of


@dataclass(frozen=True, slots=True)
class Stretches:
    """A grid whose rows are cut at steps: one row for each stretch of a symbol between two of them.

    `history` has a column for each stretch; `owner[S, T]` says which of them holds a symbol's candle, `stepped[R]` which of them
    begin with a step.
    """

    history: History
    owner: IntGrid
    stepped: NDArray[np.bool_]


def stretches(candles: Candles, history: History) -> Stretches | None:
    """Cut a grid, and the history made of it, at its steps; None when it has none, as nearly always."""
    begins = _begins(history)
    if begins is None:
        return None
    number = np.cumsum(begins, axis=0)
    counts = number[-1] + 1
    first_of = np.cumsum(counts) - counts
    source = np.repeat(np.arange(len(counts)), counts)
    place = np.arange(len(source)) - first_of[source]
    inside = number.T[source] == place[:, None]
    grids = (np.where(inside, getattr(candles, name)[source], np.nan) for name in CANDLE_FIELDS)
    cut = Candles(candles.timeframe, tuple(candles.symbols[row] for row in source), candles.open_time, *grids)
    return Stretches(history_of(cut), (number + first_of).T, place > 0)


def newest_stretch(candles: Candles) -> NDArray[np.int64]:
    """Return the column of each symbol's first candle after its newest step, `[S]`; 0 without a step."""
    begins = _begins(history_of(candles))
    if begins is None:
        return np.zeros(len(candles.symbols), dtype=np.int64)
    rows = np.where(begins, np.arange(len(begins))[:, None], 0)
    newest: NDArray[np.int64] = rows.max(axis=0)
    return newest


def since_step(opens: NDArray[np.float64], closes: NDArray[np.float64]) -> int:
    """Return the place in one series, oldest first, at which its newest history begins; its length when a step is its end."""
    if not len(closes):
        return 0
    begins = _marks(opens[:, None], closes[:, None])[:, 0]
    return int(np.flatnonzero(begins)[-1]) if begins.any() else 0


def _begins(history: History) -> BoolGrid | None:
    """Return where a history begins anew, `[T, S]`; None when it never does."""
    if not len(history.close):
        return None
    # A step is in nobody's candles, nearly always; where lowest and highest lie closer than one there is none to look for.
    with np.errstate(invalid="ignore"):
        wide = np.fmax.reduce(history.high) >= FACTOR * np.fmin.reduce(history.low)
    if not wide.any():
        return None
    begins = np.zeros(history.close.shape, dtype=np.bool_)
    begins[:, wide] = _marks(history.open[:, wide], history.close[:, wide])[:-1]
    return begins if begins.any() else None


def _marks(opens: FloatGrid, closes: FloatGrid) -> BoolGrid:
    """Return the rows that begin a new history, `[T + 1, S]`.

    A step between two candles begins it with the second; a step within a candle leaves that candle to no history but its own.
    """
    begins = np.zeros((len(closes) + 1, closes.shape[1]), dtype=np.bool_)
    begins[1:-1] = is_jump(closes[:-1], opens[1:]) | is_jump(closes[:-1], closes[1:])
    within = is_jump(opens, closes)
    begins[:-1] |= within
    begins[1:] |= within
    begins[0] = False
    return begins
