"""Any single answer or push that is wrong, empty, partial or from another time loses no candle, delists no pair, ends nothing."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from functions.clock import MarketClock, wall_now
from functions.collector.announce import Announcer
from functions.collector.collector import Collector
from functions.collector.exchange_time import ExchangeTime
from functions.collector.feed.topics import requests, topics_of
from functions.collector.gap_keeper import RECONNECT, SETTLE, START
from functions.errors import QuorumError
from functions.market import store
from functions.market.candles.gaps import from_ms, to_ms
from functions.market.candles.timeframe import Timeframe
from functions.market.run.backfill import history_window
from functions.market.universe import GONE_FOR
from functions.settings import Settings
from tests.integration.market.series import exchange_series, stored_series
from tests.property.collector.source import LocalSource
from tests.property.collector.test_nothing_lost import make_rig
from tests.sim import BybitSim
from tests.sim.bybit.altered import REST_ALTERED, STREAM_ALTERED

PATHS = ("/v5/market/kline", "/v5/market/tickers", "/v5/market/instruments-info", "/v5/market/time")
TOPICS = ("kline.*", "tickers.*")
HOURS = 3_600_000
TIMES: tuple[dict[str, Any], ...] = (
    {"ms": 6 * HOURS}, {"ms": -6 * HOURS}, {"ms": 8760 * HOURS}, {"ms": 20_000}, {"value": None}, {"value": "soon"},
    {"value": 12345678901234567890}, {"value": 1e308}, {"value": ""}, {"value": -1}, {"value": []},
)  # fmt: skip
DAY = timedelta(days=1)


@dataclass
class Desk:
    """A whole collector on a real Postgres, stepped by hand; the exchange has no socket and time is the simulator's."""

    sim: BybitSim
    settings: Settings
    engine: Engine
    symbols: list[str]
    struck: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        begun = wall_now()
        machine = MarketClock(self.now, begun)
        self.source = LocalSource(self.sim)
        self.time = ExchangeTime(machine, lambda: self.sim.clock.now_ms() / 1000)
        self.collector = Collector(self.settings, self.engine, self.source, Announcer(self.settings), self.time)
        self.collector.watch(self.symbols)
        self.heads: dict[Timeframe, int] = {}

    @property
    def now(self) -> datetime:
        """Return the exchange's true time."""
        return from_ms(self.sim.clock.now_ms())

    async def attempt(self, work: Any) -> None:
        """Do one work of the collector; only what its loops expect may come out of it."""
        try:
            await work()
        except QuorumError as error:
            self.refused[error.code] += 1

    async def step(self, reason: str = RECONNECT) -> None:
        """Live a quarter of an hour on the stream and after it do each work once, as the loops do."""
        stream = self.sim.local(self._hear)
        for portion in requests(topics_of(self.symbols)):
            stream.request("subscribe", portion)
        self.sim.walk(900, step=150)
        self.sim.feed.push_tickers(self.symbols, self.sim.clock.now_ms(), self.sim.clock.now_ms(), 1.0)
        self.sim.delivery.flush(self.sim.clock.now_ms())
        stream.abort()
        collector = self.collector
        for work in (
            collector._read_clock,
            collector._take_universe,
            collector._quotes,
            collector.writer.flush_tickers,
            collector.writer.flush_candles,
        ):
            await self.attempt(work)
        collector.tracker.due(float("inf"))
        collector.tracker.expect(self.time.now() - timedelta(seconds=90))
        collector.gap_keeper.note_deaf(reason, self.time.now() - timedelta(minutes=20))
        await collector.gap_keeper.repair(self.symbols)
        collector.gap_keeper.completed_closes()

    def _hear(self, frame: bytes) -> None:
        self.collector.intake.take(frame)

    async def suffer(self, kind: str, match: str, options: dict[str, Any], chance: random.Random) -> None:
        """Live a step in which one answer or push is wrong, and one in which all are well."""
        if match == "/v5/market/instruments-info":
            self.forget_universe()
        if match == "/v5/market/time":
            self.sim.walk(1)
        self.sim.fault(kind, match=match, count=1, probability=chance.choice([1.0, 0.3]), **options)
        await self.step()
        self.struck[f"{kind} {match}"] += not self.sim.faults
        self.sim.clear()
        self.assert_unharmed()
        self.sim.walk(300, step=300)
        await self.step()

    def forget_universe(self) -> None:
        """Have today's universe asked for again."""
        with self.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM universe_day")

    def assert_unharmed(self) -> None:
        """Time is right, no pair is gone, no candle is given up or from the future."""
        assert abs(self.time.now() - self.now) < timedelta(seconds=1)
        with self.engine.connect() as connection:
            for later in (timedelta(0), GONE_FOR - timedelta(minutes=1)):
                assert store.trading_symbols(connection, self.now + later) >= set(self.symbols)
            gaps = connection.exec_driver_sql(
                "SELECT count(*) FROM gap WHERE resolution = 'absent' OR last_open_time >= %s", (self.now,)
            ).scalar()
            future = connection.exec_driver_sql("SELECT count(*) FROM candle WHERE open_time >= %s", (self.now,)).scalar()
            ahead = connection.exec_driver_sql("SELECT count(*) FROM ticker WHERE exchange_time > %s", (self.now + DAY,)).scalar()
        assert (gaps, future, ahead) == (0, 0, 0)

    async def assert_whole(self) -> None:
        """Prices are of now, and every series is the exchange's once it was verified, as is done each five minutes."""
        self.sim.walk(5)
        await self.collector._quotes()
        for _ in range(12):
            if not await self.collector.gap_keeper.repair(self.symbols):
                break
            self.sim.walk(30)
        await self.collector.gap_keeper.verify(self.symbols, 5 * DAY)
        with self.engine.connect() as connection:
            tickers = store.read_tickers(connection, self.now, self.symbols)
            assert [ticker.symbol for ticker in tickers] == sorted(self.symbols)
            for ticker in tickers:
                assert abs(self.now - ticker.exchange_time) < timedelta(minutes=10)
            for symbol in self.symbols:
                for frame in Timeframe:
                    stored = stored_series(connection, symbol, frame)
                    newest = to_ms(frame.last_closed(self.now - timedelta(minutes=6)))
                    expected = exchange_series(self.sim, symbol, frame, self.heads[frame], newest)
                    kept = {at: row for at, row in stored.items() if self.heads[frame] <= at <= newest}
                    assert kept == expected, (symbol, frame)


