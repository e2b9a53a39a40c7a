"""The collector's real parts on a real Postgres, driven by the simulated exchange without a socket and without waiting."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson
from sqlalchemy import Engine

from functions.clock import MarketClock
from functions.collector.closes import CloseTracker
from functions.collector.exchange_time import ExchangeTime
from functions.collector.intake import Intake
from functions.collector.measures import Measures
from functions.collector.mender import Mender
from functions.collector.topics import requests, topics_of
from functions.collector.writer import Writer
from functions.errors import RetryLater
from functions.market.closed import ClosedCandles
from functions.market.gaps import Run, from_ms
from functions.market.sources import payloads
from functions.settings import Settings
from tests.sim import BybitSim
from tests.sim.bybit.local import LocalStream

REST_FAULTS = ("rest_status", "rest_ret_code", "rest_half", "rest_garbage", "rest_disconnect", "rest_hang", "maintenance")
PATH = "/v5/market/kline"


class SimulatedHistory:
    """REST of the simulated exchange with its faults, read by the product's own reader."""

    def __init__(self, sim: BybitSim) -> None:
        self._sim = sim
        self.failures: Counter[str] = Counter()

    async def candles(self, run: Run) -> ClosedCandles:
        fault = self._sim.faults.take(PATH, *REST_FAULTS)
        if fault is not None:
            self.failures[fault.kind] += 1
            raise RetryLater("exchange_away", fault.kind, retry_after=1.0)
        first, last = (int(moment.timestamp() * 1000) for moment in (run.first, run.last))
        query = {"category": "spot", "symbol": run.symbol, "interval": run.timeframe.bybit, "limit": 1000}
        answer = self._sim.get(PATH, start=first, end=last, **query)
        return payloads.candles(orjson.loads(answer.body), run.symbol, run.timeframe, first, last)


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
        self.history = SimulatedHistory(self.sim)
        self.time = SimulatedTime(self.sim)
        self.stream: LocalStream | None = None
        self.begin()

    def begin(self) -> None:
        """Start with nothing in memory, as after kill -9."""
        self.intake = Intake()
        self.tracker = CloseTracker(self.symbols)
        self.measures = Measures()
        self.writer = Writer(self.engine, self.intake, self.tracker, self.time, self.measures)
        self.mender = Mender(self.settings, self.engine, self.history, self.time, self.measures)
        self.deaf_since: datetime | None = self.time.now()
        self.loaded = False
        if self.stream is not None:
            self.stream.abort()

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

    def _lost(self) -> None:
        self.events["disconnect"] += 1
        self.stream = None
        self.deaf_since = self.deaf_since or self.time.now()

    async def store(self) -> None:
        """Store what was heard, and tell the tracker's deadlines that their second is over."""
        await self.writer.flush_candles()
        self.tracker.due(float("inf"))
        self.tracker.expect(self.time.now() - timedelta(seconds=90))

    async def mend(self) -> float:
        """Do what the collector's mending does once; return the pause it wants, 0 when all is whole."""
        if not self.loaded:
            await self.mender.load(self.symbols)
            self.loaded = True
        if self.deaf_since is not None and self.stream is not None:
            since, self.deaf_since = self.deaf_since, None
            await self.mender.look_back(self.symbols, since, "reconnect")
        missing = self.tracker.missing()
        if missing:
            await self.mender.note_missed(missing)
        pause = await self.mender.fill(self.symbols, in_bulk=False)
        for batch in self.mender.came():
            self.writer.note_stored(batch)
        return pause

    async def live(self, days: int, hours: int, mend_every: int) -> None:
        """Live through some days, `hours` at a time, with whatever strikes; mend every so many times."""
        for number in range(days * 24 // hours):
            self.connect()
            self.sim.walk(hours * 3600, step=1800)
            if self.chance.random() < 0.02:
                self.events["killed"] += 1
                self.begin()
                continue
            if self.chance.random() < 0.1:  # the database is away for these hours
                self.events["database away"] += 1
                continue
            await self.store()
            if not self.loaded or number % mend_every == mend_every - 1:
                await self.mend()

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
            if not await self.mend() and not self.tracker.lacking:
                break
