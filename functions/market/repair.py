"""Fill what is missing: every run of missing candles is opened in the ledger, fetched by REST, and closed.

A first load, a start, a reconnect and a single lost candle all go this one way, so all of them can be killed and taken up again.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from functions.blocking import blocking
from functions.errors import Broken, InputRejected, QuorumError, RetryLater
from functions.market import store
from functions.market.candles import Timeframe
from functions.market.closed import ClosedCandles, Source
from functions.market.gaps import PAGE, Run, missing_runs, pages
from functions.market.sources import History
from functions.market.store import Gap
from functions.market.workers import work_off

# What signals stand on comes first; the daily and four-hour trend is one request a symbol.
ORDER = (Timeframe.D1, Timeframe.H4, Timeframe.M15, Timeframe.H1, Timeframe.M5)
WORKERS = 12
NOT_THERE = "the exchange has no such candle yet"
GIVE_UP_AFTER = 60.0  # an exchange that wants a longer pause is not asked for the remaining gaps

OnPage = Callable[[Run, int], None]


@dataclass(slots=True)
class Report:
    """What a repair did: gaps by result, candles by result, and how long the exchange wants to be left alone."""

    filled: int = 0
    absent: int = 0
    failed: int = 0
    added: int = 0
    revised: int = 0
    retry_after: float = 0.0
    last_error: str = ""

    def failed_for(self, error: QuorumError) -> None:
        """Count a gap or a request that has to be tried again."""
        self.failed += 1
        self.retry_after = max(self.retry_after, error.retry_after if isinstance(error, RetryLater) else 0.0)
        self.last_error = error.detail


class Repair:
    """Opens, fills and closes gaps of one database from one exchange.

    Args:
        history: where candles come from.
        engine: our database; used in worker threads.
        now: the exchange's time, for the ledger's dates.
        stored: told of candles as they are committed.

    A database that goes away ends `fill` and `verify` with its error; what was stored until then stays.
    """

    def __init__(
        self,
        history: History,
        engine: Engine,
        now: Callable[[], datetime],
        stored: Callable[[ClosedCandles], None] = lambda _: None,
    ) -> None:
        self._history, self._engine, self._now, self._stored = history, engine, now, stored

    async def open_missing(self, wanted: Sequence[Run], reason: str) -> int:
        """Open a gap for each missing part of the wanted runs; return how many were opened."""
        return await blocking(self._open_missing, wanted, reason)

    def _open_missing(self, wanted: Sequence[Run], reason: str) -> int:
        opened = 0
        windows: defaultdict[tuple[Timeframe, datetime, datetime], list[Run]] = defaultdict(list)
        for run in wanted:
            windows[run.timeframe, run.first, run.last].append(run)
        for (timeframe, first, last), runs in windows.items():
            names = [run.symbol for run in runs]
            with self._engine.begin() as connection:
                known: defaultdict[str, list[Run]] = defaultdict(list)
                for run in store.stored_runs(connection, timeframe, names, first, last):
                    known[run.symbol].append(run)
                for run in store.known_absent(connection, names, timeframe):
                    known[run.symbol].append(run)
                missing = [lack for run in runs for lack in missing_runs(run, known[run.symbol])]
                opened += store.open_gaps(connection, missing, reason, self._now())
        return opened

    async def planned(self, chosen: Callable[[Gap], bool]) -> int:
        """Return how many candles the chosen open gaps span."""
        return sum(gap.run.count for gap in await blocking(self._open_gaps) if chosen(gap))

    async def fill(self, chosen: Callable[[Gap], bool], on_page: OnPage = lambda _run, _added: None) -> Report:
        """Try to fill the chosen open gaps; what fails stays open with its error."""
        waiting = [gap for gap in await blocking(self._open_gaps) if chosen(gap)]
        waiting.sort(key=lambda gap: (ORDER.index(gap.timeframe), -gap.last_open_time.timestamp()), reverse=True)
        report = Report()

        async def work() -> None:
            while waiting and report.retry_after < GIVE_UP_AFTER:
                await self._fill(waiting.pop(), report, on_page)

        await work_off(work, min(WORKERS, len(waiting)))
        return report

    async def verify(self, runs: Iterable[Run], answered: Callable[[Run], None] = lambda _: None) -> Report:
        """Ask again for candles that are there; what the exchange has changed since is corrected and kept as a revision.

        Args:
            runs: candles that are over.
            answered: told of each run of up to 1,000 candles about which the exchange has spoken: all of it was over by then.
        """
        report = Report()
        waiting = [page for run in runs for page in pages(run)]

        async def work() -> None:
            while waiting and report.retry_after < GIVE_UP_AFTER:
                page = waiting.pop()
                try:
                    candles = await self._fetch(page, report)
                except InputRejected as error:  # delisted: there is nothing to compare with any more
                    report.last_error = error.detail
                    answered(page)
                except (RetryLater, Broken) as error:
                    report.failed_for(error)
                else:
                    if page.closes_by(candles.known_at):
                        answered(page)

        await work_off(work, min(WORKERS, len(waiting)))
        return report

    async def _fill(self, gap: Gap, report: Report, on_page: OnPage) -> None:
        try:
            known_at = 0
            # What is one request anyway is asked for whole; of a long gap only what an earlier try has not brought.
            runs = [gap.run] if gap.run.count <= PAGE else await blocking(self._lacking, gap)
            for page in (page for run in runs for page in pages(run)):
                candles = await self._fetch(page, report)
                known_at = candles.known_at
                on_page(page, len(candles))
            await blocking(self._settle, gap, report, known_at)
        except InputRejected as error:  # no such pair: nothing more will come, what came before stays
            await blocking(self._settle, gap, report, None, error.detail)
        except (RetryLater, Broken) as error:  # a request that is refused is this gap's trouble and not that of the others
            report.failed_for(error)
            await blocking(self._note, gap, error.detail)

    async def _fetch(self, page: Run, report: Report) -> ClosedCandles:
        candles = await self._history.candles(page)
        written = await blocking(self._write, candles)
        report.added += written.added
        report.revised += written.revised
        self._stored(candles)
        return candles

    def _open_gaps(self) -> list[Gap]:
        with self._engine.begin() as connection:
            return store.list_gaps(connection)

    def _write(self, candles: ClosedCandles) -> store.Stored:
        with self._engine.begin() as connection:
            return store.write_candles(connection, candles, Source.REST)

    def _lacking(self, gap: Gap) -> list[Run]:
        with self._engine.connect() as connection:
            return _lacking(connection, gap.run)

    def _settle(self, gap: Gap, report: Report, known_at: int | None, said: str = NOT_THERE) -> None:
        """Close the gap if all of it is there now, or if the exchange has denied the rest twice.

        Args:
            gap: all of it was asked for.
            report: told of the result.
            known_at: exchange time in ms of the last answer: what was not over by then is not denied; None denies all.
            said: what the exchange said of the rest.
        """
        with self._engine.begin() as connection:
            lacking = _lacking(connection, gap.run)
            denied = bool(lacking) and (known_at is None or lacking[-1].closes_by(known_at))
            if not lacking:
                store.close_gap(connection, gap.id, "filled", self._now())
                report.filled += 1
            elif denied and gap.denials > 0:
                store.close_as_absent(connection, gap, lacking, self._now())
                report.absent += 1
            else:
                if denied:
                    store.note_failure(connection, gap.id, said, denied=True)
                report.failed += 1
                report.last_error = f"{gap.symbol} {gap.timeframe}: {said}"

    def _note(self, gap: Gap, error: str) -> None:
        with self._engine.begin() as connection:
            store.note_failure(connection, gap.id, error)


def _lacking(connection: Connection, run: Run) -> list[Run]:
    return missing_runs(run, store.stored_runs(connection, run.timeframe, [run.symbol], run.first, run.last))
