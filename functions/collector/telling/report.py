"""The state of the collector: the heartbeat row, `/health`, and a line in the log every five minutes."""

import asyncio
import time
from typing import Any

from sqlalchemy import Engine

from db.connect import DATABASE_AWAY
from functions.blocking import blocking
from functions.clock import wall_now
from functions.collector.collector import Collector
from functions.collector.measures import CONNECTIONS, FRAMES, GAPS_OPEN, SKEW, WAITING
from functions.logs import get_logger
from functions.market import store
from functions.market.candles.gaps import from_ms
from functions.shard import Shard
from functions.status.store import beat, forget_other_parts

log = get_logger("collector")
BEAT_EVERY = 5.0
LINE_EVERY = 300.0


class Reporter:
    """Watches a collector from outside."""

    def __init__(self, collector: Collector, engine: Engine, shard: Shard) -> None:
        self._collector, self._engine, self._shard = collector, engine, shard
        self._started = self._line_at = time.monotonic()
        self._rows = 0
        self._counted: dict[str, int] = {}

    def state(self) -> dict[str, Any]:
        """Return the state; `status` is ok when every connection stands and the database answers."""
        collector = self._collector
        up = sum(stream.up for stream in collector.streams)
        well = bool(collector.streams) and up == len(collector.streams) and not collector.database_away
        return {
            "status": "ok" if well else "degraded",
            "symbols": len(collector.symbols),
            "connections": up,
            "connections_wanted": len(collector.streams),
            "topics_unanswered": sum(stream.unanswered for stream in collector.streams),
            "database": collector.database_away or "ok",
            "exchange_trouble": collector.exchange_trouble,
            "telegram_trouble": collector.telegram_trouble,
            "gaps_open": self._collector.gaps_open,
            "last_frame_age_s": self._last_frame_age(),
            "candles_stored": collector.measures.candles,
            "candles_waiting": collector.intake.waiting,
            "tickers_stored": collector.measures.tickers,
            "levels_watched": collector.level_keeper.count,
            "revisions": collector.measures.revised,
            "gaps_opened": collector.measures.gaps_opened,
            "gaps_closed": collector.measures.gaps_closed,
            "reconnects": collector.measures.reconnects,
            "delay_p50_s": _rounded(collector.measures.delay(50)),
            "delay_p99_s": _rounded(collector.measures.delay(99)),
            "clock_skew_s": round(collector.time.skew.total_seconds(), 3),
            "unexpected_errors": collector.measures.errors,
            "malformed": collector.intake.counts["Malformed"] + collector.intake.counts["Impossible"],
            "uptime_s": round(time.monotonic() - self._started),
        }

    async def keep_beating(self) -> None:
        """Write the heartbeat and refresh the gauges every five seconds, for ever."""
        while True:
            self._publish(self.state())
            try:
                self._collector.gaps_open = await blocking(self._count_gaps)
                GAPS_OPEN.set(self._collector.gaps_open)
                await blocking(self._beat, self.state())
            except DATABASE_AWAY:
                log.debug("no heartbeat: the database is away")
            await asyncio.sleep(BEAT_EVERY)

    async def keep_saying(self) -> None:
        """Write the figures into the log every five minutes, for ever."""
        while True:
            await asyncio.sleep(LINE_EVERY)
            state = self.state()
            now, rows = time.monotonic(), state["candles_stored"] + state["tickers_stored"]
            per_minute = (rows - self._rows) / (now - self._line_at) * 60
            self._line_at, self._rows = now, rows
            log.info("collecting", rows_per_minute=round(per_minute), **state)

    def _count_gaps(self) -> int:
        with self._engine.connect() as connection:
            return store.count_open_gaps(connection)

    def _beat(self, state: dict[str, Any]) -> None:
        with self._engine.begin() as connection:
            beat(connection, self._shard.part, wall_now(), state)
            if self._shard.first:
                forget_other_parts(connection, "collector ", self._shard.parts)

    def _publish(self, state: dict[str, Any]) -> None:
        CONNECTIONS.set(state["connections"])
        WAITING.set(state["candles_waiting"])
        SKEW.set(state["clock_skew_s"])
        for kind, count in self._collector.intake.counts.items():
            FRAMES.labels(kind).inc(count - self._counted.get(kind, 0))
            self._counted[kind] = count

    def _last_frame_age(self) -> float | None:
        newest = self._collector.intake.newest_sent_ms
        return _rounded(self._collector.time.wall_seconds_since(from_ms(newest))) if newest else None


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
