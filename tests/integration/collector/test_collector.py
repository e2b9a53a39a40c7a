"""The whole collector over real sockets: what the exchange said is in Postgres, and n8n is told."""

import httpx
import pytest
from sqlalchemy import Engine
from structlog.testing import capture_logs

from functions.collector import collector as module
from functions.collector.telling import report
from functions.logs import configure_logs
from functions.market.candles.timeframe import Timeframe
from functions.market.sources.bybit import BybitSource
from functions.settings import Settings
from tests.integration.collector.conftest import Webhook, collecting, query, until
from tests.integration.market.series import exchange_series, stored_series
from tests.integration.market.test_limit import Counting
from tests.sim import BybitSim, InThread

OPEN_GAPS = "SELECT count(*) FROM gap WHERE closed_at IS NULL"
FROM_STREAM = "SELECT count(*) FROM candle WHERE source = 'ws' AND timeframe = '5m'"


def whole(engine: Engine, exchange: BybitSim) -> bool:
    """Tell whether the stored series are the exchange's, from the head of what the first start wanted on, without a hole.

    No stored candle may ever be another.
    """
    lacking = 0
    wanted = "SELECT extract(epoch FROM min(first_open_time))::bigint * 1000 FROM gap WHERE symbol = %s AND timeframe = %s"
    with engine.connect() as connection:
        symbols = connection.exec_driver_sql("SELECT DISTINCT symbol FROM candle").scalars().all()
        assert len(symbols) == 4
        for symbol in symbols:
            for timeframe in Timeframe:
                stored = stored_series(connection, symbol, timeframe)
                head = connection.exec_driver_sql(wanted, (symbol, timeframe.value)).scalar()
                assert head is not None
                assert head <= max(stored) - 999 * timeframe.milliseconds, (symbol, timeframe)
                expected = exchange_series(exchange, symbol, timeframe, head, max(stored))
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
    assert all(set(call) == {"timeframes", "closes"} for call in webhook.told)
    told = [close for call in webhook.told for close in call["closes"]]
    assert any(close["complete"] for close in told if close["timeframe"] == "5m")
    assert all(set(close) == {"timeframe", "close_time", "symbols", "complete"} for close in told)
    together = [call["timeframes"] for call in webhook.told]
    assert together == [[close["timeframe"] for close in call["closes"]] for call in webhook.told]


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


async def test_a_start_while_rest_refuses_streams_what_the_database_knows(
    settings: Settings, engine: Engine, exchange: BybitSim, world: InThread
) -> None:
    async with collecting(settings):
        await until(lambda: query(engine, FROM_STREAM) >= 4 and not query(engine, OPEN_GAPS), "a close over the stream")
    stopped = exchange.clock.now_ms()
    await until(lambda: exchange.clock.now_ms() > stopped + 420_000, "a close without a collector")
    world.do(lambda: exchange.fault("maintenance"))
    before = query(engine, FROM_STREAM)
    async with collecting(settings):
        await until(lambda: query(engine, FROM_STREAM) >= before + 4, "closes although REST refuses")
        await until(lambda: query(engine, OPEN_GAPS) > 0, "what was missed is in the ledger")
        world.do(exchange.clear)
        await until(lambda: not query(engine, OPEN_GAPS) and whole(engine, exchange), "whole series")


async def test_tickers_twice_without_a_time_and_with_absurd_numbers_end_no_collector(
    settings: Settings, engine: Engine, exchange: BybitSim, world: InThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "QUOTES_EVERY", 0.2)
    async with collecting(settings):
        await until(lambda: query(engine, FROM_STREAM) >= 2, "a close over the stream")
        for kind in ("rest_twice", "rest_time", "rest_value"):
            world.do(lambda kind=kind: exchange.fault(kind, match="/v5/market/tickers", value=None, count=3))  # type: ignore[misc]
        before = query(engine, FROM_STREAM)
        await until(lambda: query(engine, FROM_STREAM) >= before + 8 and not query(engine, OPEN_GAPS), "it goes on")
        await until(lambda: whole(engine, exchange), "whole series")


