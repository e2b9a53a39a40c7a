"""Keep the levels that matter now in the watch, and tell n8n when the market touches one.

A touch is stored before anybody is called: whoever settles later finds it there, with its time. A call that is lost costs up to a
minute, for then the same is settled anyway. What is touched and not settled, as a target that waits for its candle, is announced
again when a candle of its pair is stored.
"""

import asyncio
from collections.abc import Collection

import psycopg
from psycopg import AsyncConnection
from sqlalchemy import Engine

from db.away import DATABASE_AWAY
from functions.blocking import blocking
from functions.collector.announce import Announcer
from functions.collector.feed.level_watch import LevelWatch
from functions.collector.measures import TOUCHES
from functions.levels import store
from functions.levels.level import DoubtedPrice, Level, Touch
from functions.logs import get_logger
from functions.logs.database import database_words
from functions.settings import Settings

log = get_logger("collector")
READ_EVERY = 60.0  # changes are told at once; this is for a change that was not
CALM = 0.05  # seconds in which changes gather before levels are read again
AGAIN_AFTER = 1.0  # with the database away


class LevelKeeper:
    """Two endless works beside the stream: `keep_levels` and `keep_touches`."""

    def __init__(self, settings: Settings, engine: Engine, announcer: Announcer) -> None:
        self._address, self._engine, self._announcer = settings.database("collector"), engine, announcer
        self._touched = asyncio.Event()
        self.watch = LevelWatch(self._touched.set)
        self.count = 0  # of levels when they were read last
        self._calls: set[asyncio.Task[None]] = set()

    async def keep_levels(self) -> None:
        """Read the levels at the start, when they change, and each minute; for ever."""
        while True:
            try:
                async with await AsyncConnection.connect(
                    self._address, autocommit=True, application_name="quorum-collector-levels", connect_timeout=5
                ) as connection:
                    await connection.execute(f"LISTEN {store.CHANNEL}")
                    while True:
                        await self.read_levels()
                        async for _ in connection.notifies(timeout=READ_EVERY, stop_after=1):
                            await asyncio.sleep(CALM)
            except (psycopg.OperationalError, *DATABASE_AWAY) as error:
                log.debug("levels are not heard of", reason=database_words(error))
                await asyncio.sleep(AGAIN_AFTER)

    async def read_levels(self) -> None:
        """Read the levels once, and watch them from now on."""
        levels, prices = await blocking(self._read)
        self.watch.follow(levels, prices)
        self.count = len(levels)

    def _read(self) -> tuple[list[Level], dict[str, float]]:
        with self._engine.connect() as connection:
            levels = store.read_levels(connection)
            return levels, store.read_prices(connection, {level.symbol for level in levels})

    async def keep_touches(self) -> None:
        """Store touches as they come and announce them, for ever."""
        while True:
            await self._touched.wait()
            self._touched.clear()
            touches, doubted = self.watch.touches()
            try:
                await blocking(self._store, touches, doubted)
            except DATABASE_AWAY as error:
                log.warning("touches wait for the database", count=len(touches), reason=database_words(error))
                self.watch.give_back(touches, doubted)
                await asyncio.sleep(AGAIN_AFTER)
                self._touched.set()
                continue
            self._note(touches, doubted)
            self._call({touch.symbol for touch in touches} | {one.symbol for one in doubted})

    def _store(self, touches: list[Touch], doubted: list[DoubtedPrice]) -> None:
        with self._engine.begin() as connection:
            store.write_touches(connection, touches, doubted)

    def _note(self, touches: list[Touch], doubted: list[DoubtedPrice]) -> None:
        TOUCHES.inc(len(touches))
        for touch in touches:
            log.info("level touched", symbol=touch.symbol, level=str(touch.level), seen=str(touch.seen), at=touch.at.isoformat())
        for one in doubted:
            log.warning(
                "a price that no market makes touches nothing", symbol=one.symbol, last=str(one.last), price=str(one.price)
            )

    def candles_closed(self, symbols: Collection[str]) -> None:
        """Announce again what was touched in these pairs and is not settled: with the candle stored it may be."""
        self._call(self.watch.unsettled.intersection(symbols))

    def _call(self, symbols: set[str]) -> None:
        if symbols:
            task = asyncio.create_task(self._announcer.announce_touches(sorted(symbols)))
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)

    async def finish(self) -> None:
        """Let go of n8n."""
        for task in list(self._calls):
            task.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)
