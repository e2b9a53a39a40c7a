"""Start and stop of the collector: `python -m functions.collector`."""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from sqlalchemy import Engine

from db.connect import engine_for
from functions.collector.announce import Announcer
from functions.collector.bridge import bridge_needed, run_bridge
from functions.collector.collector import Collector
from functions.collector.endless import endless
from functions.collector.exchange_time import ExchangeTime
from functions.collector.telling.exchange_report import ExchangeReport
from functions.collector.telling.health import HealthServer
from functions.collector.telling.report import Reporter
from functions.collector.whales import run_whales
from functions.errors import QuorumError
from functions.logs import configure_logs, get_logger
from functions.market.run.jobs import bybit
from functions.outgoing.proxies import check as check_proxies
from functions.settings import Settings, get_settings

log = get_logger("collector")
Work = Callable[[], Coroutine[Any, Any, None]]


def main() -> None:
    """Run until SIGTERM or SIGINT; a wrong setting is one line and its exit code."""
    try:
        settings = get_settings()
        check_proxies((settings.bybit_rest_url, settings.bybit_ws_url, settings.telegram_api_url))
    except QuorumError as error:
        sys.exit(_say(error))
    configure_logs(settings.log_format, settings.log_level, settings.secrets)
    asyncio.run(collect(settings))


def _say(error: QuorumError) -> int:
    sys.stderr.write(f"{error.detail}\n")
    return error.exit_code


async def collect(settings: Settings, stop: asyncio.Event | None = None) -> None:
    """Collect until `stop` is set or a signal comes, then store what is in memory.

    Args:
        settings: of the process.
        stop: for tests; SIGTERM and SIGINT set it otherwise.
    """
    stop = stop or _stop_on_signals()
    engine = engine_for(settings.database("collector"), application="quorum-collector")
    try:
        await _collect(settings, engine, stop)
    finally:
        engine.dispose()
    log.info("collector stopped")


async def _collect(settings: Settings, engine: Engine, stop: asyncio.Event) -> None:
    async with bybit(settings) as source, Announcer(settings) as announcer:
        collector = Collector(settings, engine, source, announcer, ExchangeTime(settings.clock))
        reporter = Reporter(collector, engine, settings.shard)
        health = HealthServer(settings.collector_host, settings.collector_port, reporter.state)
        try:
            async with asyncio.TaskGroup() as group:
                works: dict[str, Work] = {
                    "collect": collector.run,
                    "beat": reporter.keep_beating,
                    "say": reporter.keep_saying,
                }
                if settings.shard.first:
                    works |= _of_one(settings, engine, collector)
                tasks = [group.create_task(endless(name, work)) for name, work in works.items()]
                group.create_task(health.serve())
                await stop.wait()
                health.should_exit = True
                for task in tasks:
                    task.cancel()
        finally:
            await collector.finish()


def _of_one(settings: Settings, engine: Engine, collector: Collector) -> dict[str, Work]:
    """Return what one collector alone does, however many share the pairs."""
    works: dict[str, Work] = {"exchange report": ExchangeReport(collector, settings).keep_telling}
    if bridge_needed(settings):
        works["bridge"] = partial(run_bridge, settings, note=collector.note_telegram)
    if settings.is_set("WHALE_ALERT_KEY"):
        works["whales"] = partial(run_whales, settings, engine)
    return works


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
