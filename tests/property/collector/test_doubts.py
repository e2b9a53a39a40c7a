"""What is in doubt stays so until REST could answer and did; what is much waits for its turn and what is little does not."""

import gc
from datetime import UTC, datetime, timedelta

import orjson
from sqlalchemy import Engine

from functions.market.candles.closed import ClosedCandles
from functions.market.candles.timeframe import Timeframe
from functions.market.run.bulk_lock import try_bulk_lock
from functions.settings import Settings
from tests.integration.market.series import exchange_series, stored_series
from tests.property.collector.rig import Rig
from tests.property.collector.test_nothing_lost import assert_the_exchanges_series, make_rig

M5 = Timeframe.M5
SYMBOL = "BTCUSDT"


def close_of(rig: Rig, engine: Engine, at: int) -> tuple[float, float]:
    """Return the close of a candle as it is stored, and as the exchange's REST says it."""
    with engine.connect() as connection:
        return stored_series(connection, SYMBOL, M5)[at][3], exchange_series(rig.sim, SYMBOL, M5, at, at)[at][3]


async def streaming(settings: Settings, engine: Engine) -> Rig:
    """A rig that is whole and streams, at the end of a candle that is stored already."""
    rig = make_rig(settings, engine, 5)
    rig.connect()
    assert await rig.repair() == 0
    rig.sim.walk(M5.span.total_seconds() - rig.sim.clock.now_ms() / 1000 % M5.span.total_seconds() + 1.0, step=0.25)
    await rig.store()
    return rig


def says_otherwise(rig: Rig, at: int) -> None:
    """Have REST give another value of a candle than the stream did, and the stream a second version of it, yet another."""
    rig.sim.fault("revise", symbol=SYMBOL, interval=M5.bybit, start=at, factor=1.01)
    values = {"open": "1", "close": "1", "high": "1", "low": "1", "volume": "1", "turnover": "1"}
    entry = {"start": at, "confirm": True, **values}
    rig.intake.take(orjson.dumps({"topic": f"kline.5.{SYMBOL}", "ts": rig.sim.clock.now_ms(), "data": [entry]}))


async def test_a_dispute_right_after_the_close_waits_until_rest_can_settle_it(settings: Settings, engine: Engine) -> None:
    rig = await streaming(settings, engine)
    at = int(M5.last_closed(rig.time.now()).timestamp() * 1000)
    says_otherwise(rig, at)
    await rig.store()
    assert await rig.repair() > 0  # half a second after the end REST does not speak of it yet
    stored_close, exchange_close = close_of(rig, engine, at)
    assert stored_close != exchange_close
    rig.sim.walk(2.0)
    assert await rig.repair() == 0
    stored_close, exchange_close = close_of(rig, engine, at)
    assert stored_close == exchange_close


async def test_a_dispute_during_an_outage_is_settled_after_it(settings: Settings, engine: Engine) -> None:
    rig = await streaming(settings, engine)
    at = int(M5.last_closed(rig.time.now()).timestamp() * 1000)
    says_otherwise(rig, at)
    await rig.store()
    rig.sim.walk(3600.0, step=1800)  # by now it is not among the newest candles any more
    rig.sim.fault("rest_status", status=502)
    await rig.store()
    assert await rig.repair() > 0
    rig.sim.clear()
    assert await rig.repair() == 0
    stored_close, exchange_close = close_of(rig, engine, at)
    assert stored_close == exchange_close


async def test_the_look_at_the_last_hour_after_a_reconnect_is_made_up_for(settings: Settings, engine: Engine) -> None:
    rig = await streaming(settings, engine)
    rig.sim.walk(120.0)
    at = int(M5.last_closed(rig.time.now()).timestamp() * 1000)
    assert rig.stream is not None
    rig.stream.abort()
    rig.connect()
    rig.sim.fault("revise", symbol=SYMBOL, interval=M5.bybit, start=at, factor=1.01)
    rig.sim.fault("rest_status", status=502)
    assert await rig.repair() > 0
    rig.sim.clear()
    assert await rig.repair() == 0
    stored_close, exchange_close = close_of(rig, engine, at)
    assert stored_close == exchange_close


async def test_while_another_holds_the_turn_small_gaps_are_filled_and_large_ones_wait(settings: Settings, engine: Engine) -> None:
    rig = make_rig(settings, engine, 5)
    rig.connect()
    rig.settings = rig.settings.model_copy(update={"history_days": 20})
    rig.begin()
    async with try_bulk_lock(engine, rig.history) as ours:
        assert ours
        assert await rig.repair() > 0
    with engine.connect() as connection:
        open_now = connection.exec_driver_sql("SELECT DISTINCT timeframe FROM gap WHERE closed_at IS NULL").scalars().all()
        filled = connection.exec_driver_sql("SELECT DISTINCT timeframe FROM gap WHERE resolution = 'filled'").scalars().all()
    assert (set(open_now), set(filled)) == ({"5m", "15m"}, {"1h", "4h", "1d"})
    assert await rig.repair() == 0
    assert_the_exchanges_series(rig, engine)


async def test_one_pair_back_after_months_widens_only_its_own_history(settings: Settings, engine: Engine) -> None:
    rig = make_rig(settings, engine, 5)
    first, *others = rig.symbols
    old = rig.time.now() - timedelta(days=200)
    at = Timeframe.H1.floor(old)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO candle VALUES (%s, '1h', %s, 1, 1, 1, 1, 1, 1, 'ws')", (first, at.astimezone(UTC))
        )
    await rig.repair()
    oldest = dict[str, datetime]()
    with engine.connect() as connection:
        for row in connection.exec_driver_sql(
            "SELECT symbol, min(first_open_time) AS oldest FROM gap WHERE timeframe = '1h' GROUP BY 1"
        ):
            oldest[row.symbol] = row.oldest
    assert oldest[first] <= old
    assert all(oldest[name] > rig.time.now() - timedelta(days=60) for name in others)


async def test_a_load_keeps_no_candles_in_memory(settings: Settings, engine: Engine) -> None:
    rig = make_rig(settings, engine, 5)
    await rig.gap_keeper.repair(rig.symbols)
    gc.collect()
    assert sum(isinstance(one, ClosedCandles) for one in gc.get_objects()) == 0
    assert {close.timeframe for close in rig.gap_keeper.completed_closes()} == set(Timeframe)
