"""What has come in and is not stored yet: the newest ticker of each symbol, and every closed candle."""

from collections import Counter
from collections.abc import Sequence

from functions.collector.parse import KlineFrame, Malformed, Message, Row, TickerFrame, parse, ticker
from functions.market.candles import Timeframe
from functions.market.closed import ClosedCandles
from functions.market.gaps import Run, from_ms
from functions.market.universe import Ticker

MOST_WAITING = 200_000  # candles; with the database away longer than that, the oldest are left to the repair by REST


class Intake:
    """Takes frames in, gives batches out. No clock, no network: what goes in decides what comes out.

    `counts` counts frames by the name of their meaning, `seen` is the exchange's time in ms of each symbol's last ticker, `heard`
    that of the last push about each series of candles, `newest_said` that of the last push of all, `said` those of the candles
    that were taken out last.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.seen: dict[str, int] = {}
        self.heard: dict[tuple[str, Timeframe], int] = {}
        self.newest_said = 0
        self.last_malformed = ""
        self.said: list[int] = []
        self._tickers: dict[str, TickerFrame] = {}
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
        symbol, said = frame.symbol, frame.said
        if said >= self.seen.get(symbol, 0):  # a late one says nothing new
            self.seen[symbol] = said
            self._tickers[symbol] = frame
            self.newest_said = max(self.newest_said, said)

    def _take_candles(self, frame: KlineFrame) -> None:
        self.heard[frame.symbol, frame.timeframe] = frame.said
        for closing in frame.closed:
            key = (frame.symbol, frame.timeframe.value, closing.open_time)
            known = self._candles.get(key)
            if known is None:
                self._candles[key] = (closing.said, closing.values)
            elif known[1] != closing.values:
                at = from_ms(closing.open_time)
                self._disputed.add(Run(frame.symbol, frame.timeframe, at, at))
            self.newest_said = max(self.newest_said, closing.said)

    def candles(self) -> list[ClosedCandles]:
        """Take out the waiting candles, one batch a timeframe; an impossible one is dropped and left to the repair."""
        waiting, self._candles = self._candles, {}
        self.said = [said for said, _ in waiting.values()]
        batches = []
        for timeframe in Timeframe:
            rows = [(key[0], key[2], *value) for key, value in waiting.items() if key[1] == timeframe.value]
            if rows:
                batches.append(self._batch(timeframe, rows))
        return [batch for batch in batches if len(batch)]

    def _batch(self, timeframe: Timeframe, rows: Sequence[tuple[str, int, int, Row]]) -> ClosedCandles:
        symbols, open_times, said, values = zip(*rows, strict=True)
        try:
            return ClosedCandles.from_rows(timeframe, max(said), symbols, open_times, values)
        except ValueError as error:
            self.counts["Impossible"] += 1
            self.last_malformed = str(error)
            if len(rows) == 1:
                return ClosedCandles.empty(timeframe, said[0])
        return ClosedCandles.join([self._batch(timeframe, [row]) for row in rows])

    def give_back(self, candles: Sequence[ClosedCandles]) -> None:
        """Put batches back that could not be stored; what has come since stays as it is."""
        returned: dict[tuple[str, str, int], tuple[int, Row]] = {}
        for batch in candles:
            columns = zip(batch.open, batch.high, batch.low, batch.close, batch.volume, batch.turnover, strict=True)
            for symbol, open_time, row in zip(batch.symbols, batch.open_time, columns, strict=True):
                o, h, l, c, v, t = (float(value) for value in row)  # noqa: E741 - the field's own letters
                returned[(symbol, batch.timeframe.value, int(open_time))] = (batch.known_at, (o, h, l, c, v, t))
        returned.update(self._candles)
        for key in list(returned)[: max(0, len(returned) - MOST_WAITING)]:
            del returned[key]
        self._candles = returned

    def disputed(self) -> set[Run]:
        """Take out the candles that were said in two versions; REST decides."""
        disputed, self._disputed = self._disputed, set()
        return disputed

    def tickers(self) -> list[Ticker]:
        """Take out the newest ticker of each symbol that had one since the last time; an unreadable one is dropped."""
        waiting, self._tickers = self._tickers, {}
        readable = []
        for frame in waiting.values():
            try:
                readable.append(ticker(frame))
            except (KeyError, TypeError, ValueError) as error:
                self.counts["Impossible"] += 1
                self.last_malformed = f"ticker of {frame.symbol}: {error!r}"[:200]
        return readable
