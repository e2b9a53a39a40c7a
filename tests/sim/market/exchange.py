"""The whole market: every symbol's candles of every timeframe at a moment, and what changes while it runs."""

from collections import OrderedDict
from pathlib import Path

import numpy as np

from tests.sim.clock import DAY
from tests.sim.market.candles import BASE, LOW, Timeframe, join, part_formed, resample
from tests.sim.market.dip import Dip, DippedSeries, first_start
from tests.sim.market.noise import IntArray, words
from tests.sim.market.series import GeneratedSeries, RecordedSeries, Series, read_recorded
from tests.sim.market.skeleton import FIRST_DAY, day_of
from tests.sim.market.symbols import SymbolSpec, make_coins, make_others, make_spec

_KEPT_DAYS = 4096
_PART_KEY = 71


class Market:
    """Symbols and their candles. All but `list_symbol`, `delist`, `dip` is a pure function of (symbol, timeframe, time)."""

    def __init__(self, series: list[Series], seed: int) -> None:
        self.seed = seed
        self._series = {series_of_pair.spec.symbol: series_of_pair for series_of_pair in series}
        self._days: OrderedDict[tuple[str, int], IntArray] = OrderedDict()
        self.dips: dict[tuple[str, int], Dip] = {}  # by symbol and the open time of their candle
        self.version = 0

    @property
    def symbols(self) -> list[str]:
        """Return the symbols that trade now."""
        return list(self._series)

    def spec(self, symbol: str) -> SymbolSpec:
        """Return what a symbol is; KeyError when it does not trade."""
        return self._series[symbol].spec

    def __contains__(self, symbol: str) -> bool:
        return symbol in self._series

    def list_symbol(self, symbol: str, now_ms: int, price: float | None = None, rank: int = 60) -> SymbolSpec:
        """Start trading of a new pair; it has no candle before now."""
        base = symbol.removesuffix("USDT")
        spec = make_spec(symbol, base, seed=self.seed, rank=rank, price=price, listed_at=now_ms)
        opening = GeneratedSeries(spec, self.seed, (day_of(now_ms), spec.price))
        self._series[symbol] = opening
        self.version += 1
        return spec

    def delist(self, symbol: str) -> None:
        """End trading of a pair: it vanishes from every answer."""
        del self._series[symbol]
        self.version += 1

    def dip(self, symbol: str, now_ms: int, depth: float) -> Dip:
        """Let the price fall by `depth` as soon as a whole dip fits into one five-minute candle, and come back."""
        start = first_start(now_ms)
        candle = start - start % BASE
        low = int(self._base(symbol, candle, candle + BASE)[LOW, 0])
        dip = self.dips[symbol, candle] = Dip(start, depth, low)
        self._series[symbol] = DippedSeries(self._series[symbol], dip)
        self._days.pop((symbol, start // DAY), None)
        self.version += 1
        return dip

    def day(self, symbol: str, day: int) -> IntArray:
        """Return the 288 five-minute candles of a UTC day."""
        key = (symbol, day)
        day_candles = self._days.get(key)
        if day_candles is None:
            day_candles = self._days[key] = self._series[symbol].days(day, day + 1)
            if len(self._days) > _KEPT_DAYS:
                self._days.popitem(last=False)
        return day_candles

    def candles(self, symbol: str, frame: Timeframe, start: int, end: int, now_ms: int) -> tuple[int, IntArray]:
        """Return the first open time and the candles [6, n] with open time in start..end, oldest first.

        The bar that contains `start` counts; the last one may be open still. Nothing before the listing or 2018.
        """
        spec = self.spec(symbol)
        born = max(frame.floor(spec.listed_at), frame.floor(FIRST_DAY * DAY + frame.length - 1))
        first = max(frame.floor(max(start, 0)), born)
        current = frame.floor(now_ms)
        last = min(frame.floor(end), current)
        if first > last:
            return first, np.empty((6, 0), dtype=np.int64)
        closed_end = min(last + frame.length, current)
        parts = [self._closed(symbol, frame, first, closed_end)] if closed_end > first else []
        if last == current:
            parts.append(self.open_candle(symbol, frame, now_ms))
        return first, np.concatenate(parts, axis=1)

    def closed_candle(self, symbol: str, frame: Timeframe, start: int) -> IntArray:
        """Return the whole candle [6, 1] that opens at `start`."""
        return self._closed(symbol, frame, start, start + frame.length)

    def open_candle(self, symbol: str, frame: Timeframe, now_ms: int) -> IntArray:
        """Return the candle [6, 1] of a timeframe as it stands at `now_ms`."""
        base_start = now_ms - now_ms % BASE
        start = frame.floor(now_ms)
        part = self._part(symbol, base_start, now_ms)
        listed = self.spec(symbol).listed_at
        start = max(start, listed - listed % BASE)
        if start >= base_start:
            return part
        earlier = self._base(symbol, start, base_start)
        return join(resample(earlier, earlier.shape[1]), part)

    def _part(self, symbol: str, base_start: int, now_ms: int) -> IntArray:
        column = base_start % DAY // BASE
        candle = self.day(symbol, base_start // DAY)[:, column : column + 1]
        chance = words(self.spec(symbol).key + _PART_KEY, np.array([base_start // BASE])).astype(np.int64)
        dip = self.dips.get((symbol, base_start))
        if dip is None:
            return part_formed(candle, chance, (now_ms - base_start) / BASE)
        candle = candle.copy()
        candle[LOW] = dip.low
        return dip.form(part_formed(candle, chance, (now_ms - base_start) / BASE)[:, 0], now_ms)[:, None]

    def _base(self, symbol: str, start: int, end: int) -> IntArray:
        """Return the five-minute candles with open time in start..end-1."""
        first_day, last_day = start // DAY, -(-end // DAY)
        if last_day - first_day <= 8:
            block = np.concatenate([self.day(symbol, day) for day in range(first_day, last_day)], axis=1)
        else:
            block = self._series[symbol].days(first_day, last_day)
        return block[:, (start - first_day * DAY) // BASE : (end - first_day * DAY) // BASE]

    def _closed(self, symbol: str, frame: Timeframe, start: int, end: int) -> IntArray:
        listed = self.spec(symbol).listed_at
        if start < listed:  # a bar that was open at the listing starts with it
            whole = self._base(symbol, listed - listed % BASE, start + frame.length)
            rest = start + frame.length
            opening = resample(whole, whole.shape[1])
            return np.concatenate([opening, self._closed(symbol, frame, rest, end)], axis=1) if rest < end else opening
        if frame.length % DAY == 0:
            daily = self._series[symbol].daily(start // DAY, end // DAY)
            return resample(daily, frame.length // DAY)
        return resample(self._base(symbol, start, end), frame.length // BASE)

    def chances(self, symbols: list[str], base_start: int) -> IntArray:
        """Return what decides how each symbol's five-minute candle forms: words [n, 4]."""
        keys = np.array([self.spec(symbol).key + _PART_KEY for symbol in symbols], dtype=np.uint64)
        return words(keys, np.full(keys.shape, base_start // BASE)).astype(np.int64)


def make_market(
    *,
    symbols: int = 10,
    seed: int = 1,
    data: Path | None = None,
    quiet: frozenset[str] = frozenset(),
    others: bool = True,
) -> Market:
    """Return a market of `symbols` plain USDT pairs; those found in the folder `data` (SYMBOL.parquet, 5m) trade as recorded."""
    recorded = {path.stem: read_recorded(path) for path in sorted(data.glob("*.parquet"))} if data is not None else {}
    by_turnover = sorted(recorded, key=lambda name: -recorded[name].turnover)[:symbols]
    series: list[Series] = []
    for rank, name in enumerate(by_turnover, start=1):
        spec = make_spec(name, name.removesuffix("USDT"), seed=seed, rank=rank)
        series.append(RecordedSeries(spec, seed, recorded[name]))
    coins = make_coins(symbols - len(series), seed, quiet, frozenset(by_turnover))
    series += [GeneratedSeries(spec, seed) for spec in coins + (make_others(seed) if others else [])]
    return Market(series, seed)
