"""Fill what is missing: every run of missing candles is opened in the ledger, fetched by REST, and closed.

A first load, a start, a reconnect and a single lost candle all go this one way, so all of them can be killed and taken up again.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from functions.blocking import blocking
from functions.errors import InputRejected, RetryLater
from functions.market import store
from functions.market.candles import Timeframe
from functions.market.closed import ClosedCandles, Source
from functions.market.gaps import PAGE, Run, missing_runs, pages
from functions.market.sources import History
from functions.market.store import Gap

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

    def failed_for(self, error: RetryLater) -> None:
        """Count a gap or a request that has to be tried again."""
        self.failed += 1
        self.retry_after = max(self.retry_after, error.retry_after)
        self.last_error = error.detail


class Repair:
    """Opens, fills and closes gaps of one database from one exchange.

    Args:
        history: where candles come from.
        engine: our database; used in worker threads.
        now: the exchange's time, for the ledger's dates.
        stored: told of candles as they are committed.
    """

    def __init__(
        self,
        history: History,
        engine: Engine,
        now: Callable[[], datetime],
        stored: Callable[[ClosedCandles], None] = lambda _: None,
    ) -> None:
        self._history, self._engine, self._now, self._stored = history, engine, now, stored

    async def open_missing(
        self, symbols: Sequence[str], windows: Iterable[tuple[Timeframe, datetime, datetime]], reason: str
    ) -> int:
        """Open a gap for each missing run in the windows (first and last open time); return how many were opened."""
        return await blocking(self._open_missing, symbols, list(windows), reason)

    def _open_missing(self, symbols: Sequence[str], windows: list[tuple[Timeframe, datetime, datetime]], reason: str) -> int:
        opened = 0
        for timeframe, first, last in windows:
            with self._engine.begin() as connection:
                known = store.stored_runs(connection, timeframe, symbols, first, last)
                known += store.known_absent(connection, symbols, timeframe)
                by_symbol: dict[str, list[Run]] = {symbol: [] for symbol in symbols}
                for run in known:
                    by_symbol[run.symbol].append(run)
                missing = [
                    lack for symbol, runs in by_symbol.items() for lack in missing_runs(Run(symbol, timeframe, first, last), runs)
                ]
                opened += store.open_gaps(connection, missing, reason, self._now())
        return opened

    async def planned(self, symbols: Sequence[str]) -> int:
        """Return how many candles the open gaps of some symbols span."""
        gaps = await blocking(self._open_gaps)
        return sum(gap.run.count for gap in gaps if gap.symbol in set(symbols))

    async def fill(self, symbols: Sequence[str] | None = None, on_page: OnPage = lambda _run, _added: None) -> Report:
        """Try to fill every open gap, or those of some symbols; what fails stays open with its error."""
        gaps = await blocking(self._open_gaps)
        chosen = None if symbols is None else set(symbols)
        waiting = [gap for gap in gaps if chosen is None or gap.symbol in chosen]
        waiting.sort(key=lambda gap: (ORDER.index(gap.timeframe), -gap.last_open_time.timestamp()), reverse=True)
        report = Report()

        async def work() -> None:
            while waiting and report.retry_after < GIVE_UP_AFTER:
                await self._fill(waiting.pop(), report, on_page)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(WORKERS, len(waiting))):
                group.create_task(work())
        return report

    async def verify(self, runs: Iterable[Run]) -> Report:
        """Ask again for candles that are there; what the exchange has changed since is corrected and kept as a revision."""
        report = Report()
        waiting = [page for run in runs for page in pages(run)]

        async def work() -> None:
            while waiting and report.retry_after < GIVE_UP_AFTER:
                try:
                    await self._fetch(waiting.pop(), report)
                except RetryLater as error:
                    report.failed_for(error)
                except InputRejected as error:
                    report.last_error = error.detail

        async with asyncio.TaskGroup() as group:
            for _ in range(min(WORKERS, len(waiting))):
                group.create_task(work())
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
            await blocking(self._settle, gap, known_at, report)
        except RetryLater as error:
            report.failed_for(error)
            await blocking(self._note, gap, error.detail)
        except InputRejected as error:  # delisted: nothing more will ever come
            report.absent += 1
            await blocking(self._close_as_gone, gap, error.detail)

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

    def _settle(self, gap: Gap, known_at: int, report: Report) -> None:
        """Close the gap if all of it is there now, or if the exchange has said twice that there is no more."""
        with self._engine.begin() as connection:
            lacking = _lacking(connection, gap.run)
            if not lacking:
                store.close_gap(connection, gap.id, "filled", self._now())
                report.filled += 1
            elif lacking[-1].closes_by(known_at) and gap.attempts > 0:
                store.close_as_absent(connection, gap, lacking, self._now())
                report.absent += 1
            else:
                if lacking[-1].closes_by(known_at):  # only then its "no such candle" counts
                    store.note_failure(connection, gap.id, NOT_THERE)
                report.failed += 1
                report.last_error = f"{gap.symbol} {gap.timeframe}: {NOT_THERE}"

    def _note(self, gap: Gap, error: str) -> None:
        with self._engine.begin() as connection:
            store.note_failure(connection, gap.id, error)

    def _close_as_gone(self, gap: Gap, error: str) -> None:
        with self._engine.begin() as connection:
            store.note_failure(connection, gap.id, error)
            store.close_gap(connection, gap.id, "absent", self._now())


def _lacking(connection: Connection, run: Run) -> list[Run]:
    return missing_runs(run, store.stored_runs(connection, run.timeframe, [run.symbol], run.first, run.last))
