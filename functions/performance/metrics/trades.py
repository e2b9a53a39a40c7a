"""The figures of closed trades. A trade counts once, when all of it is closed, by what it earned after all its costs."""

from dataclasses import dataclass

import numpy as np

from functions.arrays import BoolArray, FloatArray, Milliseconds
from functions.performance.metrics.equity import DAYS_A_YEAR

DAY = 86_400_000  # ms


@dataclass(frozen=True, slots=True)
class TradeOutcomes:
    """Closed trades, arrays `[N]`; amounts in USDT, moments in ms UTC.

    Args:
        opened_at: of the first fill.
        closed_at: of the last fill.
        profit: after all costs.
        r: profit in units of the risk at the entry; NaN for a trade without a stop.
        traded: amounts of all its fills together, entry and exits.
    """

    opened_at: Milliseconds
    closed_at: Milliseconds
    profit: FloatArray
    r: FloatArray
    traded: FloatArray

    def where(self, chosen: BoolArray) -> "TradeOutcomes":
        """Return a part of them."""
        return TradeOutcomes(*(getattr(self, name)[chosen] for name in TradeOutcomes.__slots__))


def win_rate(profit: FloatArray) -> float:
    """Return the share of trades that earned anything after costs; a trade that comes out at 0 is no win. NaN without one."""
    return float((profit > 0).mean()) if len(profit) else np.nan


def profit_factor(profit: FloatArray) -> float:
    """Return all gains over all losses, in money or in R; infinite without a loss, NaN without either."""
    gained, lost = profit[profit > 0].sum(), abs(profit[profit < 0].sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.divide(gained, lost))


def expectancy(profit: FloatArray) -> float:
    """Return the mean of a trade, in money or in R; a trade without R is left out. NaN without one."""
    known = profit[~np.isnan(profit)]
    return float(known.mean()) if len(known) else np.nan


def exposure(trades: TradeOutcomes, since: int, until: int) -> float:
    """Return the share of the time from `since` to `until` (ms UTC) in which at least one of the trades was open."""
    begin, end = np.clip(trades.opened_at, since, until), np.clip(trades.closed_at, since, until)
    order = np.argsort(begin, kind="stable")
    begin, end = begin[order], end[order]
    covered = np.maximum.accumulate(np.concatenate(([since], end)))[:-1]
    held = np.maximum(end - np.maximum(begin, covered), 0).sum()
    return float(held / (until - since)) if until > since else np.nan


def turnover(trades: TradeOutcomes, equity: FloatArray) -> float:
    """Return how often a year the mean equity was traded, entries and exits both counted.

    Args:
        trades: all that were closed in the span.
        equity: `[T]`, at the end of each day of it.
    """
    return float(trades.traded.sum() / np.nanmean(equity) * DAYS_A_YEAR / len(equity)) if len(equity) else np.nan
