"""What the exchange pushes and when: tickers, forming candles, and the closing candle some time after its end."""

import random
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tests.sim.bybit.delivery import Delivery
from tests.sim.bybit.messages import kline_entry, kline_push, ticker_push
from tests.sim.bybit.sessions import STREAMED, Sessions
from tests.sim.market.board import Board
from tests.sim.market.candles import BASE, CLOSE, OPEN, VOLUME, Timeframe
from tests.sim.market.exchange import Market
from tests.sim.market.noise import IntArray

_LATEST_CONFIRM_MS = 60_000
_KEPT_CLOSES = 200_000


@dataclass(frozen=True, slots=True)
class Pace:
    """How often the stream speaks. Seconds of wall time; `confirm_delay` is a range, drawn once for each close."""

    ticker_every: float = 0.1
    kline_every: float = 2.0
    confirm_delay: tuple[float, float] = (0.3, 0.9)
    joined_confirm: float = 0.2
    tickers_per_second: float = 2_000.0


@dataclass(frozen=True, slots=True)
class SentClose:
    """When a closing candle left the exchange; `wall` in seconds since the epoch."""

    symbol: str
    interval: str
    start: int
    wall: float


@dataclass(frozen=True, slots=True)
class _Push:
    symbol: str
    frame: Timeframe
    start: int
    payload: bytes
    closing: bool = True


@dataclass(frozen=True, slots=True)
class _Close:
    due_ms: int
    pushes: list[_Push]


