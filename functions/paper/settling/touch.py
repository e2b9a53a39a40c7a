"""What happens to many trades at once: the search for the first touch, over grids of candles, by the rules of `settlement`.

The search decides *what* happens, in floats: which levels are met, when, in which order. *How much* that is, `booking` says in
`Decimal`, for those trades that are kept. A price or a level of at most 15 digits is the same number in both; so the two ways
agree in every fill.

    paths = Paths.of(candles)
    touches = first_touches(paths, Trades.of(positions, rows, since))
    settlements = [touches.settlement(n, position, terms) for n, position in enumerate(positions)]
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from functions.market.candles.grid import Candles
from functions.market.candles.jumps import FACTOR, is_jump
from functions.market.candles.timeframe import Timeframe
from functions.paper.settling.booking import Ending, Settlement, book
from functions.paper.settling.position import Exit, FillReason, Position, Terms
from functions.paper.settling.prices import Bar

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

NEVER = np.iinfo(np.int64).max  # a moment that does not come, ms UTC
MOST_TARGETS = 3
BLOCK = 32  # candles that the search passes together when no level lies between their extremes
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Found(IntEnum):
    """Why the search for a trade ended; the first three leave it open. The order is that of `search`."""

    RAN_OUT = 0
    WAITS = 1
    JUMPED = 2
    STOP = 3
    BREAK_EVEN = 4
    LEFT = 5
    LAST_TARGET = 6

    @property
    def is_over(self) -> bool:
        """Tell whether the trade has ended."""
        return self >= Found.STOP


@dataclass(frozen=True, slots=True)
class Paths:
    """Candles laid out for the search: each pair's row contiguous in memory.

    Args:
        first_open: ms UTC of the first candle.
        span: ms of a candle.
        prices: open, high, low, close, `[S, T]`; NaN where no candle is known.
        absent: `[S, T]`, candles that are known never to come: they are passed and counted; others that lack are waited for.
        jumps: `[S, T]`, no market makes the step to this candle from the one known before it.
        blocks: highest and lowest price of each `BLOCK` of candles, `[S, T / BLOCK]`; NaN where one lacks or jumps.
    """

    first_open: int
    span: int
    prices: tuple[Floats, Floats, Floats, Floats]
    absent: Flags
    jumps: Flags
    blocks: tuple[Floats, Floats]

    @classmethod
    def of(cls, candles: Candles, absent: Flags | None = None) -> Self:
        """Lay out a grid; `absent` names the candles that will never come, none by default."""
        prices = tuple(np.ascontiguousarray(grid) for grid in (candles.open, candles.high, candles.low, candles.close))
        never = np.zeros(candles.close.shape, dtype=np.bool_) if absent is None else np.ascontiguousarray(absent)
        first = int(candles.open_time[0]) if len(candles.open_time) else 0
        jumps = _jumps(prices[1], prices[2], prices[3])
        return cls(
            first_open=first,
            span=candles.timeframe.milliseconds,
            prices=(prices[0], prices[1], prices[2], prices[3]),
            absent=never,
            jumps=jumps,
            blocks=_blocks(prices[1], prices[2], np.isnan(prices[3]) | jumps),
        )


@dataclass(frozen=True, slots=True)
class Trades:
    """Open positions as arrays `[N]`; moments are ms UTC, prices floats.

    Args:
        row: each trade's pair, a row of the paths.
        sign: +1 long, -1 short.
        entry: the price that break-even stands at.
        stop: NaN without one.
        targets: `[N, 3]`, nearest first, NaN behind the last.
        since: prices up to here are settled; of the candle it lies in only the close counts. In the grid or after its first open.
        targets_hit: how many were reached before `since`.
        break_even_from: `NEVER` before the first target.
        break_even: the first target moves the stop to the entry.
        leaves_at: all that is left is sold at the first price from then on; `NEVER` without such an exit.
        last: the newest price before that is known to be sound, NaN when there is none: no market steps far from it.
        filled_at: when a resting order opened the trade: the candle that opened before it may stop the trade, and takes no
            profit. 0 for a trade that was opened at the market.
    """

    row: Integers
    sign: Integers
    entry: Floats
    stop: Floats
    targets: Floats
    since: Integers
    targets_hit: Integers
    break_even_from: Integers
    break_even: Flags
    leaves_at: Integers
    last: Floats
    filled_at: Integers

    @classmethod
    def of(
        cls,
        positions: Sequence[Position],
        rows: Sequence[int],
        since: Sequence[datetime],
        *,
        leaves: Sequence[Exit | None] | None = None,
        last: Sequence[Decimal] | None = None,
        break_even: bool = True,
        filled: Sequence[datetime | None] | None = None,
    ) -> Self:
        """Lay out positions, all on one rule of break-even.

        Args:
            positions: as they are at `since`.
            rows: of the paths.
            since: up to when each is settled.
            leaves: the exit of each that needs no price; none by default.
            last: the newest sound price of each; the entry's by default.
            break_even: the first target moves the stop.
            filled: when a resting order opened each; at the market by default.
        """
        targets = np.full((len(positions), MOST_TARGETS), np.nan)
        for number, position in enumerate(positions):
            targets[number, : len(position.targets)] = [float(target) for target in position.targets]
        exits = leaves or [None] * len(positions)
        return cls(
            row=np.array(rows, dtype=np.int64),
            sign=np.array([position.side.sign for position in positions], dtype=np.int64),
            entry=np.array([float(position.entry) for position in positions]),
            stop=np.array([np.nan if position.stop is None else float(position.stop) for position in positions]),
            targets=targets,
            since=np.array([milliseconds(moment) for moment in since], dtype=np.int64),
            targets_hit=np.array([position.targets_hit for position in positions], dtype=np.int64),
            break_even_from=np.array([_moment(position.break_even_from) for position in positions], dtype=np.int64),
            break_even=np.full(len(positions), break_even),
            leaves_at=np.array([_moment(exit_.at if exit_ else None) for exit_ in exits], dtype=np.int64),
            last=np.array([float(price) for price in last or [position.entry for position in positions]]),
            filled_at=np.array([milliseconds(at) if at else 0 for at in filled or [None] * len(positions)], dtype=np.int64),
        )


@dataclass(frozen=True, slots=True)
class Touches:
    """What the search found, arrays `[N]`; moments are ms UTC.

    Args:
        targets_at: `[N, 3]`, when each target was reached in this search; -1 where it was not.
        found: a `Found` for each.
        ended_at: when it ended; -1 while it is open.
        level: where the market was when a stop or an exit closed what was left; NaN otherwise.
        until: the moment up to which it is settled: what comes next is searched from there.
        last: the newest sound price it has met.
        unseen: candles that were passed without having been seen.
    """

    targets_at: Integers
    found: Integers
    ended_at: Integers
    level: Floats
    until: Integers
    last: Floats
    unseen: Integers

    def settlement(self, number: int, position: Position, terms: Terms, leaves: Exit | None = None) -> Settlement:
        """Book what was found for one trade."""
        reached = [moment_of(at) for at in self.targets_at[number].tolist() if at >= 0]
        return book(position, reached, self._ending(number, leaves), terms)

    def _ending(self, number: int, leaves: Exit | None) -> Ending | None:
        found = Found(int(self.found[number]))
        if not found.is_over or found is Found.LAST_TARGET:
            return None
        reason = _REASONS.get(found) or (leaves.reason if leaves else FillReason.TIME)
        # The shortest text of a float is the decimal it was read from.
        return Ending(reason, moment_of(int(self.ended_at[number])), Decimal(repr(float(self.level[number]))))


_REASONS = {Found.STOP: FillReason.STOP, Found.BREAK_EVEN: FillReason.BREAK_EVEN}


def first_touches(paths: Paths, trades: Trades) -> Touches:
    """Return what the paths make of each trade.

    Raises:
        ValueError: a trade begins before the paths do.
    """
    from functions.paper.settling.search import search

    count = len(trades.row)
    if count and trades.since.min() < paths.first_open:
        raise ValueError(f"expected trades from {paths.first_open} ms on, where the candles begin, got {trades.since.min()}")
    touches = Touches(
        targets_at=np.full((count, MOST_TARGETS), -1, dtype=np.int64),
        found=np.zeros(count, dtype=np.int64),
        ended_at=np.full(count, -1, dtype=np.int64),
        level=np.full(count, np.nan),
        until=np.zeros(count, dtype=np.int64),
        last=np.full(count, np.nan),
        unseen=np.zeros(count, dtype=np.int64),
    )
    search(
        (*paths.prices, paths.absent, paths.jumps, *paths.blocks),
        (BLOCK, FACTOR, paths.first_open, paths.span),
        tuple(getattr(trades, name) for name in Trades.__slots__),
        tuple(getattr(touches, name) for name in Touches.__slots__),
    )
    return touches


def bars_grid(symbol: str, timeframe: Timeframe, first: datetime, bars: Sequence[Bar]) -> Candles:
    """Return the candles of one pair as a grid from `first` to the newest of them; NaN where there is none."""
    columns = [int((bar.opened_at - first) / timeframe.span) for bar in bars]
    prices = np.full((4, 1, max(columns) + 1), np.nan)
    for column, bar in zip(columns, bars, strict=True):
        prices[:, 0, column] = [float(price) for price in (bar.open, bar.high, bar.low, bar.close)]
    times = milliseconds(first) + np.arange(prices.shape[2], dtype=np.int64) * timeframe.milliseconds
    return Candles(timeframe, (symbol,), times, prices[0], prices[1], prices[2], prices[3], volume=prices[3])


def milliseconds(moment: datetime) -> int:
    """Return a moment in ms UTC."""
    return (moment - EPOCH) // _MILLISECOND


def moment_of(at: int) -> datetime:
    """Return the moment of ms UTC."""
    return EPOCH + at * _MILLISECOND


def _moment(moment: datetime | None) -> int:
    return NEVER if moment is None else milliseconds(moment)


def _jumps(high: Floats, low: Floats, close: Floats) -> Flags:
    """Tell for each candle whether no market makes the step to it from the close known before it."""
    jumps = np.zeros(close.shape, dtype=np.bool_)
    # Nearly always lowest and highest of a pair lie closer than one step; then there is none to look for.
    lowest: Floats = np.fmin.reduce(low, axis=1, initial=np.inf)
    highest: Floats = np.fmax.reduce(high, axis=1, initial=0.0)
    wide = is_jump(lowest, highest)
    if wide.any():
        jumps[wide] = _jumps_of(high[wide], low[wide], close[wide])
    return jumps


def _jumps_of(high: Floats, low: Floats, close: Floats) -> Flags:
    known = np.where(np.isnan(close), -1, np.arange(close.shape[1]))
    before = np.full(known.shape, -1, dtype=np.int64)
    before[:, 1:] = np.maximum.accumulate(known, axis=1)[:, :-1]
    last = np.where(before >= 0, np.take_along_axis(close, np.maximum(before, 0), axis=1), np.nan)
    return is_jump(last, high) | is_jump(last, low)


def _blocks(high: Floats, low: Floats, broken: Flags) -> tuple[Floats, Floats]:
    """Return the extremes of each whole block of candles, NaN for one that must be walked candle by candle."""
    rows, whole = len(high), high.shape[1] // BLOCK
    shape = (rows, whole, BLOCK)
    walked = broken[:, : whole * BLOCK].reshape(shape).any(axis=2)
    highest = high[:, : whole * BLOCK].reshape(shape).max(axis=2)
    lowest = low[:, : whole * BLOCK].reshape(shape).min(axis=2)
    return np.where(walked, np.nan, highest), np.where(walked, np.nan, lowest)
