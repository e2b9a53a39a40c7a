"""Repair gaps: every run of missing candles is opened in the ledger, fetched by REST, and closed.

A first load, a start, a reconnect and a single lost candle are repaired this one way, so each can be killed and resumed.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from functions.blocking import blocking
from functions.errors import Broken, InputRejected, RetryLater
from functions.market import store
from functions.market.candles.closed import ClosedCandles, Source
from functions.market.candles.denials import ENOUGH, CoveredRuns, denial_counts, with_neighbour
from functions.market.candles.gaps import PAGE, Run, missing_runs, pages, to_ms
from functions.market.candles.timeframe import Timeframe
from functions.market.reports import RepairReport
from functions.market.sources import CandleSource
from functions.market.store import Gap

# What signals stand on comes first; the daily and four-hour trend is one request a symbol.
ORDER = (Timeframe.D1, Timeframe.H4, Timeframe.M15, Timeframe.H1, Timeframe.M5)
WORKERS = 12
NOT_THERE = "the exchange has no such candle yet"
DENIED = "the exchange says that it has no such candle; it is asked once more after ten minutes"
SAYS_NOTHING = "the exchange answers without any candle of the pair"
ABSENT_AT_ONCE = 50  # absent runs that are asked for again in one go
GIVE_UP_AFTER = 60.0  # an exchange that wants a longer pause is not asked for the remaining gaps

OnPage = Callable[[Run, int], None]


class GapRepair:
    """Opens, fills and closes gaps of one database from one exchange.

    Args:
        history: where candles come from.
        engine: our database; used in worker threads.
        now: the exchange's time, for the ledger's dates.
        on_stored: called with candles as they are committed.

    A database that goes away ends `repair` and `verify` with its error; what was stored until then stays.
    """

    def __init__(
        self,
        source: CandleSource,
        engine: Engine,
        now: Callable[[], datetime],
        on_stored: Callable[[ClosedCandles], None] = lambda _: None,
    ) -> None:
        self._source, self._engine, self._now, self._on_stored = source, engine, now, on_stored

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

    async def count_missing(self, chosen: Callable[[Gap], bool]) -> int:
        """Return how many candles the chosen open gaps span."""
        return sum(gap.run.count for gap in await self.open_gaps(chosen))

    async def open_gaps(self, chosen: Callable[[Gap], bool]) -> list[Gap]:
        """Return the chosen open gaps."""
        return [gap for gap in await blocking(self._list_open) if chosen(gap)]

    async def repair(self, chosen: Callable[[Gap], bool], on_page: OnPage = lambda _run, _added: None) -> RepairReport:
        """Try to repair the chosen open gaps; what fails stays open with its error."""
        waiting = await self.open_gaps(chosen)
        waiting.sort(key=lambda gap: (ORDER.index(gap.timeframe), -gap.last_open_time.timestamp()), reverse=True)
        total = RepairReport()

        async def work() -> None:
            nonlocal total
            while waiting and total.retry_after < GIVE_UP_AFTER:
                report = await self._repair(waiting.pop(), on_page)
                total += report

        await _side_by_side(work, min(WORKERS, len(waiting)))
        return total

    async def verify(self, runs: Iterable[Run], answered: Callable[[Run], None] = lambda _: None) -> RepairReport:
        """Ask again for candles that are there; what the exchange has changed since is corrected and kept as a revision.

        Args:
            runs: candles that are over.
            answered: told of each run of up to 1,000 candles about which the exchange has spoken: all of it was over by then.
        """
        total = RepairReport()
        waiting = [page for run in runs for page in pages(run)]

        async def work() -> None:
            nonlocal total
            while waiting and total.retry_after < GIVE_UP_AFTER:
                page = waiting.pop()
                try:
                    answer, report = await self._fetch(page, page)
                except InputRejected as error:  # delisted: there is nothing to compare with any more
                    total += RepairReport(last_error=error.detail)
                    answered(page)
                except (RetryLater, Broken) as error:
                    total += RepairReport.failure(error)
                else:
                    total += report
                    if page.closes_by(answer.known_at):
                        answered(page)

        await _side_by_side(work, min(WORKERS, len(waiting)))
        return total

    async def recheck_absent(self, symbols: Sequence[str]) -> int:
        """Ask again for absent candles; what the exchange has by now is an open gap again. Return how many are.

        Raises:
            RetryLater: the exchange does not answer; the rest is asked for the next time.
        """
        reopened = 0
        for gap in await blocking(self._list_absent, symbols):
            page = next(pages(gap.run, PAGE - 1))
            try:
                answer = await self._source.candles(with_neighbour(page, self._now()))
            except (InputRejected, Broken):
                came = False
            else:
                came = bool(len(answer.within(to_ms(page.first), to_ms(page.last))))
            await blocking(self._note_absent, gap, came=came)
            reopened += came
        return reopened

    def _list_absent(self, symbols: Sequence[str]) -> list[Gap]:
        with self._engine.connect() as connection:
            return store.list_absent(connection, symbols, self._now(), ABSENT_AT_ONCE)

    def _note_absent(self, gap: Gap, *, came: bool) -> None:
        with self._engine.begin() as connection:
            if came:
                store.reopen_gap(connection, gap.id)
            else:
                store.note_still_absent(connection, gap.id, self._now())

    async def _repair(self, gap: Gap, on_page: OnPage) -> RepairReport:
        covered = CoveredRuns(await blocking(self._is_gone, gap))
        total = RepairReport()
        try:
            # What is one request anyway is asked for whole; of a long gap only what an earlier try has not brought.
            runs = [gap.run] if gap.run.count < PAGE else await blocking(self._lacking, gap)
            for page in (page for run in runs for page in self._pages(run)):
                answer, report = await self._fetch(page, with_neighbour(page, self._now()))
                total += report
                covered.add(page, answer)
                on_page(page, len(answer))
            return total + await blocking(self._settle, gap, covered)
        except InputRejected as error:  # no such pair: nothing more will come, what came before stays
            covered.runs.append(gap.run)
            return total + await blocking(self._settle, gap, covered, error.detail)
        except (RetryLater, Broken) as error:  # a refused request fails this gap alone
            await blocking(self._note_failure, gap, error.detail)
            return total + RepairReport.failure(error)

    def _pages(self, run: Run) -> Iterator[Run]:
        """Cut a run into pages that leave room for a neighbour; the newest candles have none on their newer side."""
        newest = run.timeframe.last_closed(self._now()) - run.timeframe.span
        if run.last >= newest and run.count <= PAGE:
            return iter([run])
        return pages(run, PAGE - 1)

    async def _fetch(self, page: Run, request: Run) -> tuple[ClosedCandles, RepairReport]:
        """Ask for a run that contains a page, and store the page; return the whole answer and what was stored."""
        answer = await self._source.candles(request)
        candles = answer.within(to_ms(page.first), to_ms(page.last))
        written = await blocking(self._write, candles)
        self._on_stored(candles)
        return answer, RepairReport(added=written.added, revised=written.revised)

    def _list_open(self) -> list[Gap]:
        with self._engine.begin() as connection:
            return store.list_gaps(connection)

    def _write(self, candles: ClosedCandles) -> store.WrittenCandles:
        with self._engine.begin() as connection:
            return store.write_candles(connection, candles, Source.REST)

    def _lacking(self, gap: Gap) -> list[Run]:
        with self._engine.connect() as connection:
            return _lacking(connection, gap.run)

    def _is_gone(self, gap: Gap) -> bool:
        with self._engine.connect() as connection:
            return store.is_gone(connection, gap.symbol, self._now())

    def _settle(self, gap: Gap, covered: CoveredRuns, refusal: str = "") -> RepairReport:
        """Close the gap if all of it is there now, or if the exchange has denied the rest often enough.

        Args:
            gap: all of it was asked for.
            covered: the parts of it that the answers covered.
            refusal: the exchange's sentence that it knows no such pair; it denies no candle of a pair that trades.
        """
        now = self._now()
        with self._engine.begin() as connection:
            lacking = _lacking(connection, gap.run)
            if not lacking:
                store.close_gap(connection, gap.id, "filled", now)
                return RepairReport(filled=1)
            if not covered.denies(lacking):
                over = lacking[-1].closes_by(to_ms(now))
                if over:
                    store.note_unsettled(connection, gap.id, SAYS_NOTHING, now)
                return RepairReport(failed=1, last_error=f"{gap.symbol} {gap.timeframe}: {SAYS_NOTHING if over else NOT_THERE}")
            counted = denial_counts(gap.denied_at, now) and not (refusal and store.trades_now(connection, gap.symbol, now))
            denials = (gap.denials if gap.denied_at else 0) + counted
            if denials >= ENOUGH:
                store.close_as_absent(connection, gap, lacking, now)
                return RepairReport(absent=1)
            store.note_unsettled(connection, gap.id, refusal or DENIED, now, denials=denials if counted else None)
            return RepairReport(denied=1, last_error=f"{gap.symbol} {gap.timeframe}: {refusal or DENIED}")

    def _note_failure(self, gap: Gap, error: str) -> None:
        with self._engine.begin() as connection:
            store.note_failure(connection, gap.id, error)


def _lacking(connection: Connection, run: Run) -> list[Run]:
    return missing_runs(run, store.stored_runs(connection, run.timeframe, [run.symbol], run.first, run.last))


async def _side_by_side(work: Callable[[], Coroutine[Any, Any, None]], workers: int) -> None:
    """Run `work` side by side `workers` times; the first error ends the others and comes out as itself, not in a group."""
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(work())
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from failed
