"""What the market was over a span: the candles of every timeframe, laid out as the live desk would have known them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Self

import numpy as np
from numpy.typing import NDArray

from functions.arrays import BoolArray, BoolGrid, FloatGrid
from functions.errors import InputRejected
from functions.market.candles.gaps import from_ms, to_ms
from functions.market.candles.grid import CANDLE_FIELDS, Candles
from functions.market.candles.timeframe import Timeframe
from functions.technical.engine.quality import MINIMUM_CANDLES
from functions.technical.engine.resample import resample
from functions.technical.setups.batch import EMA200_CANDLES


@dataclass(frozen=True, slots=True)
class PairRules:
    """What orders of a pair meet: steps of price and quantity, the least amount of an order in USDT, whether it is a coin."""

    tick: Decimal
    lot: Decimal
    min_amount: Decimal
    tradable: bool = True


@dataclass(frozen=True, slots=True)
class MarketHistory:
    """The candles of some symbols, all grids with the same rows.

    Args:
        finest: 5m candles (15m, 1h or 4h, where there are no shorter ones): trades are filled and settled by them.
        quarters: those that scores are made at: 15m, or 1h or 4h where there are no shorter ones.
        hours: 1h, or 4h where there are no shorter ones.
        fours: 4h.
        days: 1d, with those from before `finest` that are known.
        pairs: what orders of each symbol meet.
        gate_days: daily candles of the gate's symbol, where they reach further back than `days`.
        turnover: of each of `days` in USDT, `[S + others, T]`: of these symbols, and of others that are only ranked beside them;
            None where the candles say it.
    """

    finest: Candles
    quarters: Candles
    hours: Candles
    fours: Candles
    days: Candles
    pairs: Sequence[PairRules]
    gate_days: Candles | None = None
    turnover: FloatGrid | None = None

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the rows of every grid."""
        return self.finest.symbols

    @property
    def coins(self) -> BoolArray:
        """Tell which symbols are coins to trade, `[S]`."""
        return np.array([pair.tradable for pair in self.pairs], dtype=np.bool_)

    @classmethod
    def of(cls, finest: Candles, pairs: Sequence[PairRules], before: Candles | None = None) -> Self:
        """Join the longer timeframes from the finest.

        Args:
            finest: candles that everything is joined from.
            pairs: of each symbol.
            before: daily candles of the same symbols, for days that `finest` does not cover.
        """
        quarters = resample(finest, Timeframe.M15) if finest.timeframe is Timeframe.M5 else finest
        days = resample(finest, Timeframe.D1)
        return cls(
            finest=finest,
            quarters=quarters,
            hours=finest if finest.timeframe.span >= Timeframe.H1.span else resample(finest, Timeframe.H1),
            fours=resample(finest, Timeframe.H4),
            days=days if before is None else joined_days(before, days),
            pairs=pairs,
        )

    def known_at(self, moment: datetime) -> Self:
        """Return the same as it was known at a moment: the candles that had closed by then."""

        def cut(candles: Candles) -> Candles:
            closed = candles.open_time + candles.timeframe.milliseconds <= to_ms(moment)
            return candles.until(int(closed.sum()))

        return replace(
            self,
            finest=cut(self.finest),
            quarters=cut(self.quarters),
            hours=cut(self.hours),
            fours=cut(self.fours),
            days=cut(self.days),
            gate_days=None if self.gate_days is None else cut(self.gate_days),
            turnover=None if self.turnover is None else self.turnover[:, : len(cut(self.days).open_time)],
        )

    def absent(self) -> BoolGrid:
        """Tell which candles will never come: those that lack between a symbol's first and its last, `[S, T]`."""
        there = ~np.isnan(self.finest.close)
        begun = np.maximum.accumulate(there, axis=1)
        goes_on = np.maximum.accumulate(there[:, ::-1], axis=1)[:, ::-1]
        result: BoolGrid = ~there & begun & goes_on
        return result

    def gaps(self) -> Mapping[str, int]:
        """Return how many candles lack of each symbol between its first and its last; symbols without a gap are left out."""
        counts = self.absent().sum(axis=1)
        return {symbol: int(count) for symbol, count in zip(self.symbols, counts, strict=True) if count}

    def spans(self) -> Mapping[str, tuple[datetime, datetime]]:
        """Return when each symbol's first candle opens and its last one closes; symbols without candles are left out."""
        there = ~np.isnan(self.finest.close)
        times, step = self.finest.open_time, self.finest.timeframe.milliseconds
        spans = {}
        for row, symbol in enumerate(self.symbols):
            columns = np.flatnonzero(there[row])
            if len(columns):
                spans[symbol] = (from_ms(int(times[columns[0]])), from_ms(int(times[columns[-1]]) + step))
        return spans


def check_gate_history(history: MarketHistory, gate_symbol: str, since: datetime) -> None:
    """Check that the gate is known from the beginning of a span on.

    Raises:
        InputRejected: fewer daily candles than EMA200 needs lie before it.
    """
    days = (history.gate_days or history.days).of((gate_symbol,))
    closed = days.open_time + Timeframe.D1.milliseconds <= to_ms(since)
    known = int((closed & ~np.isnan(days.close[0])).sum())
    if known < EMA200_CANDLES:
        raise InputRejected(
            "too_little_history",
            f"the gate needs {EMA200_CANDLES} daily candles of {gate_symbol} from before {since:%Y-%m-%d}, got {known}:"
            f" give more with --daily, or begin later with --from",
        )


def lacking_days(history: MarketHistory, since: datetime) -> int:
    """Return how many symbols have fewer daily candles before a moment than their daily trend needs."""
    closed = history.days.open_time + Timeframe.D1.milliseconds <= to_ms(since)
    counts: NDArray[np.int64] = (~np.isnan(history.days.close[:, closed])).sum(axis=1)
    return int((counts < MINIMUM_CANDLES).sum())


def joined_days(before: Candles, days: Candles) -> Candles:
    """Put daily grids of the same symbols together; where both have a candle that of `days` counts."""
    if not len(before.open_time):
        return days
    step = Timeframe.D1.milliseconds
    times = [grid.open_time for grid in (before, days) if len(grid.open_time)]
    first, last = min(int(time[0]) for time in times), max(int(time[-1]) for time in times)
    open_time = np.arange(first, last + step, step, dtype=np.int64)
    grids = []
    for name in CANDLE_FIELDS:
        grid = np.full((len(open_time), len(days.symbols)), np.nan)
        for candles in (before, days):
            if len(candles.open_time):
                begin = (int(candles.open_time[0]) - first) // step
                part, values = grid[begin : begin + len(candles.open_time)], getattr(candles, name).T
                there = ~np.isnan(candles.close.T)
                part[there] = values[there]
        grids.append(grid.T)
    return Candles(Timeframe.D1, days.symbols, open_time, *grids)
