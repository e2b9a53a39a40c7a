"""One scan: every close that is not processed yet, highest timeframe first, in one transaction."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache, partial
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine

from functions.clock import MarketClock, wall_now
from functions.market.candles import Candles, Milliseconds, Timeframe
from functions.market.gaps import to_ms
from functions.market.store import KeptCandles, last_closes
from functions.outbox import Alert, raise_alerts
from functions.reasons import Reason
from functions.technical import store
from functions.technical.analysis import Analysis, analyse
from functions.technical.conclusion import Picture, context, snapshots
from functions.technical.decision import decide
from functions.technical.document import alert_key, signal_columns, signal_document
from functions.technical.due import Due, absent, blocked, due, incomplete, late
from functions.technical.reasons import Code, late_reason
from functions.technical.rules import ENTRY_TIMEFRAMES, Rules
from functions.technical.signal import Neutral, Signal
from functions.technical.span import LONGEST, candles_under
from functions.technical.standing import Standing
from functions.technical.state import StandingRow, State, standing_of, state_of

WINDOW = LONGEST  # candles under a close at most
PATIENCE = timedelta(seconds=60)  # how long after its close a higher timeframe's candle may still be on its way
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
class Written:
    """A signal of this scan with its id; `alerted` is False when it was past its life already."""

    number: int
    signal: Signal
    alerted: bool

    @property
    def document(self) -> dict[str, Any]:
        """Return it as its alert carries it."""
        return signal_document(self.number, signal_columns(self.signal))


@dataclass(slots=True)
class Report:
    """What one scan did."""

    as_of: datetime
    closes: dict[Timeframe, int] = field(default_factory=dict)
    states: int = 0
    signals: list[Written] = field(default_factory=list)
    failed: list[Neutral] = field(default_factory=list)
    waiting: list[Neutral] = field(default_factory=list)
    late: list[Neutral] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Task:
    """The closes of one timeframe that wait, oldest first."""

    timeframe: Timeframe
    due: tuple[Due, ...]

    @property
    def symbols(self) -> list[str]:
        """Return every symbol of these closes, in order."""
        return sorted(frozenset().union(*(close.symbols for close in self.due)))

    def columns(self, as_of: datetime) -> int:
        """Return how many closes there are from the oldest of these to the newest possible one."""
        newest = self.timeframe.last_closed(as_of) + self.timeframe.span
        return (newest - self.due[0].close_time) // self.timeframe.span + 1

    def stands_in(self, candles: Candles) -> bool:
        """Tell whether a grid has the candle of each symbol at each of these closes."""
        rows = {symbol: row for row, symbol in enumerate(candles.symbols)}
        columns = {int(opened): column for column, opened in enumerate(candles.open_time)}
        for close in self.due:
            column = columns.get(to_ms(close.close_time - self.timeframe.span))
            if column is None or np.isnan(candles.close[[rows[symbol] for symbol in close.symbols], column]).any():
                return False
        return True


@dataclass(frozen=True, slots=True)
class Scanner:
    """Everything a scan needs from outside."""

    engine: Engine
    kept: KeptCandles
    clock: MarketClock
    rules: Rules

    def run(self, as_of: datetime, timeframes: Iterable[Timeframe] = Timeframe, watched: Sequence[str] = ()) -> Report:
        """Scan what is due at `as_of`; running it again, also at the same time, changes nothing.

        Each timeframe reads the newest states of the higher ones, those of this very scan among them.

        Args:
            as_of: market time.
            timeframes: which to scan.
            watched: the symbols that should have candles; without them those that had one lately.
        """
        report = Report(as_of)
        chosen = frozenset(timeframes)
        with self.engine.begin() as connection, ThreadPoolExecutor(2) as reader:
            store.lock(connection)
            readings = []
            for timeframe in (timeframe for timeframe in HIGHEST_FIRST if timeframe in chosen):
                task = self._task(connection, timeframe, watched, report)
                if task.due:  # its candles are read while the next timeframe is looked at, or the last one computed
                    readings.append((task, reader.submit(self._read, task, as_of)))
            higher = cache(partial(store.standing_rows, connection))  # 1h and 15m ask the same at the close of an hour
            for task, reading in readings:
                self._timeframe(connection, task, reading.result(), higher, report)
        return report

    def _task(self, connection: Connection, timeframe: Timeframe, watched: Sequence[str], report: Report) -> Task:
        """Return what there is to do on one timeframe; report what cannot be done."""
        there = store.arrived(connection, timeframe, report.as_of)
        done = store.processed(connection, timeframe, there)
        held = blocked(there, store.open_holes(connection, timeframe, report.as_of, WINDOW), timeframe)
        report.waiting += incomplete(there, done, held, timeframe)
        missing = absent(there, watched, timeframe, report.as_of)
        if missing:
            report.late += late(missing, last_closes(connection, timeframe, missing, report.as_of), timeframe, report.as_of)
        closes = due(there, done, held)
        report.closes[timeframe] = len(closes)
        return Task(timeframe, tuple(closes))

    def _read(self, task: Task, as_of: datetime) -> Candles:
        oldest = task.due[0].close_time - task.timeframe.span
        bars = candles_under(task.timeframe, oldest) + task.columns(as_of) - 1
        asked = (task.timeframe, task.symbols, as_of, bars)
        candles = self.kept.read(*asked)
        if not task.stands_in(candles):  # another hand than ours put a candle in, and noted nothing
            self.kept.forget(task.timeframe)
            candles = self.kept.read(*asked)
        return candles

    def _timeframe(self, connection: Connection, task: Task, candles: Candles, higher: Higher, report: Report) -> None:
        """Analyse one timeframe and conclude each of its closes."""
        analysis = analyse(candles, task.columns(report.as_of))
        picture = self._picture(higher, analysis) if task.timeframe in ENTRY_TIMEFRAMES else None
        ticks = store.ticks(connection, task.symbols) if picture else {}
        for close in task.due:
            self._close(connection, analysis, picture, close, ticks, report)

    def _picture(self, higher: Higher, analysis: Analysis) -> Picture:
        day = _standing(higher, Timeframe.D1, analysis.symbols, analysis.close_time)
        four_hour = _standing(higher, Timeframe.H4, analysis.symbols, analysis.close_time)
        gate = _standing(higher, Timeframe.D1, (self.rules.gate_symbol,), analysis.close_time)
        decisions = decide(analysis, day, four_hour, gate, self.rules)
        return Picture(analysis, day, four_hour, gate, decisions, self.rules)

    def _close(
        self,
        connection: Connection,
        analysis: Analysis,
        picture: Picture | None,
        close: Due,
        ticks: dict[str, Decimal],
        report: Report,
    ) -> None:
        """Conclude and write one close."""
        column = int(np.searchsorted(analysis.close_time, to_ms(close.close_time)))
        around, values = analysis.levels(column), snapshots(analysis.indicators, column)
        awaited = on_its_way(picture, column, report.as_of) if picture else {}
        states: list[State] = []
        signals: list[Signal] = []
        for number, symbol in enumerate(analysis.symbols):
            if symbol not in close.symbols:
                continue
            if picture is None:
                outcome: Signal | Neutral = context(analysis, number, column)
            elif number in awaited:
                report.waiting.append(Neutral(symbol, analysis.timeframe, close.close_time, awaited[number]))
                continue
            else:
                outcome = picture.conclude(number, column, ticks.get(symbol), report.as_of)
            states.append(state_of(analysis, number, column, around[number], outcome, values[number]))
            if isinstance(outcome, Signal):
                signals.append(outcome)
            elif outcome.reason.code in TROUBLE:
                report.failed.append(outcome)
        if states:
            store.write_states(connection, states)
            self._announce(connection, signals, report)
            store.mark_processed(connection, analysis.timeframe, close.close_time, [s.symbol for s in states], report.as_of)
        report.states += len(states)

    def _announce(self, connection: Connection, signals: list[Signal], report: Report) -> None:
        """Write signals, and an alert for each that is still alive."""
        written = [
            Written(number, found, found.expires_at > report.as_of) for number, found in store.write_signals(connection, signals)
        ]
        wall = wall_now()
        alerts = [
            Alert(
                alert_key(one.signal),
                "signal",
                one.document,
                wall,
                wall + timedelta(seconds=self.clock.wall_seconds(one.signal.expires_at - report.as_of)),
            )
            for one in written
            if one.alerted
        ]
        raise_alerts(connection, alerts)
        report.signals += written


def _standing(higher: Higher, timeframe: Timeframe, symbols: tuple[str, ...], closes: Milliseconds) -> Standing:
    first, last = (datetime.fromtimestamp(int(closes[end]) / 1000, UTC) for end in (0, -1))
    return standing_of(timeframe, symbols, closes, higher(timeframe, symbols, first, last))


def on_its_way(picture: Picture, column: int, as_of: datetime) -> dict[int, Reason]:
    """Return which symbols should wait, and why: a higher timeframe closed moments ago and its candle is not there yet."""
    closed = int(picture.analysis.close_time[column])
    symbols = picture.analysis.symbols
    found: dict[int, Reason] = {}
    for standing in (picture.four_hour, picture.day, picture.gate):  # the last one names the reason
        span = standing.timeframe.milliseconds
        if as_of.timestamp() * 1000 - closed // span * span >= PATIENCE.total_seconds() * 1000:
            continue
        for row in np.flatnonzero(standing.late[:, column] == 1).tolist():
            if standing is picture.gate:
                why = late_reason(picture.rules.gate_symbol, standing.timeframe.value, 1)
                found |= dict.fromkeys(range(len(symbols)), why)
            else:
                found[row] = late_reason(symbols[row], standing.timeframe.value, 1)
    return found