class Feed:
    """Walks through market time and pushes what falls due; called step by step, never sleeps."""

    def __init__(self, market: Market, board: Board, sessions: Sessions, delivery: Delivery, pace: Pace, seed: int) -> None:
        self._market = market
        self._board = board
        self._sessions = sessions
        self._delivery = delivery
        self._pace = pace
        self._random = random.Random(seed)
        self._pending: deque[_Close] = deque()
        self._reached = 0
        self._turn = {"ticker": 0.0, "kline": 0.0}
        self._topics: tuple[int, list[str], list[tuple[str, str]]] = (-1, [], [])
        self.closes: deque[SentClose] = deque(maxlen=_KEPT_CLOSES)

    def start_at(self, now_ms: int) -> None:
        """Begin: closes before this moment are past."""
        self._reached = now_ms

    def next_due_ms(self) -> int:
        """Return the market time of the next thing that cannot wait: a close to prepare or to send."""
        boundary = self._reached - self._reached % BASE + BASE
        return min(self._pending[0].due_ms, boundary) if self._pending else boundary

    def step(self, now_ms: int, said_ms: int, speed: float, elapsed: float) -> None:
        """Push everything due by `now_ms`; `elapsed` wall seconds have passed since the last step."""
        boundary = self._reached - self._reached % BASE + BASE
        while boundary <= now_ms:
            self._prepare(boundary, said_ms - now_ms, speed)
            boundary += BASE
        self._reached = now_ms
        if self._pending and self._pending[0].due_ms <= now_ms:
            while self._pending and self._pending[0].due_ms <= now_ms:
                self._send(self._pending.popleft(), now_ms, speed)
            return  # the closing candles leave at once; the rest has time until the next step
        self._board.prepare_tomorrow(now_ms)
        self._push_tickers(now_ms, said_ms, speed, elapsed)
        self._push_forming(now_ms, said_ms, speed, elapsed)
        self._delivery.flush(now_ms)

    def _prepare(self, boundary: int, skew: int, speed: float) -> None:
        """Encode the messages of every candle that ends at a boundary, ahead of the moment to send them."""
        delay = int(self._random.uniform(*self._pace.confirm_delay) * 1000 * speed)
        due = boundary + min(delay, _LATEST_CONFIRM_MS)
        pushes: list[_Push] = []
        for interval, frame in STREAMED.items():
            audience = self._sessions.klines[interval]
            if boundary % frame.length == 0 and audience:
                candles = self._board.closed_candles(frame, boundary)
                pushes.extend(self._closing(frame, boundary, candles, due + skew))
        self._pending.append(_Close(due, pushes))

    def _closing(self, frame: Timeframe, boundary: int, candles: IntArray, said_ms: int) -> Iterator[_Push]:
        start = boundary - frame.length
        for symbol, audience in self._sessions.klines[frame.interval].items():
            row = self._board.position.get(symbol)
            if not audience or row is None or candles[VOLUME, row] == 0:
                continue
            spec = self._market.spec(symbol)
            if spec.listed_at >= boundary:
                continue
            topic = f"kline.{frame.interval}.{symbol}"
            closed = kline_entry(spec, frame, start, candles[:, row].tolist(), said_ms, confirm=True)
            last = int(candles[CLOSE, row])
            opened = kline_entry(spec, frame, boundary, [last, last, last, last, 0, 0], said_ms, confirm=False)
            first = self._random.random() < 0.5
            if self._random.random() < self._pace.joined_confirm:
                yield _Push(symbol, frame, start, kline_push(topic, [closed, opened], said_ms, topic_first=first))
            else:
                yield _Push(symbol, frame, start, kline_push(topic, [closed], said_ms, topic_first=first))
                yield _Push(symbol, frame, boundary, kline_push(topic, [opened], said_ms, topic_first=first), closing=False)

    def _send(self, close: _Close, now_ms: int, speed: float) -> None:
        for push in close.pushes:
            audience = self._sessions.klines[push.frame.interval].get(push.symbol)
            if audience and push.symbol in self._market:
                topic = f"kline.{push.frame.interval}.{push.symbol}"
                self._delivery.push(topic, push.payload, audience, now_ms, speed)
        wall = time.time()
        self._delivery.flush(now_ms)
        self.closes.extend(
            SentClose(push.symbol, push.frame.interval, push.start, wall)
            for push in close.pushes
            if push.closing and self._sessions.klines[push.frame.interval].get(push.symbol)
        )

    def _subscribed(self) -> tuple[list[str], list[tuple[str, str]]]:
        version = self._sessions.version + 1_000_000 * self._market.version
        if self._topics[0] != version:
            tickers = [symbol for symbol, audience in self._sessions.tickers.items() if audience and symbol in self._market]
            klines = [
                (interval, symbol)
                for interval, symbols in self._sessions.klines.items()
                for symbol, audience in symbols.items()
                if audience and symbol in self._market
            ]
            self._topics = (version, tickers, klines)
        return self._topics[1], self._topics[2]

    def _turns(self, kind: str, count: int, rate: float, elapsed: float) -> range:
        """Return whose turn it is: positions in a ring of `count`, `rate` of them a second."""
        begin = self._turn[kind]
        if begin >= count:
            begin %= max(1, count)
        end = begin + min(count, rate * elapsed)
        self._turn[kind] = end % max(1, count) if end >= count else end
        return range(int(begin), int(end))

    def _push_tickers(self, now_ms: int, said_ms: int, speed: float, elapsed: float) -> None:
        symbols, _ = self._subscribed()
        if not symbols:
            return
        rate = min(len(symbols) / self._pace.ticker_every, self._pace.tickers_per_second)
        chosen = [symbols[turn % len(symbols)] for turn in self._turns("ticker", len(symbols), rate, elapsed)]
        self.push_tickers(chosen, now_ms, said_ms, speed)

    def push_tickers(self, symbols: list[str], now_ms: int, said_ms: int, speed: float) -> None:
        """Push these symbols' tickers now."""
        self._board.move_to(now_ms)
        symbols = [symbol for symbol in symbols if symbol in self._board.position]
        if not symbols:
            return
        rows = np.array([self._board.position[symbol] for symbol in symbols])
        columns = self._board.tickers(now_ms, rows).T.tolist()
        for symbol, column in zip(symbols, columns, strict=True):
            spec = self._market.spec(symbol)
            payload = ticker_push(spec, column, said_ms, said_ms * 100 + spec.key % 100)
            self._delivery.push(f"tickers.{symbol}", payload, self._sessions.tickers[symbol], now_ms, speed)

    def _push_forming(self, now_ms: int, said_ms: int, speed: float, elapsed: float) -> None:
        _, klines = self._subscribed()
        if not klines:
            return
        turns = self._turns("kline", len(klines), len(klines) / self._pace.kline_every, elapsed)
        chosen: dict[str, list[str]] = {}
        for turn in turns:
            interval, symbol = klines[turn % len(klines)]
            chosen.setdefault(interval, []).append(symbol)
        for interval, symbols in chosen.items():
            self.push_forming(STREAMED[interval], symbols, now_ms, said_ms, speed)

    def push_forming(self, frame: Timeframe, symbols: list[str], now_ms: int, said_ms: int, speed: float) -> None:
        """Push the open candle of these symbols; one without a trade says nothing."""
        self._board.move_to(now_ms)
        symbols = [symbol for symbol in symbols if symbol in self._board.position]
        rows = np.array([self._board.position[symbol] for symbol in symbols], dtype=np.int64)
        candles = self._board.open_candles(frame, now_ms, rows)
        start = frame.floor(now_ms)
        for number, symbol in enumerate(symbols):
            if candles[VOLUME, number] == 0 and candles[OPEN, number] == candles[CLOSE, number]:
                continue
            spec = self._market.spec(symbol)
            entry = kline_entry(spec, frame, start, candles[:, number].tolist(), said_ms, confirm=False)
            topic = f"kline.{frame.interval}.{symbol}"
            payload = kline_push(topic, [entry], said_ms, topic_first=number % 2 == 0)
            self._delivery.push(topic, payload, self._sessions.klines[frame.interval][symbol], now_ms, speed)
