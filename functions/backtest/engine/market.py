"""The market as an account meets it: the price an order fills at, the newest close, and when the regime turns."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

import numpy as np

from functions.arrays import FloatArray, IntArray, Milliseconds
from functions.backtest.history import MarketHistory, PairRules
from functions.market.candles.timeframe import Timeframe
from functions.paper.settling.touch import NEVER, Paths


@dataclass(frozen=True, slots=True)
class TradedMarket:
    """Prices for one span.

    Args:
        symbols: rows of the paths.
        pairs: what orders of each meet.
        paths: the finest candles, laid out for the search.
        ends: when the last candle of each symbol closes, ms UTC; 0 without one.
        end: when the last candle of all closes.
        closes: ms UTC, rising: at which of them the gate is known anew.
        regime: what it allows from each of them on; NaN while it is unknown.
    """

    symbols: tuple[str, ...]
    pairs: tuple[PairRules, ...]
    paths: Paths
    ends: Milliseconds
    end: int
    closes: Milliseconds
    regime: FloatArray

    @classmethod
    def of(cls, history: MarketHistory, closes: Milliseconds, regime: FloatArray) -> Self:
        """Lay out a history, and what its gate allows at each scored close."""
        candles = history.finest
        there = ~np.isnan(candles.close)
        step, count = candles.timeframe.milliseconds, candles.close.shape[1]
        newest = count - 1 - there[:, ::-1].argmax(axis=1)
        ends = np.where(there.any(axis=1), candles.open_time[newest] + step, 0) if count else np.zeros(len(there), np.int64)
        daily = closes % Timeframe.D1.milliseconds == 0
        return cls(
            symbols=candles.symbols,
            pairs=tuple(history.pairs),
            paths=Paths.of(candles, history.absent()),
            ends=ends,
            end=int(candles.open_time[-1]) + step if count else 0,
            closes=closes[daily],
            regime=regime[daily],
        )

    def openings(self, rows: IntArray, since: Milliseconds, until: Milliseconds) -> tuple[Milliseconds, FloatArray]:
        """Return when the first price from a moment on and before another is seen, and what it is; 0 and NaN without one."""
        opens, first, span = self.paths.prices[0], self.paths.first_open, self.paths.span
        count = opens.shape[1]
        columns = np.maximum(-((first - since) // span), 0)
        seen, prices = np.zeros(len(rows), dtype=np.int64), np.full(len(rows), np.nan)
        waiting = np.flatnonzero((columns < count) & (first + columns * span < until))
        while len(waiting):
            price = opens[rows[waiting], columns[waiting]]
            there = ~np.isnan(price)
            seen[waiting[there]] = first + columns[waiting[there]] * span
            prices[waiting[there]] = price[there]
            waiting = waiting[~there]
            columns[waiting] += 1
            waiting = waiting[(columns[waiting] < count) & (first + columns[waiting] * span < until[waiting])]
        return seen, prices

    def close_at(self, row: int, moment: int) -> Decimal | None:
        """Return the newest close known at a moment; None before the first."""
        closes = self.paths.prices[3][row]
        column = min((moment - self.paths.first_open) // self.paths.span, len(closes)) - 1
        while column >= 0 and np.isnan(closes[column]):
            column -= 1
        return exact_price(closes[column]) if column >= 0 else None

    def turns_against(self, sign: int, since: int) -> int:
        """Return the first daily close after a moment at which the gate does not allow a direction; `NEVER` without one."""
        place = int(np.searchsorted(self.closes, since, side="right"))
        against = np.flatnonzero(self.regime[place:] != sign)
        turned: int = int(self.closes[place + against[0]]) if len(against) else NEVER
        return turned


def exact_price(price: float) -> Decimal:
    """Return the decimal that a price was read from: the shortest text of its float."""
    return Decimal(repr(float(price)))