def options_for(kind: str, chance: random.Random) -> dict[str, Any]:
    if kind.endswith("_time"):
        return dict(chance.choice(TIMES))
    return {"share": chance.choice([0.1, 0.55, 0.9])} if kind == "rest_part" else {}


async def begun(settings: Settings, engine: Engine, seed: int) -> Desk:
    rig = make_rig(settings, engine, seed)
    desk = Desk(rig.sim, rig.settings, engine, rig.symbols)
    await desk.step(START)
    assert desk.time.trusted
    desk.assert_unharmed()
    settled, days = desk.now - SETTLE, desk.settings.history_days
    desk.heads = {frame: to_ms(history_window(desk.settings, frame, settled, days)[0]) for frame in Timeframe}
    return desk


def troubles(chance: random.Random) -> list[tuple[str, str]]:
    """Every kind of wrong answer to every question, and every kind of wrong push, in some order."""
    wrong = [(kind, path) for path in PATHS for kind in sorted(REST_ALTERED)]
    wrong += [(kind, topic) for topic in TOPICS for kind in sorted(STREAM_ALTERED)]
    chance.shuffle(wrong)
    return wrong


async def live_through(desk: Desk, wrong: list[tuple[str, str]], chance: random.Random) -> None:
    for kind, match in wrong:
        await desk.suffer(kind, match, options_for(kind, chance), chance)
    await desk.assert_whole()


@pytest.mark.parametrize("seed", [1])
async def test_a_wrong_answer_loses_no_candle_and_delists_no_pair(settings: Settings, engine: Engine, seed: int) -> None:
    chance = random.Random(seed)
    desk = await begun(settings, engine, seed)
    wrong = troubles(chance)
    await live_through(desk, wrong[:12], chance)
    assert len(desk.struck) >= 6
    assert sum(desk.struck.values()) >= 6


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(3, 6))])
async def test_every_kind_of_wrong_answer_loses_no_candle(settings: Settings, engine: Engine, seed: int) -> None:
    chance = random.Random(seed)
    desk = await begun(settings, engine, seed)
    await live_through(desk, [*troubles(chance), *troubles(chance)], chance)
    kinds = {name.split()[0] for name, count in desk.struck.items() if count}
    assert kinds == REST_ALTERED | STREAM_ALTERED
    assert {name.split()[1] for name, count in desk.struck.items() if count} == {*PATHS, *TOPICS}
    assert desk.refused["exchange_garbage"] > 0
    assert desk.collector.intake.counts["Impossible"] + desk.collector.intake.counts["Malformed"] > 0