async def test_a_stopped_collector_leaves_its_port_free(settings: Settings) -> None:
    address = f"http://127.0.0.1:{settings.collector_port}/health"

    def answers() -> bool:
        try:
            return httpx.get(address).status_code == 200
        except httpx.HTTPError:
            return False

    for _ in range(2):
        async with collecting(settings):
            await until(answers, "an answer on its port")
        assert not answers()


async def test_a_database_that_goes_away_amid_the_first_load_ends_nothing(
    settings: Settings, engine: Engine, exchange: BybitSim, owner: Engine, world: InThread
) -> None:
    world.do(lambda: exchange.fault("rest_delay", match="/v5/market/kline", delay=0.3))
    name = engine.url.database
    async with collecting(settings):
        await until(lambda: query(engine, "SELECT count(*) FROM candle") > 0 and query(engine, OPEN_GAPS) > 0, "it loads")
        with owner.connect() as connection:
            connection.exec_driver_sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            connection.exec_driver_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        health = f"http://127.0.0.1:{settings.collector_port}/health"
        await until(lambda: httpx.get(health).json()["database"] != "ok", "it has noticed")
        with owner.connect() as connection:
            connection.exec_driver_sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        world.do(exchange.clear)
        await until(lambda: query(engine, FROM_STREAM) >= 4 and not query(engine, OPEN_GAPS), "loaded and streaming")
        await until(lambda: whole(engine, exchange), "whole series")


async def test_refused_requests_end_nothing(settings: Settings, engine: Engine, exchange: BybitSim, world: InThread) -> None:
    world.do(lambda: exchange.fault("rest_ret_code", match="/v5/market/kline", code=10001, probability=0.3))
    async with collecting(settings):
        await until(
            lambda: query(engine, "SELECT count(*) FROM gap WHERE position('rejects' IN last_error) > 0") > 0, "a refusal"
        )
        world.do(exchange.clear)
        await until(lambda: query(engine, FROM_STREAM) >= 4 and not query(engine, OPEN_GAPS), "loaded and streaming")
        await until(lambda: whole(engine, exchange), "whole series")


async def test_a_ban_is_left_alone_by_all_tasks_and_said(
    settings: Settings, engine: Engine, exchange: BybitSim, world: InThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "QUOTES_EVERY", 0.2)
    monkeypatch.setattr(module, "WATCHLIST_EVERY", 0.2)
    limit = Counting(requests=0)
    async with collecting(settings):
        await until(lambda: query(engine, FROM_STREAM) >= 4 and not query(engine, OPEN_GAPS), "a close over the stream")
        world.do(lambda: setattr(exchange, "rate_limit", limit))
        trouble = "SELECT count(*) FROM heartbeat WHERE position('fewer' IN detail ->> 'exchange_trouble') > 0"
        await until(lambda: query(engine, trouble) == 1, "the ban is said")
        world.do(lambda: exchange.fault("ws_lose_confirm"))
        tried = "SELECT count(*) FROM gap WHERE position('no request' IN last_error) > 0"
        await until(lambda: query(engine, tried) > 0, "something is missing and may not be asked for")
    assert limit.asked <= 2  # what was on its way together
    BybitSource.banned_until.clear()


async def test_figures_are_logged_and_open_gaps_shown(
    settings: Settings, engine: Engine, exchange: BybitSim, world: InThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure_logs("console", "info")  # another test may have left it at warnings
    monkeypatch.setattr(report, "LINE_EVERY", 0.5)
    monkeypatch.setattr(report, "BEAT_EVERY", 0.2)
    world.do(lambda: exchange.fault("maintenance", match="/v5/market/kline"))
    metrics = f"http://127.0.0.1:{settings.collector_port}/metrics"
    with capture_logs() as logs:
        async with collecting(settings):
            await until(lambda: any(line["event"] == "collecting" and line["rows_per_minute"] > 0 for line in logs), "the line")
            await until(lambda: query(engine, OPEN_GAPS) >= 20, "gaps that nobody fills")
            await until(
                lambda: f"quorum_collector_gaps_open {query(engine, OPEN_GAPS)}.0" in httpx.get(metrics).text, "the gauge"
            )
    (line, *_) = [line for line in logs if line["event"] == "collecting"]
    assert {"gaps_open", "delay_p99_s", "reconnects", "status", "exchange_trouble"} <= set(line)
