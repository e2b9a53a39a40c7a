"""Which pairs can be ranked: they trade, their quotes are fresh and sound, they are liquid. Whole arrays at a time."""

from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from functions.arrays import BoolArray, FloatArray
from functions.screener.rules import Filters

LARGEST_PRICE = 1e12  # as for candles
QUOTE_LIFE = 60.0  # seconds, as for every ticker


class FilterResult(IntEnum):
    """The first check that a pair fails, in this order."""

    PASSED = 0
    NOT_TRADABLE = 1
    STALE_TICKER = 2
    BAD_TICKER = 3
    TURNOVER_LOW = 4
    NO_QUOTE = 5
    SPREAD_WIDE = 6


@dataclass(frozen=True, slots=True)
class Quotes:
    """The quotes of S pairs; every array is `[S]`, NaN where the exchange gives no number.

    Attributes:
        symbols: their names.
        tradable: no tokenised stock, no special treatment, no pegged coin.
        age: seconds since the ticker was true; below zero when it is of a later moment.
        price: last price, in USDT.
        change: of the last 24 hours, a fraction.
        volume: of the last 24 hours, in the base coin.
        turnover: of the last 24 hours, in USDT.
        bid: best bid, in USDT.
        ask: best ask, in USDT.
    """

    symbols: tuple[str, ...]
    tradable: BoolArray
    age: FloatArray
    price: FloatArray
    change: FloatArray
    volume: FloatArray
    turnover: FloatArray
    bid: FloatArray
    ask: FloatArray

    def take(self, chosen: NDArray[np.intp]) -> "Quotes":
        """Return some of the pairs, in the order of `chosen`."""
        names = tuple(self.symbols[number] for number in chosen.tolist())
        arrays = {field.name: getattr(self, field.name)[chosen] for field in fields(self) if field.name != "symbols"}
        return Quotes(symbols=names, **arrays)


def spread(bid: FloatArray, ask: FloatArray) -> FloatArray:
    """Return `(ask - bid) / middle`, a fraction, `[S]`; NaN without a side of the book or with a crossed one."""
    sound = (bid > 0) & (ask >= bid) & (ask < LARGEST_PRICE)
    bid, ask = np.where(sound, bid, np.nan), np.where(sound, ask, np.nan)
    return (ask - bid) / (bid + (ask - bid) / 2)


def judge(quotes: Quotes, filters: Filters) -> NDArray[np.int8]:
    """Return each pair's `Verdict`, `[S]`."""
    wide = spread(quotes.bid, quotes.ask)
    sound = (quotes.price > 0) & (quotes.turnover >= 0) & (quotes.volume >= 0) & np.isfinite(quotes.change)
    sound &= np.isfinite(quotes.price) & np.isfinite(quotes.turnover) & np.isfinite(quotes.volume)
    # Comparisons with NaN are false, so each check is written as what must hold.
    checks = (
        (FilterResult.NOT_TRADABLE, quotes.tradable),
        (FilterResult.STALE_TICKER, np.abs(quotes.age) <= QUOTE_LIFE),
        (FilterResult.BAD_TICKER, sound),
        (FilterResult.TURNOVER_LOW, quotes.turnover > filters.least_turnover),
        (FilterResult.NO_QUOTE, ~np.isnan(wide)),
        (FilterResult.SPREAD_WIDE, wide < filters.widest_spread),
    )
    verdict = np.full(len(quotes.symbols), FilterResult.PASSED, dtype=np.int8)
    for value, holds in reversed(checks):
        verdict[~holds] = value
    return verdict
