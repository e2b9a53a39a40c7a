"""One scan: every close that is not scanned yet, highest timeframe first, in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial

from sqlalchemy import Connection, Engine

from functions.factors.store import write_readings
from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.market.run.candle_cache import CandleCache
from functions.market.store import last_closes, read_candles
from functions.technical import store
from functions.technical.closes.backlog import Backlog, Task
from functions.technical.closes.due import Examined, absent_symbols, blocked_symbols, due_closes, incomplete_symbols, late_symbols
from functions.technical.engine.span import begin_of
from functions.technical.run.findings import Findings, Higher, Look, look
from functions.technical.setups.reasons import Code
from functions.technical.setups.rules import ENTRY_TIMEFRAMES, SetupRules
from functions.technical.setups.setup import Setup
from functions.technical.setups.signal import Neutral

LATE_CLOSES = 24  # newest closes among which a candle that came late, or was corrected, is looked for
CLOSES_AT_ONCE = 96  # further closes that are taken together when more were missed
STATES_A_SCAN = 20_000  # after so many a scan leaves the rest of what was missed to the next one
TROUBLE = frozenset(
    {
        Code.STALE_INPUT,
        Code.TOO_FEW_CANDLES,
        Code.SINCE_STEP,
        Code.GAPS,
        Code.FLAT_PRICE,
        Code.NO_TRADES,
        Code.TICK_UNKNOWN,
        Code.GATE_UNKNOWN,
        Code.HIGHER_UNUSABLE,
    }
)
HIGHEST_FIRST = tuple(reversed(Timeframe))


@dataclass(slots=True)
class ScanReport:
    """What one scan did."""

    as_of: datetime
    closes: dict[Timeframe, int] = field(default_factory=dict)
    states: int = 0
    setups: list[Setup] = field(default_factory=list)
    failed: list[Neutral] = field(default_factory=list)
    waiting: list[Neutral] = field(default_factory=list)
    late: list[Neutral] = field(default_factory=list)

    def add(self, found: Findings) -> None:
        """Count what one close came to."""
        self.states += len(found.states)
        self.setups += found.setups
        self.waiting += found.waiting
        self.failed += [one for one in found.outcomes if isinstance(one, Neutral) and one.reason.code in TROUBLE]


@dataclass(frozen=True, slots=True)
class Scanner:
    """Everything a scan needs from outside."""

    engine: Engine
    candle_cache: CandleCache
    rules: SetupRules

    def run(self, as_of: datetime, timeframes: Iterable[Timeframe] = Timeframe, watched: Sequence[str] = ()) -> ScanReport:
        """Scan what is due at `as_of`; running it again, also at the same time, changes nothing.

        Each timeframe reads the newest states of the higher ones, those of this very scan among them. After a time away the
        newest closes are taken at once and the missed ones in stretches, as far back as candles are kept; what is too much for
        one scan is left to the next.

        Args:
            as_of: market time.
            timeframes: which to scan.
            watched: the symbols that should have candles; without them those that had one lately.
        """
        report = ScanReport(as_of)
        chosen = frozenset(timeframes)
        with self.engine.begin() as connection, ThreadPoolExecutor(2) as reader:
            store.lock_scans(connection)
            more = True
            while more and report.states < STATES_A_SCAN:
                more = self._pass(connection, reader, chosen, watched, report)
        return report

    def _pass(
        self,
        connection: Connection,
        reader: ThreadPoolExecutor,
        timeframes: frozenset[Timeframe],
        watched: Sequence[str],
        report: ScanReport,
    ) -> bool:
        """Scan the newest closes and the oldest missed ones; tell whether more are left."""
        work = []
        for timeframe in (timeframe for timeframe in HIGHEST_FIRST if timeframe in timeframes):
            backlog = self._backlog(connection, timeframe, watched, report)
            if backlog is not None:  # its candles are read while the next timeframe is looked at, or the last one computed
                work.append((backlog, [(task, reader.submit(self._read, task, backlog)) for task in backlog.tasks]))
        higher = cache(partial(store.standing_rows, connection))  # 1h and 15m ask the same at the close of an hour
        more = False
        for backlog, readings in work:
            written: dict[datetime, frozenset[str]] = {}
            for task, reading in readings:
                written |= self._timeframe(connection, task, reading.result(), higher, report)
            self._mark(connection, backlog, written, report.as_of)
            more = more or backlog.leaves_more(written)
        return more

    def _backlog(
        self, connection: Connection, timeframe: Timeframe, watched: Sequence[str], report: ScanReport
    ) -> Backlog | None:
        """Return the closes that one timeframe has to scan; report the symbols that cannot be scanned."""
        newest = store.newest_close(connection, timeframe, report.as_of)
        backlog = None if newest is None else self._examine(connection, timeframe, newest, watched)
        arrived = backlog.recent if backlog else {}
        first_pass = timeframe not in report.closes
        if first_pass:
            missing = absent_symbols(arrived, watched, timeframe, report.as_of)
            if missing:
                seen = last_closes(connection, timeframe, missing, report.as_of)
                report.late += late_symbols(missing, seen, timeframe, report.as_of)
        if backlog is not None:
            if first_pass:
                report.waiting += incomplete_symbols(
                    arrived, backlog.scanned, blocked_symbols(arrived, backlog.holes, timeframe), timeframe
                )
            report.closes[timeframe] = report.closes.get(timeframe, 0) + len(backlog.due)
        else:
            report.closes[timeframe] = 0
        return backlog

    def _examine(self, connection: Connection, timeframe: Timeframe, newest: datetime, watched: Sequence[str]) -> Backlog:
        """Examine the newest closes, the first of those missed, and the closes that symbols behind the mark have left."""
        span = timeframe.span
        recent = newest - (LATE_CLOSES - 1) * span
        mark = store.read_mark(connection, timeframe)
        horizon, corrected = store.corrected_since(connection, timeframe, mark.horizon, begin_of(timeframe, newest - span))
        if corrected:  # they may have been corrected past the triggers that note changes
            self.candle_cache.forget(timeframe)
        waiting = [recent, *([mark.up_to + span] if mark.up_to else []), *(close + span for close in mark.behind.values())]
        # Holes are read before candles: one that is filled between the two is looked for once more, and no close is skipped.
        holes = store.missing_candles(connection, timeframe, begin_of(timeframe, min(waiting) - span))
        arrived = store.symbols_with_candles(connection, timeframe, recent, newest)
        states = store.symbols_with_states(connection, timeframe, recent, newest)
        scanned = {
            close: names - {name for name, first in corrected.items() if first <= close} for close, names in states.items()
        }
        until = behind_until = newest
        if mark.up_to is not None and mark.up_to < recent - span:
            until = min(mark.up_to + CLOSES_AT_ONCE * span, recent - span)
            arrived |= store.symbols_with_candles(connection, timeframe, mark.up_to + span, until)
            scanned |= store.symbols_with_states(connection, timeframe, mark.up_to + span, until)
            until = newest if until == recent - span else until
        if mark.up_to is not None:
            old = min(recent, mark.up_to + span) - span
            behind = {symbol: close for symbol, close in mark.behind.items() if close < old}
            if behind:
                first = min(behind.values()) + span
                behind_until = min(first + (CLOSES_AT_ONCE - 1) * span, old)
                arrived |= store.symbols_with_candles(connection, timeframe, first, behind_until, list(behind))
                scanned |= store.symbols_with_states(connection, timeframe, first, behind_until, list(behind))
                behind_until = newest if behind_until == old else behind_until
        blocked = blocked_symbols(arrived, holes, timeframe)
        return Backlog(
            timeframe=timeframe,
            mark=mark,
            horizon=horizon,
            examined=Examined(until, behind_until, newest),
            since=recent,
            arrived=arrived,
            scanned=scanned,
            holes=tuple(holes),
            expected=frozenset(watched) or frozenset().union(*arrived.values(), mark.behind),
            due=tuple(due_closes(arrived, scanned, blocked, mark, min(states, default=None))),
        )

    def _read(self, task: Task, backlog: Backlog) -> Candles:
        """Read what closes stand on: the newest from the cache, those before from the database alone."""
        asked = (task.timeframe, task.symbols, task.last, task.bars)
        if task.last != backlog.examined.newest:
            return read_candles(self.engine, *asked)
        candles = self.candle_cache.read(*asked)
        if not task.is_in(candles):  # a candle was written past the triggers that note changes
            self.candle_cache.forget(task.timeframe)
            candles = self.candle_cache.read(*asked)
        return candles

    def _mark(self, connection: Connection, backlog: Backlog, written: Mapping[datetime, frozenset[str]], at: datetime) -> None:
        """Remember how far the timeframe is scanned."""
        mark = backlog.mark_after(written)
        if mark != backlog.mark:
            store.write_mark(connection, backlog.timeframe, mark, at)

    def _timeframe(
        self, connection: Connection, task: Task, candles: Candles, higher: Higher, report: ScanReport
    ) -> dict[datetime, frozenset[str]]:
        """Analyse one timeframe and write what each of its closes comes to; return whose states were written, by close."""
        analysis, entries = look(candles, task.columns, higher, self.rules)
        ticks = store.tick_sizes(connection, task.symbols) if entries else {}
        seen = Look(analysis, entries, ticks, report.as_of)
        written = {}
        for close in task.due:
            found = seen.at(close.close_time, close.symbols)
            report.add(found)
            if found.states:
                store.write_states(connection, found.states)
                self._keep(connection, task.timeframe, close.close_time, found, report.as_of)
            written[close.close_time] = frozenset(state.symbol for state in found.states)
        return written

    def _keep(self, connection: Connection, timeframe: Timeframe, close: datetime, found: Findings, as_of: datetime) -> None:
        """Write the setups of one close and what its candles say, and leave it to scoring."""
        if timeframe not in ENTRY_TIMEFRAMES:
            return
        store.write_setups(connection, found.setups)
        # What follows from closed candles alone is known when they close. Where it was said before, of candles that were
        # corrected since, it is restated now.
        written = write_readings(connection, found.readings, seen_at=close)
        if written.repeated and as_of > close:
            write_readings(connection, found.readings, seen_at=as_of)
        store.leave_to_score(connection, timeframe, close, [state.symbol for state in found.states])
