"""Fill what is missing: every run of missing candles is opened in the ledger, fetched by REST, and closed.

A first load, a start, a reconnect and a single lost candle all go this one way, so all of them can be killed and taken up again.
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
from functions.market.candles.denials import ENOUGH, Spoken, counts, with_witness
from functions.market.candles.gaps import PAGE, Run, missing_runs, pages, to_ms
from functions.market.candles.grid import Timeframe
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
        stored: told of candles as they are committed.

    A database that goes away ends `fill` and `verify` with its error; what was stored until then stays.
    """

    def __init__(
        self,
        source: CandleSource,
        engine: Engine,
        now: Callable[[], datetime],
        stored: Callable[[ClosedCandles], None] = lambda _: None,
    ) -> None:
        self._source, self._engine, self._now, self._stored = source, engine, now, stored

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
        return sum(gap.run.count for gap in await self.waiting(chosen))

    async def waiting(self, chosen: Callable[[Gap], bool]) -> list[Gap]:
        """Return the chosen open gaps."""
        return [gap for gap in await blocking(self._open_gaps) if chosen(gap)]

    async def fill(self, chosen: Callable[[Gap], bool], on_page: OnPage = lambda _run, _added: None) -> RepairReport:
        """Try to fill the chosen open gaps; what fails stays open with its error."""
        waiting = await self.waiting(chosen)
        waiting.sort(key=lambda gap: (ORDER.index(gap.timeframe), -gap.last_open_time.timestamp()), reverse=True)
        report = RepairReport()

        async def work() -> None:
            while waiting and report.retry_after < GIVE_UP_AFTER:
                await self._fill(waiting.pop(), report, on_page)

        await _side_by_side(work, min(WORKERS, len(waiting)))
        return report

    async def verify(self, runs: Iterable[Run], answered: Callable[[Run], None] = lambda _: None) -> RepairReport:
        """Ask again for candles that are there; what the exchange has changed since is corrected and kept as a revision.

        Args:
            runs: candles that are over.
            answered: told of each run of up to 1,000 candles about which the exchange has spoken: all of it was over by then.
        """
        report = RepairReport()
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

        await _side_by_side(work, min(WORKERS, len(waiting)))
        return report

    async def ask_for_absent(self, symbols: Sequence[str]) -> int:
        """Ask again for what the exchange once had no candles of; what has come is an open gap again. Return how many are.

        Raises:
            RetryLater: the exchange does not answer; the others are asked for at the next time.
        """
        reopened = 0
        for gap in await blocking(self._list_absent, symbols):
            page = next(pages(gap.run, PAGE - 1))
            try:
                answer = await self._source.candles(with_witness(page, self._now()))
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
                store.open_again(connection, gap.id)
            else:
                store.note_still_absent(connection, gap.id, self._now())

    async def _fill(self, gap: Gap, report: RepairReport, on_page: OnPage) -> None:
        spoken = Spoken(await blocking(self._is_gone, gap))
        try:
            # What is one request anyway is asked for whole; of a long gap only what an earlier try has not brought.
            runs = [gap.run] if gap.run.count < PAGE else await blocking(self._lacking, gap)
            for page in (page for run in runs for page in self._pages(run)):
                answer = await self._fetch(page, report, with_witness(page, self._now()))
                spoken.hear(page, answer)
                on_page(page, len(answer))
            await blocking(self._settle, gap, report, spoken)
        except InputRejected as error:  # no such pair: nothing more will come, what came before stays
            spoken.runs.append(gap.run)
            await blocking(self._settle, gap, report, spoken, error.detail)
        except (RetryLater, Broken) as error:  # a request that is refused is this gap's trouble and not that of the others
            report.failed_for(error)
            await blocking(self._note, gap, error.detail)

    def _pages(self, run: Run) -> Iterator[Run]:
        """Cut a run into pages that leave room for a witness; the newest candles there are have none on their newer side."""
        newest = run.timeframe.last_closed(self._now()) - run.timeframe.span
        if run.last >= newest and run.count <= PAGE:
            return iter([run])
        return pages(run, PAGE - 1)

    async def _fetch(self, page: Run, report: RepairReport, asked: Run | None = None) -> ClosedCandles:
        """Store what the exchange has of a page; return its whole answer to the run that was asked for."""
        answer = await self._source.candles(asked or page)
        candles = answer.within(to_ms(page.first), to_ms(page.last))
        written = await blocking(self._write, candles)
        report.added += written.added
        report.revised += written.revised
        self._stored(candles)
        return answer

    def _open_gaps(self) -> list[Gap]:
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

    def _settle(self, gap: Gap, report: RepairReport, spoken: Spoken, refusal: str = "") -> None:
        """Close the gap if all of it is there now, or if the exchange has denied the rest often enough.

        Args:
            gap: all of it was asked for.
            report: told of the result.
            spoken: of which parts of it the exchange has spoken.
            refusal: that the exchange knows no such pair; of one that trades it denies nothing.
        """
        now = self._now()
        with self._engine.begin() as connection:
            lacking = _lacking(connection, gap.run)
            if not lacking:
                store.close_gap(connection, gap.id, "filled", now)
                report.filled += 1
            elif not spoken.denies(lacking):
                over = lacking[-1].closes_by(to_ms(now))
                if over:
                    store.note_unsettled(connection, gap.id, SAYS_NOTHING, now)
                report.failed += 1
                report.last_error = f"{gap.symbol} {gap.timeframe}: {SAYS_NOTHING if over else NOT_THERE}"
            else:
                heard = counts(gap.denied_at, now) and not (refusal and store.trades_now(connection, gap.symbol, now))
                denials = (gap.denials if gap.denied_at else 0) + heard
                if denials >= ENOUGH:
                    store.close_as_absent(connection, gap, lacking, now)
                    report.absent += 1
                else:
                    store.note_unsettled(connection, gap.id, refusal or DENIED, now, denials=denials if heard else None)
                    report.denied += 1
                    report.last_error = f"{gap.symbol} {gap.timeframe}: {refusal or DENIED}"

    def _note(self, gap: Gap, error: str) -> None:
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
