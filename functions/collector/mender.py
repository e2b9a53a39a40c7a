"""Keeps the series whole: after a start, a reconnect, a lost candle or a database outage, what is missing comes by REST."""

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from itertools import starmap

from sqlalchemy import Engine

from functions.blocking import blocking
from functions.collector.exchange_time import ExchangeTime
from functions.collector.measures import Measures
from functions.logs import get_logger
from functions.market import store
from functions.market.candles import Timeframe
from functions.market.closed import ClosedCandles
from functions.market.errands import bulk, newest_runs
from functions.market.gaps import SETTLE_MS, Run, wanted_window
from functions.market.repair import ORDER, Repair
from functions.market.sources import History
from functions.settings import Settings

log = get_logger("collector")
SETTLE = timedelta(milliseconds=SETTLE_MS)
LOOK_BACK = timedelta(days=1)
VERIFY = timedelta(hours=1)  # candles said by the stream that are asked for again after a reconnect


class Mender:
    """Finds and fills gaps of the watched symbols; one mending at a time.

    Args:
        settings: how much history is kept.
        engine: our database.
        history: where candles come from.
        exchange_time: what is closed by now.
        measures: told of gaps and candles.
    """

    def __init__(
        self, settings: Settings, engine: Engine, history: History, exchange_time: ExchangeTime, measures: Measures
    ) -> None:
        self._settings, self._engine, self._time, self._measures = settings, engine, exchange_time, measures
        self._came: list[ClosedCandles] = []
        self._repair = Repair(history, engine, exchange_time.now, self._came.append)

    async def load(self, symbols: Sequence[str]) -> None:
        """Open gaps for all wanted history that is missing, and for what was missed since the newest candles: at a start."""
        settled = self._time.now() - SETTLE
        windows = await blocking(lambda: [self._window(frame, symbols, settled) for frame in ORDER])
        await self._open(symbols, windows, "start")

    async def look_back(self, symbols: Sequence[str], since: datetime, reason: str) -> None:
        """Open gaps for what is missing of the last day, or since an older moment: after a time of deafness."""
        settled = self._time.now() - SETTLE
        first = min(since, settled - LOOK_BACK)
        await self._open(symbols, [(frame, frame.floor(first), frame.last_closed(settled)) for frame in ORDER], reason)

    async def note_missed(self, missing: Sequence[Run]) -> None:
        """Open gaps for single candles that the stream did not bring in time."""

        def note() -> int:
            with self._engine.begin() as connection:
                return store.open_gaps(connection, missing, "missed", self._time.now())

        self._measures.opened(await blocking(note))

    async def fill(self, symbols: Sequence[str], *, in_bulk: bool) -> float:
        """Fill open gaps; return the seconds after which to try again, 0 when all are settled.

        Raises:
            Conflict: it would be much at once, and another process does the same.
        """
        with bulk(self._engine) if in_bulk else nullcontext():
            report = await self._repair.fill(symbols)
        self._measures.repaired(report.added, report.revised, report.filled + report.absent)
        if report.added or report.failed:
            log.info("gaps mended", filled=report.filled, absent=report.absent, left=report.failed, error=report.last_error)
        return max(report.retry_after, 1.0) if report.failed else 0.0

    async def verify(self, symbols: Sequence[str], span: timedelta = VERIFY) -> float:
        """Ask again for the newest candles; return the seconds after which to try what failed, 0 when nothing did."""
        return await self._verified(newest_runs(symbols, self._time.now() - SETTLE, span))

    async def settle_disputes(self, disputed: set[tuple[str, Timeframe]]) -> float:
        """Let REST decide about series of which two versions of a candle were heard."""
        settled = self._time.now() - SETTLE
        runs = starmap(
            lambda symbol, frame: Run(symbol, frame, frame.last_closed(settled) - 10 * frame.span, frame.last_closed(settled)),
            disputed,
        )
        return await self._verified(list(runs))

    async def _verified(self, runs: Sequence[Run]) -> float:
        report = await self._repair.verify(runs)
        self._measures.repaired(report.added, report.revised, 0)
        return max(report.retry_after, 1.0) if report.failed else 0.0

    def came(self) -> list[ClosedCandles]:
        """Take out what repairs have stored since the last time."""
        came = list(self._came)
        self._came.clear()
        return came

    async def _open(self, symbols: Sequence[str], windows: list[tuple[Timeframe, datetime, datetime]], reason: str) -> None:
        opened = await self._repair.open_missing(symbols, windows, reason)
        self._measures.opened(opened)
        if opened:
            log.info("gaps found", count=opened, reason=reason, symbols=len(symbols))

    def _window(self, timeframe: Timeframe, symbols: Sequence[str], settled: datetime) -> tuple[Timeframe, datetime, datetime]:
        """Return what to have of a timeframe: the wanted days, and back to the last stop unless retention has removed that."""
        kept = {Timeframe.M5: self._settings.keep_5m_days, Timeframe.M15: self._settings.keep_15m_days}.get(timeframe)
        days = self._settings.history_days if kept is None else min(self._settings.history_days, kept)
        first, last = wanted_window(timeframe, settled, days)
        with self._engine.connect() as connection:
            closes = store.last_closes(connection, timeframe, symbols, settled)
        stopped = timeframe.floor(min((close for close in closes if close is not None), default=settled) - LOOK_BACK)
        if kept is not None:
            stopped = max(stopped, wanted_window(timeframe, settled, kept)[0])
        return timeframe, min(first, stopped), last
