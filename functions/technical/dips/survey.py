"""Which coins get a dip order at each daily close, over whole grids: live, the last column alone is read."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from functions.arrays import BoolArray, BoolGrid, FloatArray, FloatGrid, Milliseconds
from functions.market.candles.grid import Candles
from functions.technical.dips.rules import DipRules
from functions.technical.engine.history import History, history_of

ATR_DAYS = 14


@dataclass(frozen=True, slots=True)
class DipSurvey:
    """What daily candles say of dip orders, at each of their closes.

    Attributes:
        symbols: rows of the grids.
        closes: ms UTC, `[T]`.
        gate: the gate's close stands above both its averages, `[T]`.
        strength: what the gate's price gained over the days that count, a fraction, `[T]`; NaN while it is unknown.
        strong: the gate is open, and strong enough, `[T]`.
        wanted: the coin gets an order if the gate is strong, `[S, T]`.
        close: of each coin, `[S, T]`.
        range: its ATR(14), in price, `[S, T]`; NaN for the first 13 days.
    """

    symbols: tuple[str, ...]
    closes: Milliseconds
    gate: BoolArray
    strength: FloatArray
    strong: BoolArray
    wanted: BoolGrid
    close: FloatGrid
    range: FloatGrid


def survey_dips(days: Candles, coins: BoolArray, turnover: FloatGrid, rules: DipRules, gate: Candles | None = None) -> DipSurvey:
    """Survey daily candles; column t is made of columns 0..t alone.

    Args:
        days: closed daily candles.
        coins: rows that may be traded: no stablecoin, wrapped or leveraged token, `[S]`.
        turnover: of each day in USDT, NaN where it is not known: of the rows of `days`, and then of other coins that may be
            larger, `[S + others, T]`.
        rules: of the orders.
        gate: daily candles of the gate's symbol, where they are others than in `days`; those in `days` by default.

    Raises:
        KeyError: the gate's symbol is in neither.
    """
    history = history_of(days)
    lives = _lives(history, rules)
    lengths = (rules.fast, rules.slow)
    averages = {length: lives.joined(lives.average(history.close, length, 2.0 / (length + 1))) for length in lengths}
    ranges = lives.joined(lives.average_of(lives.true_range(history), ATR_DAYS, 1.0 / ATR_DAYS))
    present = history.present
    close = np.where(present, history.close, np.nan)
    gate_open, strength = gate_at(days if gate is None else gate, history.close_time, rules)
    with np.errstate(invalid="ignore"):
        trends = (close > averages[rules.slow]) & (averages[rules.fast] > averages[rules.slow])
        strong = gate_open if rules.strength is None else gate_open & (strength > rules.strength)
    old = lives.joined(np.cumsum(lives.begun & present[:, lives.column], axis=0)) >= rules.least_days
    wanted = trends & old & (ranges > 0) & coins
    return DipSurvey(
        symbols=days.symbols,
        closes=history.close_time,
        gate=gate_open,
        strength=strength,
        strong=strong,
        wanted=wanted.T & most_traded(turnover, rules.coins, rules.turnover_days)[: len(days.symbols)],
        close=close.T,
        range=ranges.T,
    )


def most_traded(turnover: FloatGrid, coins: int | None, days: int) -> BoolGrid:
    """Tell at each close which coins are the largest by the median turnover of the last days, `[S, T]`; all without a number.

    A day without a figure counts as none; ties go by row.
    """
    if coins is None:
        return np.ones(turnover.shape, dtype=np.bool_)
    known = np.where(np.isnan(turnover), 0.0, turnover)
    padded = np.concatenate([np.zeros((len(known), days - 1)), known], axis=1)
    windows = np.lib.stride_tricks.sliding_window_view(padded, days, axis=1)
    medians = np.median(windows, axis=2)
    places = np.argsort(np.argsort(-medians, axis=0, kind="stable"), axis=0)
    result: BoolGrid = (places < coins) & (medians > 0)
    return result


def gate_at(days: Candles, closes: Milliseconds, rules: DipRules) -> tuple[BoolArray, FloatArray]:
    """Return whether the gate is open at some closes, and what its price gained over the days that count; shut where unknown."""
    history = history_of(days.of((rules.gate_symbol,)))
    lives = _lives(history, rules)
    close = np.where(history.present, history.close, np.nan)
    slow, slowest = (lives.joined(lives.average(history.close, n, 2.0 / (n + 1)))[:, 0] for n in (rules.slow, rules.slowest))
    strength, back, price = np.full(len(close), np.nan), rules.strength_days, close[:, 0]
    strength[back:] = price[back:] / price[:-back] - 1.0
    with np.errstate(invalid="ignore"):
        is_open = (price > slow) & (price > slowest)
    places = np.searchsorted(history.close_time, closes)
    known = (places < len(price)) & (history.close_time[np.minimum(places, len(price) - 1)] == closes)
    places = np.minimum(places, len(price) - 1)
    return known & is_open[places], np.where(known, strength[places], np.nan)


@dataclass(frozen=True, slots=True)
class _Lives:
    """The stretches of history in which a coin was one and the same: a column of the grids for each, `[N]`.

    Attributes:
        column: of its coin in the history.
        first: row that it begins at.
        rows: of the history.
        coins: columns of the history.
    """

    column: NDArray[np.int64]
    first: NDArray[np.int64]
    rows: int
    coins: int

    @property
    def begun(self) -> BoolGrid:
        """Tell which rows belong to a life or to a later one of its coin, `[T, N]`."""
        result: BoolGrid = np.arange(self.rows)[:, None] >= self.first
        return result

    def average(self, values: FloatGrid, length: int, weight: float) -> FloatGrid:
        """Return the recursive average of each life of the columns of `values`, `[T, N]`."""
        return self.average_of(values[:, self.column], length, weight)

    def average_of(self, values: FloatGrid, length: int, weight: float) -> FloatGrid:
        """Return the recursive average of values that have a column for each life, `[T, N]`."""
        from functions.technical.engine.walk import average  # with it comes the compiler

        grid = np.ascontiguousarray(values)
        grid.setflags(write=False)
        return average(grid, length, weight, self.first)

    def true_range(self, history: History) -> FloatGrid:
        """Return the true range of each day of each life, in price; of its first day high less low. Source: Wilder 1978."""
        close, high, low = (grid[:, self.column] for grid in (history.close, history.high, history.low))
        before = np.vstack([close[:1], close[:-1]])
        later = np.arange(self.rows)[:, None] > self.first
        return np.where(later, np.fmax(high, before), high) - np.where(later, np.fmin(low, before), low)

    def joined(self, grid: FloatGrid) -> FloatGrid:
        """Return a column for each coin: of its newest life that had begun, `[T, S]`; lives of a coin come in order of time."""
        result = np.full((self.rows, self.coins), np.nan)
        for life, (column, first) in enumerate(zip(self.column, self.first, strict=True)):
            result[first:, column] = grid[first:, life]
        return result


def _lives(history: History, rules: DipRules) -> _Lives:
    """Cut each coin's history where a day opens a step away from the close before it."""
    before = np.vstack([np.full((1, history.close.shape[1]), np.nan), history.close[:-1]])[: len(history.close)]
    with np.errstate(invalid="ignore"):
        steps = (history.open >= before * rules.step) | (history.open * rules.step <= before)
    later = np.argwhere((steps & history.present).T)  # by coin, then by time
    begins = np.column_stack([np.arange(history.close.shape[1]), history.starts])
    lives = np.concatenate([begins, later]).astype(np.int64)
    return _Lives(
        column=np.ascontiguousarray(lives[:, 0]),
        first=np.ascontiguousarray(lives[:, 1]),
        rows=len(history.close),
        coins=history.close.shape[1],
    )
