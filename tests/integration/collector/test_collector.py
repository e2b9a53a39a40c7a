"""The whole collector over real sockets: what the exchange said is in Postgres, and n8n is told."""

import asyncio

import httpx
from sqlalchemy import Engine

from functions.market.candles import Timeframe
from functions.settings import Settings
from tests.integration.collector.conftest import Webhook, collecting, query, until
from tests.integration.market.series import exchange_series, stored_series
from tests.sim import BybitSim, InThread

OPEN_GAPS = "SELECT count(*) FROM gap WHERE closed_at IS NULL"
FROM_STREAM = "SELECT count(*) FROM candle WHERE source = 'ws' AND timeframe = '5m'"


def whole(engine: Engine, exchange: BybitSim) -> bool:
    """Tell whether the stored series are the exchange's, without a hole; no stored candle may ever be another."""
    lacking = 0
    with engine.connect() as connection:
        symbols = connection.exec_driver_sql("SELECT DISTINCT symbol FROM candle").scalars().all()
        assert len(symbols) == 4
        for symbol in symbols:
            for timeframe in Timeframe:
                stored = stored_series(connection, symbol, timeframe)
                expected = exchange_series(exchange, symbol, timeframe, min(stored), max(stored))
                assert stored.items() <= expected.items(), (symbol, timeframe)
                lacking += len(expected) - len(stored)
    return lacking == 0


async def test_history_and_closes_are_stored_exactly_and_announced(
    settings: Settings, engine: Engine, exchange: BybitSim, webhook: Webhook
) -> None:
    async with collecting(settings):
        await until(lambda: query(engine, FROM_STREAM) >= 8 and not query(engine, OPEN_GAPS), "two closes over the stream")
        await until(lambda: query(engine, "SELECT count(*) FROM ticker WHERE bid IS NOT NULL") > 4, "tickers with a quote")
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{settings.collector_port}") as client:
            health = (await client.get("/health")).json()
            metrics = (await client.get("/metrics")).text
        await until(lambda: whole(engine, exchange), "whole series")
    assert health["status"] == "ok"
    assert health["delay_p99_s"] is not None
    assert "quorum_collector_delay_seconds_count" in metrics
    assert query(engine, "SELECT count(*) FROM heartbeat WHERE part = 'collector'") == 1
    told = [one for one in webhook.told if one["timeframe"] == "5m"]
    assert any(one["complete"] for one in told)
    assert all(set(one) == {"timeframe", "close_time", "symbols", "complete"} for one in told)


async def test_a_disconnect_over_closes_loses_nothing(
    settings: Settings, engine: Engine, exchange: BybitSim, world: InThread
) -> None:
    async with collecting(settings):
        await until(lambda: query(engine, FROM_STREAM) >= 4 and not query(engine, OPEN_GAPS), "a close over the stream")
        before = query(engine, FROM_STREAM)
        world.do(lambda: exchange.fault("ws_disconnect", refuse=8))
        await until(lambda: query(engine, "SELECT count(*) FROM gap WHERE reason = 'reconnect'") > 0, "gaps found")
        await until(lambda: query(engine, FROM_STREAM) > before and not query(engine, OPEN_GAPS), "mended and streaming")
        await until(lambda: whole(engine, exchange), "whole series")
    assert query(engine, "SELECT count(*) FROM gap WHERE reason = 'reconnect' AND resolution = 'filled'") > 0


async def test_lost_confirms_and_damaged_frames_are_fetched_by_rest(
    settings: Settings, engine: Engine, exchange: BybitSim, world: InThread
) -> None:
    world.do(lambda: exchange.fault("ws_lose_confirm", probability=0.3))
    world.do(lambda: exchange.fault("ws_truncate", probability=0.2))
    world.do(lambda: exchange.fault("ws_duplicate", probability=0.2))
    world.do(lambda: exchange.fault("rest_ret_code", code=10006, probability=0.2))
    missed = "SELECT count(*) FROM gap WHERE reason = 'missed' AND resolution = 'filled'"
    async with collecting(settings):
        await until(lambda: query(engine, missed) >= 3, "three lost candles fetched")
        world.do(exchange.faults.clear)
        await until(lambda: not query(engine, OPEN_GAPS) and whole(engine, exchange), "whole series")


async def test_n8n_away_stops_nothing(settings: Settings, engine: Engine, webhook: Webhook) -> None:
    webhook.status = 503
    async with collecting(settings):
        await until(lambda: query(engine, FROM_STREAM) >= 8, "two closes over the stream")
        webhook.status = 200
        await until(lambda: len(webhook.told) > 0, "n8n told again")


async def test_clock_skew_is_corrected_and_no_candle_is_given_up(settings: Settings, engine: Engine, exchange: BybitSim) -> None:
    ahead = settings.model_copy(update={"market_clock": settings.market_clock.replace("11:59:30", "13:59:30")})
    async with collecting(ahead):
        await until(lambda: query(engine, FROM_STREAM) >= 8 and not query(engine, OPEN_GAPS), "two closes over the stream")
        skew = "SELECT round((detail ->> 'clock_skew_s')::numeric) FROM heartbeat WHERE part = 'collector'"
        await until(lambda: -7300 < query(engine, skew) < -7100, "skew reported")
        await until(lambda: whole(engine, exchange), "whole series")
    assert query(engine, "SELECT count(*) FROM gap WHERE resolution = 'absent'") == 0


async def test_a_stopped_collector_leaves_its_port_free(settings: Settings, engine: Engine) -> None:
    for _ in range(2):
        async with collecting(settings):
            await until(lambda: query(engine, "SELECT count(*) FROM heartbeat") == 1, "a heartbeat")
    await asyncio.sleep(0)
