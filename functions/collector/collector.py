"""The long-lived process: streams, writes, mends, announces, and says how it is; one task each, all end together."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from functions.blocking import blocking
from functions.collector.announce import Announcer
from functions.collector.closes import Close, CloseTracker
from functions.collector.exchange_time import ExchangeTime
from functions.collector.intake import Intake
from functions.collector.measures import Measures
from functions.collector.mender import Mender
from functions.collector.stream import Stream
from functions.collector.topics import connections, topics_of
from functions.collector.writer import Writer, short
from functions.errors import QuorumError, RetryLater
from functions.logs import get_logger
from functions.market import store
from functions.market.refresh import ask_universe, keep_universe
from functions.market.sources.bybit import BybitSource
from functions.market.universe import QUOTE
from functions.market.watched import watched_symbols
from functions.settings import Settings

log = get_logger("collector")
TICKERS_EVERY = 0.5
QUOTES_EVERY = 20.0
WATCHLIST_EVERY = 60.0
SWEEP_EVERY = 600.0
DEADLINE_EVERY = 0.05
UNHEARD = timedelta(seconds=5)  # wall; the first candle of a close should have come by then
STALE_TOPIC = 120.0  # wall seconds without a ticker of one symbol while others speak
LONGEST_PAUSE = 30.0
Result = TypeVar("Result")


class Collector:
    """Everything the process does, apart from how it is started and stopped."""

    def __init__(self, settings: Settings, engine: Engine, source: BybitSource, announcer: Announcer) -> None:
        self._settings, self._engine, self._source, self._announcer = settings, engine, source, announcer
        self.time = ExchangeTime(settings.clock)
        self.measures = Measures()
        self.intake = Intake()
        self.tracker = CloseTracker(())
        self.writer = Writer(engine, self.intake, self.tracker, self.time, self.measures)
        self.mender = Mender(settings, engine, source, self.time, self.measures)
        self.symbols: list[str] = []
        self.streams: list[Stream] = []
        self.database_away = ""
        self.exchange_trouble = ""
        self._changed = asyncio.Event()
        self._candles_came = asyncio.Event()
        self._mend = asyncio.Event()
        self._deafness: list[tuple[str, datetime]] = []
        self._announcements: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Run until cancelled."""
        async with asyncio.TaskGroup() as group:
            for work in (
                self.keep_watchlist,
                self.keep_streaming,
                self.keep_writing,
                self.keep_tickers,
                self.keep_quotes,
                self.keep_whole,
                self.keep_deadlines,
            ):
                group.create_task(work(), name=work.__name__)

    async def finish(self) -> None:
        """Store what is still in memory and let go of n8n; called after `run` has ended."""
        for task in list(self._announcements):
            task.cancel()
        await asyncio.gather(*self._announcements, return_exceptions=True)
        try:
            await self.writer.flush_candles()
        except DBAPIError as error:
            log.warning("candles left to the next start", count=self.intake.waiting, reason=short(error))

    async def keep_watchlist(self) -> None:
        """Take each day's universe, and follow what is to be watched."""
        while True:
            symbols = await self._attempt(self._watchlist)
            if symbols and symbols != self.symbols:
                self.watch(symbols)
            await asyncio.sleep(WATCHLIST_EVERY if symbols else 1.0)

    def watch(self, symbols: list[str]) -> None:
        """Watch these symbols from now on."""
        log.info("watching", symbols=len(symbols), first=symbols[:5])
        self.symbols = symbols
        self.tracker.watch(symbols)
        self._changed.set()

    async def _watchlist(self) -> list[str]:
        self.time.measured(await self._source.server_time())
        now = self.time.now()

        def newest() -> tuple[bool, list[str]]:
            with self._engine.connect() as connection:
                taken = store.latest_universe(connection, now) == now.date()
                return taken, watched_symbols(connection, self._settings, now)

        taken, symbols = await blocking(newest)
        if taken:
            return symbols
        answer = await ask_universe(self._source)
        await blocking(keep_universe, self._engine, *answer)
        return (await blocking(newest))[1]

    async def keep_streaming(self) -> None:
        """Hold as many connections as the watchlist needs; a new watchlist begins anew."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            shares = connections(topics_of(self.symbols))
            chance = random.Random()  # noqa: S311 - jitter
            self.streams = [
                Stream(self._settings.bybit_ws_url, share, self.intake, self._on_connected, self._candles_came.set, chance)
                for share in shares
            ]
            self._deaf("start", timedelta(0))
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(stream.run()) for stream in self.streams]
                await self._changed.wait()
                for task in tasks:
                    task.cancel()

    def _on_connected(self, stream: Stream) -> None:
        if stream.connects > 1:
            self.measures.reconnected()
        self._deaf("reconnect" if stream.connects > 1 else "connect", timedelta(seconds=stream.down_seconds()))

    def _deaf(self, reason: str, wall: timedelta) -> None:
        """Have the mender look for what was missed in the last `wall` seconds."""
        self._deafness.append((reason, self.time.now() - wall * self._settings.clock.speed))
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
        """Announce closes whose grace is over, and have the mender fetch what did not come."""
        while True:
            await asyncio.sleep(DEADLINE_EVERY)
            self._announce(self.tracker.due(time.monotonic()))
            self.tracker.expect(self.time.now() - UNHEARD * self._settings.clock.speed)
            if self.tracker.lacking:
                self._mend.set()

    def _announce(self, closes: Sequence[Close]) -> None:
        for close in closes:
            task = asyncio.create_task(self._announcer.announce(close))
            self._announcements.add(task)
            task.add_done_callback(self._announcements.discard)

    async def keep_tickers(self) -> None:
        """Store the newest tickers twice a second."""
        while True:
            await asyncio.sleep(TICKERS_EVERY)
            await self._attempt(self.writer.flush_tickers)

    async def keep_quotes(self) -> None:
        """Read bid and ask, which the stream does not carry, and the exchange's clock; wake topics that went silent."""
        while True:
            await self._attempt(self._quotes)
            self._wake_stale_topics()
            await asyncio.sleep(QUOTES_EVERY)

    async def _quotes(self) -> None:
        tickers = [one for one in await self._source.tickers() if one.symbol.endswith(QUOTE)]
        if tickers:
            self.time.measured(tickers[0].exchange_time)
            await blocking(self.writer.store_tickers, tickers)

    def _wake_stale_topics(self) -> None:
        limit = STALE_TOPIC * self._settings.clock.speed * 1000
        stale = [symbol for symbol in self.symbols if self.intake.newest_said - self.intake.seen.get(symbol, 0) > limit]
        if stale and len(stale) < len(self.symbols):
            log.info("silent topics subscribed again", symbols=len(stale), first=stale[:5])
            for stream in self.streams:
                stream.resubscribe(topics_of(stale))

    async def keep_whole(self) -> None:
        """Mend after every start, reconnect, lost candle and outage, and look for the unforeseen every ten minutes."""
        pause = SWEEP_EVERY
        while True:
            try:
                async with asyncio.timeout(pause):
                    await self._mend.wait()
            except TimeoutError:
                if pause == SWEEP_EVERY:
                    self._deaf("sweep", timedelta(0))
            self._mend.clear()
            again = await self._attempt(self._mend_once)
            for batch in self.mender.came():
                self._announce(self.writer.note_stored(batch))
            pause = SWEEP_EVERY if again == 0 else min(again or 1.0, LONGEST_PAUSE)

    async def _mend_once(self) -> float:
        """Open what is missing and try to fill it; return the pause before the next try, 0 when nothing is left."""
        taken = list(self._deafness)
        reasons = dict(sorted(taken, key=lambda one: one[1], reverse=True))  # of each reason the oldest
        for reason, since in reasons.items():
            if reason == "start":
                await self.mender.load(self.symbols)
            else:
                await self.mender.look_back(self.symbols, since, reason)
        missing = self.tracker.missing()
        if missing:
            await self.mender.note_missed(missing)
        pause = await self.mender.fill(self.symbols, in_bulk="start" in reasons)
        del self._deafness[: len(taken)]  # only now: until here a failure tries all of it again
        if self.writer.disputed:
            disputed, self.writer.disputed = self.writer.disputed, set()
            again = await self.mender.settle_disputes(disputed)
            self.writer.disputed |= disputed if again else set()
            pause = max(pause, again)
        if "reconnect" in reasons:
            pause = max(pause, await self.mender.verify(self.symbols))
        return pause

    async def _attempt(self, work: Callable[[], Awaitable[Result]]) -> Result | None:
        """Do some work once; with the database or the exchange away, wait a little and return None."""
        try:
            result = await work()
        except DBAPIError as error:
            if not self.database_away:
                log.warning("database away; candles wait in memory", reason=short(error))
            self.database_away = short(error)
            await asyncio.sleep(0.5)
            return None
        except QuorumError as error:
            self.exchange_trouble = error.detail
            log.warning("exchange trouble", reason=error.detail)
            await asyncio.sleep(min(error.retry_after, LONGEST_PAUSE) if isinstance(error, RetryLater) else 2.0)
            return None
        if self.database_away:
            log.info("database back", candles_waiting=self.intake.waiting)
            self.database_away = ""
            self._deaf("database back", timedelta(0))
        return result
