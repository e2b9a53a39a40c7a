"""What the market made of ideas: signals, setups, rejections and random entries alike, by the one settlement.

An idea is traded on paper from the moment it is said: a third at each target, the stop to break-even after the first, out when
its time is up. Each fill pays slippage and fee, as a paper trade's do.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from functions.costs import Costs
from functions.paper.settling.touch import NEVER, Found, Paths, Touches, Trades, first_touches

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

HORIZONS = (timedelta(hours=1), timedelta(hours=4), timedelta(hours=24), timedelta(days=7))
HOLD = HORIZONS[-1]  # after it an idea is over
HOUR = timedelta(hours=1)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Ideas:
    """What could be traded, arrays `[N]`; prices as floats, moments in ms UTC.

    Args:
        row: of the pair in the paths.
        sign: +1 long, -1 short.
        price: of the market when it was said.
        stop: on the losing side of the price.
        targets: `[N, 3]`, nearest first, NaN behind the last.
        said_at: what the market did from then on counts.
    """

    row: Integers
    sign: Integers
    price: Floats
    stop: Floats
    targets: Floats
    said_at: Integers

    @property
    def risk(self) -> Floats:
        """Return the distance from the price to the stop."""
        return np.abs(self.price - self.stop)


@dataclass(frozen=True, slots=True)
class Results:
    """What became of ideas, arrays `[N]`; NaN where it is not known yet.

    Args:
        returns: `[N, 4]`, how far the price went in the idea's direction by each of `HORIZONS`, a fraction, without costs.
        best: the farthest it went in its favour until it ended, in R; the candle of its end counts whole.
        worst: the farthest it went against it, in R, 0 or less.
        first: +1 when the first target was reached first, -1 when the stop was, 0 when neither was in its time.
        r: what it earned in units of its risk, after costs.
        known_at: when its time is up. Only then does it count, won or lost: stops come sooner than targets.
    """

    returns: Floats
    best: Floats
    worst: Floats
    first: Floats
    r: Floats
    known_at: Integers


def measure(paths: Paths, ideas: Ideas, costs: Costs, hold: timedelta = HOLD, gone: Flags | None = None) -> Results:
    """Return what the paths made of ideas; an idea with a missing candle waits, and so does what is known of it.

    Args:
        paths: of the pairs.
        ideas: that were said.
        costs: of each fill.
        hold: after it an idea is over.
        gone: `[S]`, pairs that the exchange has taken off: when the time is up, what is left goes at the last price seen.
    """
    slippage, fee = float(costs.slippage), float(costs.fee)
    entry = ideas.price * (1 + ideas.sign * slippage)
    count, known_at = len(ideas.row), ideas.said_at + hold // _MILLISECOND
    touches = touches_of(paths, ideas, costs, hold)
    stranded = np.zeros(count, dtype=np.bool_) if gone is None else gone[ideas.row]
    stranded &= (touches.found == Found.RAN_OUT) & (touches.until >= known_at)
    level = np.where(stranded, touches.last, touches.level)
    over = (touches.found >= Found.STOP) | stranded
    best, worst = _excursions(paths, ideas, touches)
    reached = touches.targets_at[:, 0] >= 0
    first = np.where(reached, 1.0, np.where(touches.found == Found.STOP, -1.0, 0.0))
    return Results(
        returns=_returns(paths, ideas),
        best=best,
        worst=worst,
        first=np.where(over | reached, first, np.nan),
        r=np.where(over, _earned(ideas, touches, level, entry, (slippage, fee)), np.nan),
        known_at=known_at,
    )


def earned(paths: Paths, ideas: Ideas, costs: Costs, hold: timedelta = HOLD) -> Floats:
    """Return what each idea earned in R after costs, `[N]`; NaN while it is not over. Of many ideas it is all that is asked."""
    touches = touches_of(paths, ideas, costs, hold)
    slippage, fee = float(costs.slippage), float(costs.fee)
    entry = ideas.price * (1 + ideas.sign * slippage)
    return np.where(touches.found >= Found.STOP, _earned(ideas, touches, touches.level, entry, (slippage, fee)), np.nan)


def touches_of(paths: Paths, ideas: Ideas, costs: Costs, hold: timedelta = HOLD) -> Touches:
    """Return what of their levels the market touched; what is left after `hold` goes at the next open."""
    count = len(ideas.row)
    return first_touches(
        paths,
        Trades(
            row=ideas.row,
            sign=ideas.sign,
            entry=ideas.price * (1 + ideas.sign * float(costs.slippage)),
            stop=ideas.stop,
            targets=ideas.targets,
            since=ideas.said_at,
            targets_hit=np.zeros(count, dtype=np.int64),
            break_even_from=np.full(count, NEVER),
            break_even=np.ones(count, dtype=np.bool_),
            leaves_at=ideas.said_at + hold // _MILLISECOND,
            filled_at=np.zeros(len(ideas.row), dtype=np.int64),
            last=ideas.price,
        ),
    )


def _earned(ideas: Ideas, touches: Touches, level: Floats, entry: Floats, costs: tuple[float, float]) -> Floats:
    """Return what each idea earned in R: equal parts at the targets reached, the rest at the level where it ended."""
    slippage, fee = costs
    there = ~np.isnan(ideas.targets)
    hit = (touches.targets_at >= 0) & there
    part = 1 / np.maximum(there.sum(axis=1), 1)
    rest = 1 - part * hit.sum(axis=1)
    against = 1 - ideas.sign * slippage
    sold = (part * np.where(hit, ideas.targets, 0).sum(axis=1) + np.where(rest > part / 2, rest * level, 0)) * against
    result: Floats = ((sold - entry) * ideas.sign - fee * (sold + entry)) / np.abs(entry - ideas.stop)
    return result


def _returns(paths: Paths, ideas: Ideas) -> Floats:
    """Return how far the price had gone by the close of the last candle of each horizon."""
    close = paths.prices[3]
    returns = np.full((len(ideas.row), len(HORIZONS)), np.nan)
    for number, horizon in enumerate(HORIZONS):
        column = (ideas.said_at + horizon // _MILLISECOND - paths.first_open) // paths.span - 1
        seen = (column >= 0) & (column < close.shape[1])
        there = close[ideas.row[seen], column[seen]]
        returns[seen, number] = ideas.sign[seen] * (there / ideas.price[seen] - 1)
    return returns


def _excursions(paths: Paths, ideas: Ideas, touches: Touches) -> tuple[Floats, Floats]:
    """Return the best and the worst that the market showed of each idea, in R; NaN before its first candle."""
    _, high, low, _ = paths.prices
    best, worst = np.full((2, len(ideas.row)), np.nan)
    end = np.where(touches.ended_at >= 0, touches.ended_at, touches.until)
    first = -((paths.first_open - ideas.said_at) // paths.span)
    last = -((paths.first_open - end) // paths.span)
    for number, row in enumerate(ideas.row.tolist()):
        span = slice(int(first[number]), int(last[number]))
        highest = np.nanmax(high[row, span], initial=-np.inf)
        lowest = np.nanmin(low[row, span], initial=np.inf)
        extremes = np.array([highest, lowest, touches.level[number]])
        steps = (extremes[np.isfinite(extremes)] - ideas.price[number]) * ideas.sign[number]
        if len(steps):
            best[number], worst[number] = max(steps.max(), 0.0), min(steps.min(), 0.0)
    return best / ideas.risk, worst / ideas.risk
