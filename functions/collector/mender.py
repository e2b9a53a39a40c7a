"""Keeps the series whole: after a start, a reconnect, a lost candle or a database outage, what is missing comes by REST."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine

from functions.blocking import blocking
from functions.collector.exchange_time import ExchangeTime
from functions.collector.feed.closes import Close, CloseTracker
from functions.collector.measures import Measures
from functions.collector.writer import Writer, newest_close
from functions.errors import RetryLater
from functions.logs import get_logger
from functions.market import store
from functions.market.candles.closed import ClosedCandles
from functions.market.candles.gaps import PAGE, SETTLE_MS, Run, to_ms
from functions.market.candles.grid import Timeframe
from functions.market.reports import RepairReport
from functions.market.run.backfill import LONGEST_DAYS, history_window
from functions.market.run.bulk_lock import try_bulk_lock
from functions.market.run.jobs import newest_runs
from functions.market.run.repair import ORDER, GapRepair
from functions.market.sources import PacedCandleSource
from functions.market.store import Gap
from functions.settings import Settings

log = get_logger("collector")
SETTLE = timedelta(milliseconds=SETTLE_MS)
LOOK_BACK = timedelta(days=1)
VERIFY = timedelta(hours=1)  # candles said by the stream that are asked for again after a reconnect
BUSY_PAUSE = 10.0  # while another process holds the turn, what is much waits so long
START, RECONNECT, SWEEP = "start", "reconnect", "sweep"


class Mender:
    """Finds and fills gaps of the watched symbols: one `look` at a time, and one `fill`; they may run beside each other.

    Args:
        settings: how much history is kept.
        engine: our database.
        source: where candles come from.
        exchange_time: what is closed by now.
        measures: told of gaps and candles.
        tracker: names the candles that did not come in time, and is told of those that came.
        writer: names the candles that are disputed.
    """

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        source: PacedCandleSource,
        exchange_time: ExchangeTime,
        measures: Measures,
        tracker: CloseTracker,
        writer: Writer,
    ) -> None:
        self._settings, self._engine, self._source, self._time = settings, engine, source, exchange_time
        self._measures, self._tracker, self._writer = measures, tracker, writer
        self._repair = GapRepair(source, engine, exchange_time.now, self._note_stored)
        self._deafness: list[tuple[str, datetime]] = []
        self._missed: list[Run] = []
        self._doubts: set[Run] = set()
        self._looks_at_absent = False
        self._came: dict[Timeframe, tuple[datetime, set[str]]] = {}

    def deaf(self, reason: str, since: datetime) -> None:
        """Note that nothing was heard since a moment, or that all of it is to be looked at: `mend` opens what is missing."""
        self._deafness.append((reason, since))

    async def mend(self, symbols: Sequence[str]) -> float:
        """`look`, then `fill`."""
        await self.look(symbols)
        return await self.fill(symbols)

    @property
    def looks_again(self) -> bool:
        """Tell whether something is left for the next `look`: it failed, or more was missed meanwhile."""
        return bool(self._deafness or self._missed or self._tracker.lacking)

    async def look(self, symbols: Sequence[str]) -> None:
        """Open gaps for what is missing; quick, whatever is being filled meanwhile. A failure is made up for by the next call.

        Raises:
            DatabaseAway, TimeoutError: the database does not do it now.
        """
        taken = list(self._deafness)
        reasons = dict(sorted(taken, key=lambda one: one[1], reverse=True))  # of each reason the oldest
        for reason, since in reasons.items():
            await (self._load(symbols) if reason == START else self._look_back(symbols, since, reason))
        await self._note_missed()
        if RECONNECT in reasons:
            self._doubts.update(newest_runs(symbols, self._time.now() - SETTLE, VERIFY))
        self._looks_at_absent |= SWEEP in reasons
        del self._deafness[: len(taken)]  # only now: until here a failure tries all of it again

    async def fill(self, symbols: Sequence[str]) -> float:
        """Try to fill the gaps whose time has come, and let REST decide what is in doubt.

        Returns the seconds before the next try, 0 when nothing is left. Whatever fails is taken up again by the next call.

        Raises:
            DatabaseAway, TimeoutError: the database does not do it now.
        """
        self._doubts |= self._writer.disputed
        self._writer.disputed.clear()
        async with try_bulk_lock(self._engine, self._source) as ours:
            if ours and self._looks_at_absent:
                await self._ask_for_absent(symbols)
            pauses = (await self._fill(frozenset(symbols), ours=ours), await self._settle_doubts())
        return min((pause for pause in pauses if pause), default=0.0)

    async def verify(self, symbols: Sequence[str], span: timedelta) -> RepairReport:
        """Ask again for the newest candles."""
        return await self._verified(newest_runs(symbols, self._time.now() - SETTLE, span))

    def completed(self) -> list[Close]:
        """Tell the tracker of the newest close that repairs have stored since the last time; return what that completes."""
        came, self._came = self._came, {}
        now = time.monotonic()
        return [close for timeframe, one in came.items() for close in self._tracker.stored(timeframe, *one, now)]

    async def _load(self, symbols: Sequence[str]) -> None:
        """Open gaps for all wanted history that is missing, and for what was missed since the newest candles: at a start."""
        settled = self._time.now() - SETTLE
        await self._open(await blocking(self._wanted, symbols, settled), START)

    async def _look_back(self, symbols: Sequence[str], since: datetime, reason: str) -> None:
        """Open gaps for what is missing of the last day, or since an older moment: after a time of deafness."""
        settled = self._time.now() - SETTLE
        first = min(since, settled - LOOK_BACK)
        runs = [Run(symbol, frame, frame.floor(first), frame.last_closed(settled)) for frame in ORDER for symbol in symbols]
        await self._open(runs, reason)

    async def _note_missed(self) -> None:
        """Open gaps for single candles that the stream did not bring in time, and have none of candles that are not over."""
        self._missed += self._tracker.missing()
        missed = list(self._missed)

        def note() -> int:
            with self._engine.begin() as connection:
                if trimmed := store.trim_gaps(connection, self._time.now()):
                    log.warning("gaps of candles that are not over", rows=trimmed)
                return store.open_gaps(connection, missed, "missed", self._time.now())

        self._measures.opened(await blocking(note))
        del self._missed[: len(missed)]

    async def _ask_for_absent(self, symbols: Sequence[str]) -> None:
        try:
            reopened = await self._repair.recheck_absent(symbols)
        except RetryLater as error:
            log.info("absent candles not asked for again", reason=error.detail)
            return
        self._looks_at_absent = False
        if reopened:
            log.info("absent candles have come after all", gaps=reopened)

    async def _fill(self, symbols: frozenset[str], *, ours: bool) -> float:
        """Fill open gaps, without the turn the small ones; return the seconds before the next try, 0 when all are settled."""
        begun = self._time.now()

        def watched(gap: Gap) -> bool:
            return gap.symbol in symbols

        def waits(gap: Gap) -> float:
            """Return the wall seconds until a gap may be asked for."""
            if not ours and gap.run.count > PAGE:
                return BUSY_PAUSE
            return self._settings.clock.wall_seconds(gap.due_in(begun))

        report = await self._repair.repair(lambda gap: watched(gap) and not waits(gap))
        self._measures.repaired(report.added, report.revised, report.filled + report.absent)
        if report.added or report.failed:
            log.info("gaps mended", filled=report.filled, absent=report.absent, left=report.failed, error=report.last_error)
        left = await self._repair.open_gaps(watched)
        begun = self._time.now()
        return max(min(map(waits, left)), report.retry_after, 1.0) if left else 0.0

    async def _settle_doubts(self) -> float:
        """Ask again for what is in doubt and over by now; return the seconds before the next try, 0 when no doubt is left."""
        now = to_ms(self._time.now())
        report = await self._verified([run for run in self._doubts if run.closes_by(now)], self._doubts.discard)
        return max(_pause(report), 1.0) if self._doubts else 0.0

    async def _verified(self, runs: Sequence[Run], answered: Callable[[Run], None] = lambda _: None) -> RepairReport:
        report = await self._repair.verify(runs, answered)
        self._measures.repaired(report.added, report.revised, 0)
        return report

    async def _open(self, wanted: Sequence[Run], reason: str) -> None:
        opened = await self._repair.open_missing(wanted, reason)
        self._measures.opened(opened)
        if opened:
            log.info("gaps found", count=opened, reason=reason)

    def _wanted(self, symbols: Sequence[str], settled: datetime) -> list[Run]:
        """Return what to have: the wanted days, and of each pair back to its last stop unless retention has removed that."""
        wanted = []
        for timeframe in ORDER:
            first, last = history_window(self._settings, timeframe, settled, self._settings.history_days)
            oldest, _ = history_window(self._settings, timeframe, settled, LONGEST_DAYS)
            with self._engine.connect() as connection:
                closes = store.last_closes(connection, timeframe, symbols, settled)
            for symbol, close in zip(symbols, closes, strict=True):
                stopped = timeframe.floor((close or settled) - LOOK_BACK)
                wanted.append(Run(symbol, timeframe, min(first, max(stopped, oldest)), last))
        return wanted

    def _note_stored(self, batch: ClosedCandles) -> None:
        """Remember of a stored batch its newest close: the others are caught up with by themselves."""
        if not len(batch):
            return
        timeframe, close_time, symbols = newest_close(batch)
        known, names = self._came.get(timeframe, (close_time, set()))
        if close_time > known:
            self._came[timeframe] = close_time, symbols
        elif close_time == known:
            self._came[timeframe] = close_time, names | symbols


def _pause(report: RepairReport) -> float:
    return max(report.retry_after, 1.0) if report.failed else 0.0
