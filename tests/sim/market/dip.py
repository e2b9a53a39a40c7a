"""A flash dip: the price of one pair falls within a minute and is back three minutes later, inside one five-minute candle."""

from dataclasses import dataclass

import numpy as np

from tests.sim.clock import DAY, MINUTE
from tests.sim.market.candles import BASE, CLOSE, LOW, OPEN, PER_DAY
from tests.sim.market.noise import IntArray
from tests.sim.market.series import Series
from tests.sim.market.symbols import SymbolSpec

DOWN, BACK = MINUTE, 3 * MINUTE


@dataclass(frozen=True, slots=True)
class Dip:
    """A dip of `depth` (0.2 is 20%) that begins at `start` (ms); without it the candle would have gone to `low` alone."""

    start: int
    depth: float
    low: int

    @property
    def candle(self) -> int:
        """Return the open time of the candle it lies in."""
        return self.start - self.start % BASE

    def share(self, now_ms: int) -> float | None:
        """Return the price at a moment as a share of the candle's open; None outside the dip."""
        passed = now_ms - self.start
        if not 0 <= passed < DOWN + BACK:
            return None
        return 1 - self.depth * (passed / DOWN if passed < DOWN else 1 - (passed - DOWN) / BACK)

    def lowest(self, opening: int, now_ms: int) -> int:
        """Return the lowest price of the dip up to a moment."""
        return round(opening * (1 - self.depth * min(1.0, max(0.0, (now_ms - self.start) / DOWN))))

    def form(self, part: IntArray, now_ms: int) -> IntArray:
        """Return the candle [6] as it stands at a moment, of one that was formed without the dip."""
        formed, opening = part.copy(), int(part[OPEN])
        share = self.share(now_ms)
        if share is not None:
            formed[CLOSE] = round(opening * share)
        if now_ms >= self.start:
            formed[LOW] = min(int(part[LOW]), self.lowest(opening, now_ms), int(formed[CLOSE]))
        return formed


class DippedSeries:
    """A series with a dip in it."""

    def __init__(self, series: Series, dip: Dip) -> None:
        self._series, self._dip = series, dip

    @property
    def spec(self) -> SymbolSpec:
        """Return what the symbol is."""
        return self._series.spec

    def days(self, first: int, last: int) -> IntArray:
        """Return five-minute candles [6, n * 288] of the UTC days first..last-1."""
        candles = self._series.days(first, last)
        day, column = divmod(self._dip.candle // BASE, PER_DAY)
        if first <= day < last:
            candles = candles.copy()
            self._lower(candles, (day - first) * PER_DAY + column, int(candles[OPEN, (day - first) * PER_DAY + column]))
        return candles

    def daily(self, first: int, last: int) -> IntArray:
        """Return daily candles [6, n] of the same days."""
        bars, day = self._series.daily(first, last), self._dip.start // DAY
        if first <= day < last:
            column = self._dip.candle % DAY // BASE
            bars = bars.copy()
            self._lower(bars, day - first, int(self._series.days(day, day + 1)[OPEN, column]))
        return bars

    def _lower(self, candles: IntArray, column: int, opening: int) -> None:
        candles[LOW, column] = np.minimum(candles[LOW, column], self._dip.lowest(opening, self._dip.start + DOWN))


def first_start(now_ms: int) -> int:
    """Return the first moment from which a whole dip fits into one five-minute candle."""
    return now_ms if now_ms % BASE + DOWN + BACK <= BASE else now_ms - now_ms % BASE + BASE + 1000
