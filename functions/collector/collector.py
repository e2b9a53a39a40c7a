"""The long-lived process: one task each to stream, write, repair, announce and report its state. All end together."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

from sqlalchemy import Engine

from db.connect import DATABASE_AWAY
from functions.blocking import blocking
from functions.collector.announce import Announcer
from functions.collector.endless import endless
from functions.collector.exchange_time import ExchangeTime
from functions.collector.feed.closes import Close, CloseTracker
from functions.collector.feed.intake import Intake
from functions.collector.feed.liveness import Deadline, TopicWatch
from functions.collector.feed.outage import Outage
from functions.collector.feed.topics import kline_topic, share_out, ticker_topic, topics_of
from functions.collector.gap_keeper import RECONNECT, START, SWEEP, GapKeeper
from functions.collector.level_keeper import LevelKeeper
from functions.collector.measures import Measures
from functions.collector.stream import Stream
from functions.collector.writer import Writer
from functions.errors import QuorumError, RetryLater
from functions.logs import get_logger
from functions.logs.database import database_words
from functions.market import store
from functions.market.candles.freshness import TICKER_LIFE
from functions.market.candles.gaps import from_ms
from functions.market.candles.timeframe import Timeframe
from functions.market.run.universe import fetch_universe, store_universe, watched_symbols
from functions.market.sources.bybit import BybitSource
from functions.pairs import QUOTE
from functions.settings import Settings

log = get_logger("collector")
TICKERS_EVERY = 0.5
QUOTES_EVERY = 20.0
WATCHLIST_EVERY = 60.0
SWEEP_EVERY = 600.0
DEADLINE_EVERY = 0.05
CLOCK_EVERY = 0.5
UNMEASURED = 60.0  # wall; after so long without an answer of REST the stream tells the time
FAR = datetime(2099, 1, 1, tzinfo=UTC)
UNHEARD = timedelta(seconds=5)  # wall; the first candle of a close should have come by then
PAUSE = 30.0  # after an error that waiting does not cure
Result = TypeVar("Result")


class Collector:
    """Everything the process does, apart from how it is started and stopped."""

    def __init__(
        self, settings: Settings, engine: Engine, source: BybitSource, announcer: Announcer, exchange_time: ExchangeTime
    ) -> None:
        self._settings, self._engine, self._source, self._announcer = settings, engine, source, announcer
        self.time = exchange_time
        self.measures = Measures()
        self.level_keeper = LevelKeeper(settings, engine, announcer)
        self.intake = Intake(self.time.now_ms, self.level_keeper.watch)
        self.tracker = CloseTracker(())
        self.writer = Writer(engine, self.intake, self.tracker, self.time, self.measures)
        self.gap_keeper = GapKeeper(settings, engine, source, self.time, self.measures, self.tracker, self.writer)
        self.symbols: list[str] = []
        self.streams: list[Stream] = []
        self.database_away = ""
        self.telegram_trouble = ""
        self.outage = Outage()
        self.gaps_open: int | None = None  # until the database was asked
        self._changed = asyncio.Event()
        self._candles_came = asyncio.Event()
        self._mend, self._fill = asyncio.Event(), asyncio.Event()
        self._universe_taken = asyncio.Event()
        self._measured_at = time.monotonic()
        self._topics = TopicWatch()
        self._chance = random.Random()  # noqa: S311 - jitter
        self._announcements: set[asyncio.Task[None]] = set()

    @property
    def exchange_trouble(self) -> str:
        """Return why the exchange's REST failed last; empty after an answer."""
        return self._source.trouble

    def note_telegram(self, trouble: str) -> None:
        """Keep why Telegram gave no updates last; empty when it gives them."""
        self.telegram_trouble = trouble

    async def run(self) -> None:
        """Run until cancelled."""
        async with asyncio.TaskGroup() as group:
            for work in (
                self.keep_clock,
                self.store_universe,
                self.keep_watchlist,
                self.keep_streaming,
                self.keep_writing,
                self.keep_tickers,
                self.keep_quotes,
                self.keep_gaps_found,
                self.keep_gaps_filled,
                self.keep_deadlines,
                self.level_keeper.keep_levels,
                self.level_keeper.keep_touches,
            ):
                group.create_task(endless(work.__name__, work, self._note_error), name=work.__name__)

    def _note_error(self) -> None:
        """Look for the candles that the failed work may have missed."""
        self.measures.errors += 1
        self._candles_came.set()
        self._fill.set()
        self._note_deaf("error", timedelta(0))

    async def finish(self) -> None:
        """Store what is still in memory and let go of n8n; called after `run` has ended."""
        for task in list(self._announcements):
            task.cancel()
        await asyncio.gather(*self._announcements, return_exceptions=True)
        await self.level_keeper.finish()
        try:
            await self.writer.flush_candles()
        except DATABASE_AWAY as error:
            log.warning("candles left to the next start", count=self.intake.waiting, reason=database_words(error))

    async def keep_clock(self) -> None:
        """Ask for the exchange's time until it is trusted, and again whenever an answer has cast doubt on it."""
        while True:
            if not self.time.trusted or self.time.doubted:
                await self._attempt(self._read_clock)
            await asyncio.sleep(CLOCK_EVERY)

    async def _read_clock(self) -> None:
        self._measured(await self._source.server_time())

    def _measured(self, exchange_time: datetime) -> None:
        self.time.measured(exchange_time, self._source.took)
        self._measured_at = time.monotonic()

    def _hear_time(self) -> None:
        """While REST does not tell the time, take it from the stream."""
        sent_ms, self.intake.last_sent_ms = self.intake.last_sent_ms, 0
        if sent_ms and (not self.time.trusted or time.monotonic() - self._measured_at > UNMEASURED):
            self.time.measured(from_ms(sent_ms), 0.0, exact=False)

    async def store_universe(self) -> None:
        """Take each day's universe, and look again while a pair was found gone just now: an answer may have lacked it."""
        while True:
            taken = self.time.trusted and await self._attempt(self._take_universe)
            await asyncio.sleep(WATCHLIST_EVERY if taken else 1.0)

    async def _take_universe(self) -> bool:
        now = self.time.now()

        def known() -> bool:
            with self._engine.connect() as connection:
                if store.has_doubtful_delisting(connection):
                    return False
                return store.latest_universe(connection, now) == now.date()

        if not await blocking(known):
            answer = await fetch_universe(self._source, now, self._settings.clock.speed)
            await blocking(store_universe, self._engine, *answer)
            self._universe_taken.set()
        return True

    async def keep_watchlist(self) -> None:
        """Follow the watchlist of the database; after a start it is there before the exchange has answered."""
        while True:
            symbols = await self._attempt(self._watchlist)
            if symbols and set(symbols) != set(self.symbols):
                self.watch(symbols)
            await self._wait_for(self._universe_taken, WATCHLIST_EVERY if symbols else 1.0)
            self._universe_taken.clear()

    async def _watchlist(self) -> list[str]:
        # What was known last counts while nobody has confirmed this machine's clock, however late or early that stands.
        as_of = self.time.now() if self.time.trusted else max(self.time.now(), FAR)

        def watched() -> list[str]:
            with self._engine.connect() as connection:
                return list(filter(self._settings.shard.owns, watched_symbols(connection, self._settings, as_of)))

        return await blocking(watched)

    def watch(self, symbols: list[str]) -> None:
        """Watch these symbols from now on."""
        log.info("watching", symbols=len(symbols), first=symbols[:5])
        self.symbols = symbols
        self.tracker.watch(symbols)
        self._changed.set()

    async def keep_streaming(self) -> None:
        """Hold as many connections as the watchlist needs; a new watchlist changes only what differs."""
        self.streams.clear()
        if self.symbols:
            self._changed.set()
        async with asyncio.TaskGroup() as group:
            while True:
                await self._changed.wait()
                self._changed.clear()
                shares = share_out(topics_of(self.symbols), [stream.topics for stream in self.streams])
                for stream, share in zip(self.streams, shares, strict=False):
                    stream.follow(share)
                for share in shares[len(self.streams) :]:
                    stream = Stream(
                        self._settings.bybit_ws_url,
                        share,
                        self.intake,
                        self._on_connected,
                        self._candles_came.set,
                        self._chance,
                    )
                    self.streams.append(stream)
                    group.create_task(stream.run())
                self._note_deaf(START, timedelta(0))

    def _on_connected(self, stream: Stream) -> None:
        if stream.connects > 1:
            self.measures.reconnected()
        self._note_deaf(RECONNECT if stream.connects > 1 else "connect", timedelta(seconds=stream.down_seconds()))

    def _note_deaf(self, reason: str, wall: timedelta) -> None:
        """Let the gap keeper look for candles that were missed in the last `wall` seconds."""
        self.gap_keeper.note_deaf(reason, self.time.now() - wall * self._settings.clock.speed)
        self._mend.set()

    async def keep_writing(self) -> None:
        """Store closed candles as they come, and announce the closes they complete."""
        while True:
            await self._candles_came.wait()
            self._candles_came.clear()
            self._announce(await self._attempt(self.writer.flush_candles) or [])
            if self.intake.waiting:
                self._candles_came.set()
            if self.writer.disputed:
                self._mend.set()

    async def keep_deadlines(self) -> None:
        """Announce closes whose grace is over, and let the gap keeper fetch the candles that did not come."""
        while True:
            await asyncio.sleep(DEADLINE_EVERY)
            self._announce(self.tracker.due(time.monotonic()))
            self._announce(self.gap_keeper.completed_closes())
            if self.time.trusted and self.intake.newest_sent_ms:
                heard_by_now = self.time.now() - UNHEARD * self._settings.clock.speed
                self.tracker.expect(heard_by_now, from_ms(self.intake.newest_sent_ms))
            if self.tracker.lacking:
                self._mend.set()

    def _announce(self, closes: Sequence[Close]) -> None:
        if closes:
            task = asyncio.create_task(self._announcer.announce(closes))
            self._announcements.add(task)
            task.add_done_callback(self._announcements.discard)
        for close in closes:
            if close.timeframe is Timeframe.M5:
                self.level_keeper.candles_closed(close.symbols)

    async def keep_tickers(self) -> None:
        """Store the newest tickers twice a second."""
        while True:
            await asyncio.sleep(TICKERS_EVERY)
            self._hear_time()
            await self._attempt(self.writer.flush_tickers)

    async def keep_quotes(self) -> None:
        """Read bid and ask, which the stream does not carry, and the exchange's clock; wake topics that went silent."""
        while True:
            await self._attempt(self._quotes)
            self._wake_silent_topics()
            await asyncio.sleep(QUOTES_EVERY)

    async def _quotes(self) -> None:
        tickers = [ticker for ticker in await self._source.tickers() if ticker.symbol.endswith(QUOTE)]
        if tickers:
            self._measured(tickers[0].exchange_time)
            if abs(tickers[0].exchange_time - self.time.now()) < TICKER_LIFE * max(1.0, self._settings.clock.speed):
                ours = [ticker for ticker in tickers if self._settings.shard.owns(ticker.symbol)]
                await blocking(self.writer.store_tickers, ours)

    def _wake_silent_topics(self) -> None:
        sent_ms = {ticker_topic(symbol): self.intake.seen.get(symbol, 0) for symbol in self.symbols}
        for timeframe in Timeframe:
            sent_ms |= {
                kline_topic(symbol, timeframe): self.intake.klines_sent_ms.get((symbol, timeframe), 0) for symbol in self.symbols
            }
        silent = self._topics.silent(sent_ms, time.monotonic())
        if silent:
            log.info("silent topics subscribed again", topics=len(silent), first=silent[:5])
            for stream in self.streams:
                stream.resubscribe(silent)

    async def keep_gaps_found(self) -> None:
        """Open gaps after every start, reconnect, lost candle and outage, and every ten minutes in case one was overlooked."""
        sweep = Deadline(SWEEP_EVERY, time.monotonic())
        while True:
            await self._wait_for(self._mend, sweep.left(time.monotonic()))
            if sweep.reached(time.monotonic()):
                self._note_deaf(SWEEP, timedelta(0))
            self._mend.clear()
            if not self.time.trusted:  # what is over by now is not known
                await asyncio.sleep(CLOCK_EVERY)
                self._mend.set()
                continue
            await self._attempt(partial(self.gap_keeper.find_gaps, self.symbols))
            if self.gap_keeper.has_gaps_to_find:
                self._mend.set()
            self._fill.set()

    async def keep_gaps_filled(self) -> None:
        """Fill the open gaps, and verify doubtful candles."""
        pause: float | None = None
        while True:
            await self._wait_for(self._fill, pause)
            self._fill.clear()
            again = await self._attempt(partial(self.gap_keeper.fill_gaps, self.symbols))
            pause = 1.0 if again is None else again or None

    async def _wait_for(self, event: asyncio.Event, seconds: float | None) -> None:
        """Wait until an event is set, for some seconds at most, or without end."""
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return

    async def _attempt(self, work: Callable[[], Awaitable[Result]]) -> Result | None:
        """Do some work once; with the database or the exchange away, wait a little and return None."""
        try:
            result = await work()
        except DATABASE_AWAY as error:
            self._note_away(error)
            await asyncio.sleep(0.5)
            return None
        except QuorumError as error:
            self._note_exchange(error.detail)
            await asyncio.sleep(error.retry_after if isinstance(error, RetryLater) else PAUSE)
            return None
        if self.database_away:
            log.info("database back", candles_waiting=self.intake.waiting)
            self.database_away = ""
            self._note_deaf("database back", timedelta(0))
        self._note_exchange(self._source.trouble)
        return result

    def _note_exchange(self, trouble: str) -> None:
        """Write down that the exchange is away, now and then while it is, and that it is back."""
        event = self.outage.note(trouble, time.monotonic())
        if event == "over":
            log.info("exchange back; what was missed is being fetched", gaps_open=self.gaps_open)
        elif event:
            log.warning("exchange away; what is missed is fetched when it is back", still=event == "lasts", reason=trouble)

    def _note_away(self, error: Exception) -> None:
        if not self.database_away:
            log.warning("database away; candles wait in memory", reason=database_words(error))
        self.database_away = database_words(error)
