"""The frames that are not stored yet: the newest ticker of each symbol, and every closed candle."""

from collections import Counter
from collections.abc import Callable, Sequence

from functions.collector.feed.level_watch import LevelWatch
from functions.collector.feed.parse import (
    Forming,
    KlineFrame,
    Malformed,
    Message,
    Row,
    TickerFrame,
    forming_candle,
    parse,
    ticker,
)
from functions.market.candles.closed import ClosedCandles
from functions.market.candles.forming import FormingCandle
from functions.market.candles.gaps import Run, from_ms
from functions.market.candles.timeframe import Timeframe
from functions.market.universe import Ticker

AHEAD_MS = 10_000  # a frame that says it comes from so far beyond the exchange's time is wrong about it
REPLAYED_MS = 60_000  # a frame is late by seconds; when a newest one is so far ahead of the next, its own time was wrong
MOST_WAITING = 200_000  # candles; with the database away longer than that, the oldest are left to the repair by REST


class Intake:
    """Takes frames in and gives batches out; pure, without network.

    All times are the exchange's, in ms. `counts` counts frames by the name of their meaning, `seen` holds the time of each
    symbol's last ticker, `klines_sent_ms` that of the last push about each series of candles, `newest_sent_ms` the newest of all
    pushes, `last_sent_ms` that of the last push, whatever it was, and `sent_ms` those of the candles that were taken out last.

    Args:
        now_ms: the exchange's time in ms as well as it is known; a push from beyond it is counted as `Impossible` and dropped.
            Without it, or while it returns None, no push is.
        levels: hears the price of every ticker that is taken, and notes those that are taken out.
    """

    def __init__(self, now_ms: Callable[[], int | None] = lambda: None, levels: LevelWatch | None = None) -> None:
        self._now_ms = now_ms
        self._levels = levels or LevelWatch()
        self.counts: Counter[str] = Counter()
        self.seen: dict[str, int] = {}
        self.klines_sent_ms: dict[tuple[str, Timeframe], int] = {}
        self.newest_sent_ms = 0
        self.last_sent_ms = 0
        self.last_malformed = ""
        self.sent_ms: list[int] = []
        self._tickers: dict[str, TickerFrame] = {}
        self._forming: dict[str, Forming] = {}
        self._candles: dict[tuple[str, str, int], tuple[int, Row]] = {}
        self._disputed: set[Run] = set()

    @property
    def waiting(self) -> int:
        """Return how many closed candles wait to be stored."""
        return len(self._candles)

    def take(self, frame: bytes | bytearray | memoryview) -> Message:
        """Take one frame in and return what it meant."""
        message = parse(frame)
        kind = type(message)
        if kind is TickerFrame:
            self._take_ticker(message)  # type: ignore[arg-type]
        elif kind is KlineFrame:
            self._take_candles(message)  # type: ignore[arg-type]
        elif kind is Malformed:
            self.last_malformed = message[0]  # type: ignore[misc]
        self.counts[kind.__name__] += 1
        return message

    def _take_ticker(self, frame: TickerFrame) -> None:
        symbol, sent_ms = frame.symbol, frame.sent_ms
        if self._is_ahead(sent_ms, f"tickers.{symbol}"):
            return
        newest = self.seen.get(symbol, 0)
        if sent_ms >= newest or sent_ms < newest - REPLAYED_MS:  # a late one says nothing new
            self.seen[symbol] = sent_ms
            self._tickers[symbol] = frame
            self._note_sent(sent_ms)
            self._levels.hear(symbol, frame.data, sent_ms)

    def _is_ahead(self, sent_ms: int, topic: str) -> bool:
        """Tell whether a push is dated ahead of the exchange's clock, and count it."""
        self.last_sent_ms = sent_ms
        now = self._now_ms()
        if now is None or sent_ms <= now + AHEAD_MS:
            return False
        self.counts["Impossible"] += 1
        self.last_malformed = f"{topic} said at {sent_ms}, {(sent_ms - now) / 1000:.0f} s ahead of the exchange's time"
        return True

    def _note_sent(self, sent_ms: int) -> None:
        self.newest_sent_ms = sent_ms if sent_ms < self.newest_sent_ms - REPLAYED_MS else max(self.newest_sent_ms, sent_ms)

    def _take_candles(self, frame: KlineFrame) -> None:
        if self._is_ahead(frame.sent_ms, f"kline.{frame.timeframe.bybit}.{frame.symbol}"):
            return
        self.klines_sent_ms[frame.symbol, frame.timeframe] = frame.sent_ms
        if frame.forming is not None:
            self._forming[frame.symbol] = frame.forming
        for closing in frame.closed:
            key = (frame.symbol, frame.timeframe.value, closing.open_time)
            known = self._candles.get(key)
            if known is None:
                self._candles[key] = (closing.sent_ms, closing.values)
            elif known[1] != closing.values:
                at = from_ms(closing.open_time)
                self._disputed.add(Run(frame.symbol, frame.timeframe, at, at))
            self._note_sent(closing.sent_ms)

    def candles(self) -> list[ClosedCandles]:
        """Take out the waiting candles, one batch a timeframe; an impossible one is dropped and left to the repair."""
        waiting, self._candles = self._candles, {}
        self.sent_ms = [sent_ms for sent_ms, _ in waiting.values()]
        batches = []
        for timeframe in Timeframe:
            rows = [(key[0], key[2], *value) for key, value in waiting.items() if key[1] == timeframe.value]
            if rows:
                batches.append(self._batch(timeframe, rows))
        return [batch for batch in batches if len(batch)]

    def _batch(self, timeframe: Timeframe, rows: Sequence[tuple[str, int, int, Row]]) -> ClosedCandles:
        symbols, open_times, sent_ms, values = zip(*rows, strict=True)
        try:
            return ClosedCandles.from_rows(timeframe, max(sent_ms), symbols, open_times, values)
        except ValueError as error:
            if len(rows) == 1:
                self.counts["Impossible"] += 1
                self.last_malformed = str(error)
                return ClosedCandles.empty(timeframe, sent_ms[0])
        return ClosedCandles.join([self._batch(timeframe, [row]) for row in rows])

    def give_back(self, candles: Sequence[ClosedCandles]) -> None:
        """Put back batches that could not be stored; newer values stay."""
        returned: dict[tuple[str, str, int], tuple[int, Row]] = {}
        for batch in candles:
            columns = zip(batch.open, batch.high, batch.low, batch.close, batch.volume, batch.turnover, strict=True)
            for symbol, open_time, row in zip(batch.symbols, batch.open_time, columns, strict=True):
                o, h, l, c, v, t = (float(value) for value in row)  # noqa: E741 - the field's own letters
                returned[(symbol, batch.timeframe.value, int(open_time))] = (batch.known_at, (o, h, l, c, v, t))
        for (symbol, timeframe, open_time), (_, values) in self._candles.items():
            first = returned.get((symbol, timeframe, open_time))
            if first is not None and first[1] != values:
                at = from_ms(open_time)
                self._disputed.add(Run(symbol, Timeframe(timeframe), at, at))
        returned.update(self._candles)
        for key in list(returned)[: max(0, len(returned) - MOST_WAITING)]:
            del returned[key]
        self._candles = returned

    def disputed(self) -> set[Run]:
        """Take out the candles that came in two versions; REST decides."""
        disputed, self._disputed = self._disputed, set()
        return disputed

    def tickers(self) -> list[Ticker]:
        """Take out the newest ticker of each symbol that had one since the last time; an unreadable one is dropped."""
        waiting, self._tickers = self._tickers, {}
        readable = []
        for frame in waiting.values():
            try:
                readable.append(ticker(frame))
            except (KeyError, TypeError, ValueError) as error:  # TypeError: its data are no mapping
                self.counts["Impossible"] += 1
                self.last_malformed = f"ticker of {frame.symbol}: {error!r}"[:200]
        for newest in readable:
            self._levels.note(newest.symbol, newest.price)
        return readable

    def forming(self) -> list[FormingCandle]:
        """Take out the open candle of each pair that was told of one since the last time; an unreadable one is dropped."""
        waiting, self._forming = self._forming, {}
        readable = []
        for symbol, frame in waiting.items():
            try:
                candle = forming_candle(symbol, frame)
                readable += [candle] if candle else []
            except (KeyError, TypeError, ValueError) as error:
                self.counts["Impossible"] += 1
                self.last_malformed = f"open candle of {symbol}: {error!r}"
        return readable
