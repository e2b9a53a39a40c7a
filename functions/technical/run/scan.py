"""One scan: every close that is not scanned yet, highest timeframe first, in one transaction."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache, partial
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine

from functions.arrays import Milliseconds
from functions.clock import MarketClock, wall_now
from functions.market.candles.gaps import to_ms
from functions.market.candles.grid import Candles, Timeframe
from functions.market.run.candle_cache import CandleCache
from functions.market.store import last_closes, read_candles
from functions.outbox import Alert, raise_alerts
from functions.reasons import Reason
from functions.technical import store
from functions.technical.closes.backlog import PATIENCE, Backlog, Task
from functions.technical.closes.due import (
    Due,
    Examined,
    absent_symbols,
    blocked_symbols,
    due_closes,
    incomplete_symbols,
    late_symbols,
)
from functions.technical.engine.analysis import Analysis, analyse
from functions.technical.engine.span import begin_of
from functions.technical.setups.grids import decide
from functions.technical.setups.reasons import Code, late_reason
from functions.technical.setups.rules import ENTRY_TIMEFRAMES, SetupRules
from functions.technical.setups.signal import Neutral, Signal
from functions.technical.setups.signal_json import alert_key, signal_columns, signal_json
from functions.technical.setups.standing import Standing
from functions.technical.setups.state_row import (
    StandingRow,
    StateRow,
    computed_json,
    has_entry,
    reasons_of,
    standing_of,
    state_of,
)
from functions.technical.setups.verdict import DecidedCloses, context_only, indicator_values

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
Higher = Callable[[Timeframe, Sequence[str], datetime, datetime], Sequence[StandingRow]]  # the states above some closes


@dataclass(frozen=True, slots=True)
class WrittenSignal:
    """A signal of this scan with its id; `alerted` is False when it was past its life already."""

    number: int
    signal: Signal
    alerted: bool

    @property
    def document(self) -> dict[str, Any]:
        """Return it as its alert carries it."""
        return signal_json(self.number, signal_columns(self.signal))


@dataclass(slots=True)
class ScanReport:
    """What one scan did."""

    as_of: datetime
    closes: dict[Timeframe, int] = field(default_factory=dict)
    states: int = 0
    signals: list[WrittenSignal] = field(default_factory=list)
    failed: list[Neutral] = field(default_factory=list)
    waiting: list[Neutral] = field(default_factory=list)
    late: list[Neutral] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Scanner:
    """Everything a scan needs from outside."""

    engine: Engine
    candle_cache: CandleCache
    clock: MarketClock
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
                written |= self._timeframe(connection, task, reading.result(), higher, backlog.alerting(report.as_of), report)
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
        self,
        connection: Connection,
        task: Task,
        candles: Candles,
        higher: Higher,
        alerting: datetime | None,
        report: ScanReport,
    ) -> dict[datetime, frozenset[str]]:
        """Analyse and decide the due closes of one timeframe; return which symbols' states were written, by close."""
        analysis = analyse(candles, task.columns)
        decided = self._decided(higher, analysis) if task.timeframe in ENTRY_TIMEFRAMES else None
        ticks = store.tick_sizes(connection, task.symbols) if decided else {}
        written = {}
        for close in task.due:
            states, signals = self._outcomes(analysis, decided, close, ticks, report)
            if states:
                store.write_states(connection, states)
                self._announce(connection, signals, close.close_time == alerting, report)
            report.states += len(states)
            written[close.close_time] = frozenset(state.symbol for state in states)
        return written

    def _decided(self, higher: Higher, analysis: Analysis) -> DecidedCloses:
        day = _standing(higher, Timeframe.D1, analysis.symbols, analysis.close_time)
        four_hour = _standing(higher, Timeframe.H4, analysis.symbols, analysis.close_time)
        gate = _standing(higher, Timeframe.D1, (self.rules.gate_symbol,), analysis.close_time)
        decisions = decide(analysis, day, four_hour, gate, self.rules)
        return DecidedCloses(analysis=analysis, day=day, four_hour=four_hour, gate=gate, decisions=decisions, rules=self.rules)

    def _outcomes(
        self, analysis: Analysis, decided: DecidedCloses | None, close: Due, ticks: dict[str, Decimal], report: ScanReport
    ) -> tuple[list[StateRow], list[Signal]]:
        """Return the states of one close, and its signals."""
        column = int(np.searchsorted(analysis.close_time, to_ms(close.close_time)))
        levels = cache(partial(analysis.levels, column))  # a close without a setup needs none
        awaited = awaited_symbols(decided, column, report.as_of) if decided else {}
        states: list[StateRow] = []
        signals: list[Signal] = []
        for number, symbol in enumerate(analysis.symbols):
            if symbol not in close.symbols:
                continue
            if number in awaited:
                report.waiting.append(Neutral(symbol, analysis.timeframe, close.close_time, awaited[number]))
                continue
            outcome = (
                decided.outcome_at(number, column, ticks.get(symbol), report.as_of)
                if decided
                else context_only(analysis, number, column)
            )
            document = None
            if decided and has_entry(analysis, number, column):
                computed = computed_json(
                    analysis, number, column, levels()[number], indicator_values(analysis.indicators, number, column)
                )
                document = {**computed, "reasons": [why.as_json() for why in reasons_of(outcome)]}
            failed = int(decided.decisions.failed[number, column]) if decided else 0
            states.append(state_of(analysis, number, column, outcome, failed, document))
            if isinstance(outcome, Signal):
                signals.append(outcome)
            elif outcome.reason.code in TROUBLE:
                report.failed.append(outcome)
        return states, signals

    def _announce(self, connection: Connection, signals: list[Signal], newest: bool, report: ScanReport) -> None:
        """Write signals, and an alert for each of the newest close; an older one is stored, but too late to take."""
        written = [
            WrittenSignal(number, signal, newest and signal.expires_at > report.as_of)
            for number, signal in store.write_signals(connection, signals)
        ]
        wall = wall_now()
        alerts = [
            Alert(
                alert_key(new.signal),
                "signal",
                new.document,
                wall,
                wall + timedelta(seconds=self.clock.wall_seconds(new.signal.expires_at - report.as_of)),
            )
            for new in written
            if new.alerted
        ]
        raise_alerts(connection, alerts)
        report.signals += written


def _standing(higher: Higher, timeframe: Timeframe, symbols: tuple[str, ...], closes: Milliseconds) -> Standing:
    first, last = (datetime.fromtimestamp(int(closes[end]) / 1000, UTC) for end in (0, -1))
    return standing_of(timeframe, symbols, closes, higher(timeframe, symbols, first, last))


def awaited_symbols(decided: DecidedCloses, column: int, as_of: datetime) -> dict[int, Reason]:
    """Return the symbols to leave for the next scan, and why: a higher timeframe just closed, its candle is not stored yet."""
    closed = int(decided.analysis.close_time[column])
    symbols = decided.analysis.symbols
    awaited: dict[int, Reason] = {}
    for standing in (decided.four_hour, decided.day, decided.gate):  # the last one names the reason
        span = standing.timeframe.milliseconds
        if as_of.timestamp() * 1000 - closed // span * span >= PATIENCE.total_seconds() * 1000:
            continue
        for row in np.flatnonzero(standing.late[:, column] == 1).tolist():
            if standing is decided.gate:
                why = late_reason(decided.rules.gate_symbol, standing.timeframe.value, 1)
                awaited |= dict.fromkeys(range(len(symbols)), why)
            else:
                awaited[row] = late_reason(symbols[row], standing.timeframe.value, 1)
    return awaited
