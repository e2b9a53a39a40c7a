"""Whatever strikes, the stored series is the exchange's series, every gap is opened and closed, every revision is kept."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from functions.market.candles.gaps import to_ms
from functions.market.candles.timeframe import Timeframe
from functions.settings import Settings
from tests.integration.market.series import exchange_series, stored_series
from tests.property.collector.rig import Rig
from tests.sim import BybitSim, ManualClock, Pace, make_market

START = "2024-03-05T00:00:30Z"
QUIET = "XRPUSDT"
CALM_PACE = Pace(ticker_every=1e9, kline_every=1800.0)


def make_rig(settings: Settings, engine: Engine, seed: int) -> Rig:
    market = make_market(symbols=2, seed=seed, quiet=frozenset({QUIET}), others=False)
    sim = BybitSim(market=market, clock=ManualClock(START), seed=seed, pace=CALM_PACE)
    sim.feed.start_at(sim.clock.now_ms())
    sim.board.move_to(sim.clock.now_ms())
    return Rig(sim, settings.model_copy(update={"history_days": 3}), engine, list(market.symbols), seed)


def bad_days(rig: Rig, level: float) -> None:
    """Everything that can happen on the way, and a database and a process that go away."""
    rig.sim.fault("chaos", level=level, disconnect_every=40_000.0)
    rig.sim.fault("maintenance", probability=0.05)
    rig.sim.fault("rest_hang", probability=0.02)
    rig.sim.clear("rest_delay")  # waits for real


def revise_some(rig: Rig, chance: random.Random) -> dict[tuple[str, Timeframe, int], tuple[float, ...]]:
    """Have REST change some past candles; return what they were."""
    now, before = rig.sim.clock.now_ms(), dict[tuple[str, Timeframe, int], tuple[float, ...]]()
    for _ in range(20):
        symbol, timeframe = chance.choice(rig.symbols), chance.choice(list(Timeframe)[:3])
        start = (now // timeframe.milliseconds - chance.randint(3, 60)) * timeframe.milliseconds
        before.setdefault((symbol, timeframe, start), exchange_series(rig.sim, symbol, timeframe, start, start)[start])
        rig.sim.fault("revise", symbol=symbol, interval=timeframe.bybit, start=start, factor=1.01)
    return before


async def run(rig: Rig, days: int, level: float = 0.7) -> None:
    bad_days(rig, level)
    if days < 10:
        await rig.live(days, hours=1, mend_every=6)
    else:
        await rig.live(days, hours=2, mend_every=12)


@pytest.fixture
def rig(settings: Settings, engine: Engine, request: pytest.FixtureRequest) -> Rig:
    return make_rig(settings, engine, request.param)


def assert_the_exchanges_series(rig: Rig, engine: Engine) -> None:
    with engine.connect() as connection:
        for symbol in rig.symbols:
            for timeframe in Timeframe:
                stored = stored_series(connection, symbol, timeframe)
                due, newest = (to_ms(timeframe.last_closed(rig.time.now() - timedelta(minutes=m))) for m in (2, 0))
                expected = exchange_series(rig.sim, symbol, timeframe, rig.heads[timeframe], newest)
                awaited_symbols = {at for at in expected if at > due and at not in stored}
                assert len(stored) >= 1000, (symbol, timeframe, len(stored))
                for at in awaited_symbols:
                    del expected[at]
                assert stored == expected, (symbol, timeframe, sorted(set(expected) ^ set(stored))[:5])


def assert_every_gap_is_closed(engine: Engine) -> None:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            """SELECT count(*) AS gaps, count(*) FILTER (WHERE resolution = 'filled') AS filled,
                      count(*) FILTER (WHERE closed_at < opened_at) AS odd FROM gap"""
        ).one()
        unrecorded = connection.exec_driver_sql(
            """SELECT count(*) FROM candle c WHERE source = 'rest' AND NOT EXISTS (
                   SELECT 1 FROM gap g WHERE g.symbol = c.symbol AND g.timeframe = c.timeframe
                   AND c.open_time BETWEEN g.first_open_time AND g.last_open_time)"""
        ).scalar()
    assert rows.gaps > 0
    assert (rows.filled, rows.odd) == (rows.gaps, 0)  # the exchange has every candle: none may be given up
    assert unrecorded == 0


def assert_revisions_kept(engine: Engine, before: dict[tuple[str, Timeframe, int], tuple[float, ...]]) -> None:
    with engine.connect() as connection:
        kept = {
            (row.symbol, Timeframe(row.timeframe), row.at): (row.open, row.high, row.low, row.close, row.volume, row.turnover)
            for row in connection.exec_driver_sql(
                "SELECT *, extract(epoch FROM open_time)::bigint * 1000 AS at FROM candle_revision ORDER BY id DESC"
            )
        }
        revised = connection.exec_driver_sql("SELECT count(*) FROM candle WHERE source = 'revised'").scalar()
    assert kept == before
    assert revised == len(kept)


async def live_and_judge(rig: Rig, engine: Engine, days: int) -> None:
    await run(rig, days)
    await rig.recover()
    assert_the_exchanges_series(rig, engine)  # whole before anything is asked for a second time
    before = revise_some(rig, random.Random(rig.seed))
    verified = await rig.gap_keeper.verify(rig.symbols, timedelta(days=days))
    assert (verified.failed, verified.revised) == (0, len(before))
    assert_the_exchanges_series(rig, engine)
    assert_every_gap_is_closed(engine)
    assert_revisions_kept(engine, before)
    assert rig.events["disconnect"] > 0
    assert rig.events["database away"] > 0
    assert rig.history.failures


@pytest.mark.parametrize("rig", [101, 102], indirect=True)
async def test_three_bad_days_lose_nothing(rig: Rig, engine: Engine) -> None:
    await live_and_judge(rig, engine, 3)


@pytest.mark.slow
@pytest.mark.parametrize("rig", [1, 2, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(3, 21))], indirect=True)
async def test_thirty_bad_days_lose_nothing(rig: Rig, engine: Engine) -> None:
    await live_and_judge(rig, engine, 30)
    assert any(event.startswith("killed") for event in rig.events)
