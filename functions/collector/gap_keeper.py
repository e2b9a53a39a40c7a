"""Find gaps in the candles of the watched symbols and fill them by REST: after a start, a reconnect, a lost candle, an outage."""

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
from functions.market.candles.timeframe import Timeframe
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
VERIFY = timedelta(hours=1)  # candles of the stream that are verified after a reconnect
BUSY_PAUSE = 10.0  # large gaps wait so long while another process holds the bulk lock
START, RECONNECT, SWEEP = "start", "reconnect", "sweep"


class GapKeeper:
    """Finds and fills the gaps of the watched symbols. One `find_gaps` and one `fill_gaps` at a time; both may run together.

    Args:
        settings: how much history is kept.
        engine: our database.
        source: where candles come from.
        exchange_time: which candles are closed by now.
        measures: counts gaps and candles.
        tracker: names the candles that did not come in time, and takes note of those that came.
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

    def note_deaf(self, reason: str, since: datetime) -> None:
        """Note that no frames came since a moment, or that everything is to be checked: `find_gaps` opens the gaps."""
        self._deafness.append((reason, since))

    async def repair(self, symbols: Sequence[str]) -> float:
        """Find the gaps, then fill them."""
        await self.find_gaps(symbols)
        return await self.fill_gaps(symbols)

    @property
    def has_gaps_to_find(self) -> bool:
        """Tell whether the next `find_gaps` has work: the last one failed, or more candles were missed meanwhile."""
        return bool(self._deafness or self._missed or self._tracker.lacking)

    async def find_gaps(self, symbols: Sequence[str]) -> None:
        """Open gaps for the candles that are missing. Quick, also while gaps are being filled; after a failure call it again.

        Raises:
            DatabaseAway, TimeoutError: the database does not do it now.
        """
        taken = list(self._deafness)
        reasons = dict(sorted(taken, key=lambda deafness: deafness[1], reverse=True))  # of each reason the oldest
        for reason, since in reasons.items():
            await (self._load(symbols) if reason == START else self._look_back(symbols, since, reason))
        await self._note_missed()
        if RECONNECT in reasons:
            self._doubts.update(newest_runs(symbols, self._time.now() - SETTLE, VERIFY))
        self._looks_at_absent |= SWEEP in reasons
        del self._deafness[: len(taken)]  # only now: until here a failure tries all of it again

    async def fill_gaps(self, symbols: Sequence[str]) -> float:
        """Try to fill the gaps that are due, and verify doubtful candles by REST.

        Returns the seconds before the next try, 0 when nothing is left. The next call tries again what failed.

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
        """Verify the newest candles by REST."""
        return await self._verified(newest_runs(symbols, self._time.now() - SETTLE, span))

    def completed_closes(self) -> list[Close]:
        """Pass the newest closes that repairs have stored to the tracker; return the closes that this completes."""
        came, self._came = self._came, {}
        now = time.monotonic()
        return [close for timeframe, newest in came.items() for close in self._tracker.stored(timeframe, *newest, now)]

    async def _load(self, symbols: Sequence[str]) -> None:
        """Open gaps for the wanted history that is missing, and for candles missed since the newest ones: at a start."""
        settled = self._time.now() - SETTLE
        await self._open(await blocking(self._wanted, symbols, settled), START)

    async def _look_back(self, symbols: Sequence[str], since: datetime, reason: str) -> None:
        """Open gaps for candles missing in the last day, or since an older moment: after a time without frames."""
        settled = self._time.now() - SETTLE
        first = min(since, settled - LOOK_BACK)
        runs = [Run(symbol, frame, frame.floor(first), frame.last_closed(settled)) for frame in ORDER for symbol in symbols]
        await self._open(runs, reason)

    async def _note_missed(self) -> None:
        """Open gaps for candles that the stream did not bring in time, and trim gaps to candles that are over."""
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
        """Fill open gaps, only small ones without the bulk lock; return the seconds before the next try, 0 when none is left."""
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
        """Verify the doubtful candles that are over; return the seconds before the next try, 0 when no doubt is left."""
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
        """Return the runs to have: the wanted days, and each pair back to its last stop unless retention has removed that."""
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
        """Keep the newest close of a stored batch; the scans catch up with older ones by themselves."""
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
