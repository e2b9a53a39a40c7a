"""All symbols at once, at a moment: what the live stream needs, vectorised over symbols."""

import numpy as np

from tests.sim.clock import DAY, HOUR
from tests.sim.market.candles import BASE, CLOSE, HIGH, LOW, OPEN, PER_DAY, TURNOVER, VOLUME, Timeframe, join, part_formed
from tests.sim.market.exchange import Market
from tests.sim.market.noise import IntArray

LAST, HIGH_24H, LOW_24H, PREVIOUS_24H, VOLUME_24H, TURNOVER_24H = range(6)


class Board:
    """A window of yesterday and today over every symbol: five-minute candles [6, S, 576]."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._loaded: tuple[int, int] = (-1, -1)
        self._window = np.zeros((6, 0, 2 * PER_DAY), dtype=np.int64)
        self._prepared: tuple[int, int] = (-1, 0)
        self._column = -1
        self._chances = np.zeros((0, 4), dtype=np.int64)
        self._day_stats = np.zeros((6, 0), dtype=np.int64)
        self._begun: dict[str, IntArray] = {}
        self.symbols: list[str] = []
        self.position: dict[str, int] = {}

    def prepare_tomorrow(self, now_ms: int, count: int = 4) -> None:
        """Compute a few symbols' next day in the day's last hour, so that midnight costs no pause."""
        day = now_ms // DAY
        if now_ms % DAY < 23 * HOUR or self._prepared == (day, len(self.symbols)):
            return
        if self._loaded != (day, self._market.version):  # a pair came or went: its symbols are loaded anew first
            return
        first = self._prepared[1] if self._prepared[0] == day else 0
        for symbol in self.symbols[first : first + count]:
            self._market.day(symbol, day + 1)
        self._prepared = (day, min(first + count, len(self.symbols)))

    def move_to(self, now_ms: int) -> None:
        """Load what the moment needs; cheap within a five-minute bar."""
        day = now_ms // DAY
        if self._loaded != (day, self._market.version):
            self._load(day)
        column = PER_DAY + now_ms % DAY // BASE
        if column != self._column:
            self._column = column
            self._chances = self._market.chances(self.symbols, now_ms - now_ms % BASE)
            self._begun.clear()
            day_back = self._window[:, :, column - PER_DAY + 1 : column]
            self._day_stats = _joined(day_back)

    def _load(self, day: int) -> None:
        self.symbols = self._market.symbols
        self.position = {symbol: row for row, symbol in enumerate(self.symbols)}
        self._window = np.empty((6, len(self.symbols), 2 * PER_DAY), dtype=np.int64)
        for row, symbol in enumerate(self.symbols):
            self._window[:, row, :PER_DAY] = self._market.day(symbol, day - 1)
            self._window[:, row, PER_DAY:] = self._market.day(symbol, day)
            born = (self._market.spec(symbol).listed_at - (day - 1) * DAY) // BASE
            if born > 0:
                self._window[:VOLUME, row, :born] = self._window[OPEN, row, min(born, 2 * PER_DAY - 1)]
                self._window[VOLUME:, row, :born] = 0
        self._loaded = (day, self._market.version)
        self._column = -1

    def _forming(self, now_ms: int, rows: IntArray) -> IntArray:
        fraction, candle = now_ms % BASE / BASE, now_ms - now_ms % BASE
        candles = self._window[:, rows, self._column]
        dips = [
            (place, self._market.dips[self.symbols[row], candle])
            for place, row in enumerate(rows.tolist() if self._market.dips else ())
            if (self.symbols[row], candle) in self._market.dips
        ]
        for place, dip in dips:
            candles[LOW, place] = dip.low
        formed = part_formed(candles, self._chances[rows], fraction)
        for place, dip in dips:
            formed[:, place] = dip.form(formed[:, place], now_ms)
        return formed

    def tickers(self, now_ms: int, rows: IntArray) -> IntArray:
        """Return last price and 24-hour statistics [6, n] of the symbols in `rows`."""
        self.move_to(now_ms)
        now = self._forming(now_ms, rows)
        stats = join(self._day_stats[:, rows], now)
        return np.stack([stats[CLOSE], stats[HIGH], stats[LOW], stats[OPEN], stats[VOLUME], stats[TURNOVER]])

    def open_candles(self, frame: Timeframe, now_ms: int, rows: IntArray) -> IntArray:
        """Return the candles [6, n] of a timeframe of at most a day as they stand."""
        self.move_to(now_ms)
        now = self._forming(now_ms, rows)
        bars = (now_ms - frame.floor(now_ms)) // BASE
        if bars == 0:
            return now
        if frame.interval not in self._begun:
            self._begun[frame.interval] = _joined(self._window[:, :, self._column - bars : self._column])
        return join(self._begun[frame.interval][:, rows], now)

    def closed_candles(self, frame: Timeframe, end: int) -> IntArray:
        """Return the candles [6, S] of a timeframe of at most a day that end at `end`."""
        self.move_to(end)
        column = PER_DAY + end % DAY // BASE
        return _joined(self._window[:, :, column - frame.length // BASE : column])


def _joined(bars: IntArray) -> IntArray:
    """Join bars [6, S, n] into one candle a symbol [6, S]."""
    joined = np.empty(bars.shape[:2], dtype=np.int64)
    joined[OPEN], joined[CLOSE] = bars[OPEN, :, 0], bars[CLOSE, :, -1]
    joined[HIGH] = bars[HIGH].max(axis=1)
    joined[LOW] = bars[LOW].min(axis=1)
    joined[VOLUME:] = bars[VOLUME:].sum(axis=2)
    return joined
