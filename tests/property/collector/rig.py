"""The collector's real parts on a real Postgres, driven by the simulated exchange without a socket and without waiting."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Engine

from functions.clock import MarketClock
from functions.collector.exchange_time import ExchangeTime
from functions.collector.feed.closes import CloseTracker
from functions.collector.feed.intake import Intake
from functions.collector.feed.topics import requests, topics_of
from functions.collector.gap_keeper import RECONNECT, SETTLE, START, GapKeeper
from functions.collector.measures import Measures
from functions.collector.writer import Writer
from functions.market.candles.gaps import from_ms, to_ms
from functions.market.candles.timeframe import Timeframe
from functions.market.run.backfill import history_window
from functions.settings import Settings
from tests.property.collector.source import LocalSource
from tests.sim import BybitSim
from tests.sim.bybit.local import LocalStream


class SimulatedTime(ExchangeTime):
    """The exchange's time straight from the simulator."""

    def __init__(self, sim: BybitSim) -> None:
        super().__init__(MarketClock.system())
        self._sim = sim

    def now(self) -> datetime:
        return from_ms(self._sim.clock.now_ms())


@dataclass
class Rig:
    """One collector's life: it hears, stores and mends, and may lose its connection, its database or its memory."""

    sim: BybitSim
    settings: Settings
    engine: Engine
    symbols: list[str]
    seed: int
    events: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.history = LocalSource(self.sim, self._kill_mending)
        self.time = SimulatedTime(self.sim)
        self.stream: LocalStream | None = None
        self.heads: dict[Timeframe, int] = {}
        self.begin()

    def begin(self) -> None:
        """Start with nothing in memory, as after kill -9."""
        self.intake = Intake(self.sim.clock.now_ms)
        self.tracker = CloseTracker(self.symbols)
        self.measures = Measures()
        self.writer = Writer(self.engine, self.intake, self.tracker, self.time, self.measures)
        self.gap_keeper = GapKeeper(self.settings, self.engine, self.history, self.time, self.measures, self.tracker, self.writer)
        self.gap_keeper.note_deaf(START, self.time.now())
        self.deaf_since: datetime | None = None
        self.repairing: asyncio.Task[float] | None = None
        if self.stream is not None:
            self.stream.abort()
            self.deaf_since = None

    def connect(self) -> None:
        """Subscribe unless it is subscribed; the exchange may refuse."""
        if self.stream is not None:
            return
        try:
            self.stream = self.sim.local(self._hear, self._lost)
        except ConnectionRefusedError:
            self.events["refused"] += 1
            return
        for portion in requests(topics_of(self.symbols)):
            if self.stream is not None:
                self.stream.request("subscribe", portion)
        if self.deaf_since is not None and self.stream is not None:
            self.gap_keeper.note_deaf(RECONNECT, self.deaf_since)
            self.deaf_since = None

    def _lost(self) -> None:
        self.events["disconnect"] += 1
        self.stream = None
        self.deaf_since = self.deaf_since or self.time.now()

    async def store(self) -> None:
        """Store what was heard, and tell the tracker's deadlines that their second is over."""
        await self.writer.flush_candles()
        self.tracker.due(float("inf"))
        self.tracker.expect(self.time.now() - timedelta(seconds=90))

    async def repair(self) -> float:
        """Let the gap keeper repair once; return the pause it wants, 0 when no gap is left or it was killed meanwhile."""
        if not self.heads:  # the first mending decides how far back the series have to reach
            settled, days = self.time.now() - SETTLE, self.settings.history_days
            self.heads = {frame: to_ms(history_window(self.settings, frame, settled, days)[0]) for frame in Timeframe}
        self.repairing = asyncio.create_task(self.gap_keeper.repair(self.symbols))
        try:
            pause = await self.repairing
        except asyncio.CancelledError:
            self.kill("while mending")
            return 0.0
        self.gap_keeper.completed_closes()
        return pause

    def _kill_mending(self) -> None:
        if self.repairing is not None:
            self.repairing.cancel()

    def kill(self, moment: str) -> None:
        """End the process and start it again."""
        self.events[f"killed {moment}"] += 1
        self.begin()

    async def live(self, days: int, hours: int, mend_every: int) -> None:
        """Live through some days, `hours` at a time, with whatever strikes; mend every so many times."""
        for number in range(days * 24 // hours):
            self.connect()
            self.sim.walk(hours * 3600, step=1800)
            if self.chance.random() < 0.1:  # the database is away for these hours
                self.events["database away"] += 1
                continue
            if self.chance.random() < 0.02:
                self.kill("before storing")
                continue
            await self.store()
            if self.chance.random() < 0.02:
                self.kill("before mending")
                continue
            if number % mend_every == mend_every - 1 or not self.heads:
                if self.chance.random() < 0.15:
                    self.history.kill_soon(self.chance)
                await self.repair()

    def _hear(self, frame: bytes) -> None:
        self.intake.take(frame)

    async def recover(self) -> None:
        """The troubles end: within a few rounds everything is whole."""
        self.sim.faults.clear()
        self.sim.clear()
        self.connect()
        self.sim.walk(120)
        await self.store()
        for _ in range(4):
            self.sim.walk(5)
            if not await self.repair() and not self.tracker.lacking:
                break
