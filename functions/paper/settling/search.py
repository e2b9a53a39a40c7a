"""The compiled search for the first touch. It compares prices and books nothing; `touch` says what goes in and what comes out.

`functions.technical.compiler` says what being compiled asks of this module.
"""

import numpy as np
from numpy.typing import NDArray

from functions.technical.compiler import compiled

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

# Why a search ended; the first three leave the trade open.
RAN_OUT, WAITS, JUMPED, STOP, BREAK_EVEN, LEFT, LAST_TARGET = range(7)
NEVER = np.iinfo(np.int64).max  # a moment that does not come


Grid = tuple[Floats, Floats, Floats, Floats, Flags, Flags, Floats, Floats]
Scale = tuple[int, int, int, int]
TradeArrays = tuple[Integers, Integers, Floats, Floats, Floats, Integers, Integers, Integers, Flags, Integers, Floats, Integers]
FoundArrays = tuple[Integers, Integers, Integers, Floats, Integers, Floats, Integers]


@compiled
def search(grid: Grid, scale: Scale, trades: TradeArrays, found: FoundArrays) -> None:
    """Walk each trade along its row until it ends, a candle is missing or the grid is over, and fill in what was found.

    Args:
        grid: open, high, low, close, `[S, T]`, contiguous, NaN where no candle is known; whether NaN there is passed instead of
            waited for, `[S, T]`; whether no market makes the step to this candle from the one before it, `[S, T]`; highest and
            lowest price of each block of candles, `[S, T / block]`, NaN where one lacks or jumps.
        scale: candles of a block, which are passed together when no level lies between their extremes; factor of a step that no
            market makes; ms UTC of the first candle; ms of a candle.
        trades: row, sign, entry, stop (NaN: none), targets `[N, 3]` (NaN: none), since, targets hit, break-even from, whether the
            first target moves the stop, leaves at, newest sound price (NaN: none), when a resting order opened it (0: none did);
            moments in ms UTC.
        found: to be filled in: targets reached at `[N, 3]`, why it ended, when, at which price, until when it is settled, newest
            sound price, unseen.
    """
    for trade in range(len(trades[0])):
        _follow(trade, grid, scale, trades, found)


@compiled
def _follow(trade: int, grid: Grid, scale: Scale, trades: TradeArrays, found: FoundArrays) -> None:
    rows, signs, entries, stops, targets, sinces, hits, evens, moves, leaves, lasts, fills = trades
    reached, why, ended_at, price, until, last, unseen = found
    row, sign, since, hit, even_from = rows[trade], signs[trade], sinces[trade], hits[trade], evens[trade]
    opens, highs, lows, closes, passes, steps = grid[0][row], grid[1][row], grid[2][row], grid[3][row], grid[4][row], grid[5][row]
    best_of, worst_of = (grid[6][row], grid[7][row]) if sign > 0 else (grid[7][row], grid[6][row])
    block, factor, first_open, span = scale
    limit = min(len(closes), (leaves[trade] - first_open) // span)  # columns below it open before the exit is due
    seen, last[trade] = False, lasts[trade]
    why[trade] = RAN_OUT
    column = (since - first_open) // span
    while column < len(closes):
        opened = first_open + column * span
        if seen and column % block == 0 and (even_from == NEVER or even_from <= opened):
            stop, reason = _standing(stops[trade], entries[trade], even_from != NEVER)
            target = targets[trade, hit] if hit < 3 else np.nan
            quiet = _past_quiet(column, limit, block, best_of, worst_of, stop, target, sign)
            if quiet > column:
                column, seen, last[trade] = quiet, True, closes[quiet - 1]
                continue
        if np.isnan(closes[column]) and passes[column]:
            unseen[trade] += 1
            column += 1
            continue
        candle = (opens[column], highs[column], lows[column], closes[column])
        if np.isnan(closes[column]) or (steps[column] if seen else _jumps(last[trade], candle, opened < since, factor)):
            why[trade] = WAITS if np.isnan(closes[column]) else JUMPED
            break
        seen, last[trade] = True, closes[column]
        opened, begins, best, worst = _known(candle, opened, span, since, sign, leaves[trade])
        begins, best = _filled(opened < fills[trade], begins, best, entries[trade], sign)
        closed = first_open + (column + 1) * span
        stop, reason = _standing(stops[trade], entries[trade], opened >= even_from)
        if (worst - stop) * sign <= 0:
            gap = (begins - stop) * sign <= 0
            why[trade], ended_at[trade], price[trade] = reason, opened if gap else closed, begins if gap else stop
            break
        if opened >= leaves[trade]:
            why[trade], ended_at[trade], price[trade] = LEFT, opened, begins
            break
        before, hit = hit, _take(targets[trade], hit, best, sign)
        if hit > before:
            reached[trade, before:hit] = closed
            even_from = closed if before == 0 and moves[trade] else even_from
            if hit == 3 or np.isnan(targets[trade, hit]):
                why[trade], ended_at[trade] = LAST_TARGET, closed
                column += 1
                break
        column += 1
    until[trade] = max(since, first_open + column * span)


@compiled
def _past_quiet(
    column: int, limit: int, block: int, best_of: Floats, worst_of: Floats, stop: float, target: float, sign: int
) -> int:
    """Return the first column, of the blocks from `column` on and below `limit`, whose block may hold something."""
    while column + block <= limit:
        best, worst = best_of[column // block], worst_of[column // block]
        if np.isnan(best) or (worst - stop) * sign <= 0 or (best - target) * sign >= 0:
            break
        column += block
    return column


@compiled
def _jumps(last: float, candle: tuple[float, float, float, float], by_close: bool, factor: int) -> bool:
    """Tell whether no market makes the step from the last sound price to a candle, or to its close alone."""
    _, high, low, close = candle
    if by_close:
        high, low = close, close
    return high >= last * factor or high * factor <= last or low >= last * factor or low * factor <= last


@compiled
def _known(
    candle: tuple[float, float, float, float], opened: int, span: int, since: int, sign: int, leaves_at: int
) -> tuple[int, float, float, float]:
    """Return what of a candle counts for a trade: from when, the first price, the best and the worst for it.

    Of the candle that `since` lies in only the close is known to come after it; once an exit is due only the first price counts.
    """
    begins, high, low, close = candle
    if opened < since:
        opened, begins, high, low = opened + span, close, close, close
    if opened >= leaves_at:
        return opened, begins, begins, begins
    return (opened, begins, high, low) if sign > 0 else (opened, begins, low, high)


@compiled
def _filled(here: bool, begins: float, best: float, entry: float, sign: int) -> tuple[float, float]:
    """Return the first price and the best of a candle; one in which a resting order filled `here` takes no profit."""
    if not here:
        return begins, best
    begins = entry if (begins - entry) * sign > 0 else begins
    return begins, begins


@compiled
def _standing(stop: float, entry: float, moved: bool) -> tuple[float, int]:
    """Return the stop that stands and what a fill there is called; a trade without a stop never gets one."""
    return (entry, BREAK_EVEN) if moved and not np.isnan(stop) else (stop, STOP)


@compiled
def _take(targets: Floats, hit: int, best: float, sign: int) -> int:
    """Return how many targets are reached after a candle whose best price is this."""
    while hit < 3 and (best - targets[hit]) * sign >= 0:
        hit += 1
    return hit
