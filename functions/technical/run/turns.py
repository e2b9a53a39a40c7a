"""The turns of scans: one runs, and all who ask meanwhile share the next one."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from functions.market.candles.timeframe import Timeframe
from functions.technical.run.scan import ScanReport

Scan = Callable[[datetime, frozenset[Timeframe]], ScanReport]


@dataclass(slots=True)
class Turn:
    """A scan that waits to begin: what all who share it ask for, and what it will report to them."""

    as_of: datetime
    timeframes: frozenset[Timeframe]
    askers: int = 1
    report: Future[ScanReport] = field(default_factory=Future)

    def widen(self, as_of: datetime, timeframes: frozenset[Timeframe]) -> None:
        """Take in what one more asks for."""
        self.as_of, self.timeframes, self.askers = max(self.as_of, as_of), self.timeframes | timeframes, self.askers + 1


class ScanTurns:
    """One process's scans, one at a time; safe from any number of threads.

    While history is loaded a close is announced every second or two, and a scan of 2,000 pairs takes two: were each announcement
    to get a scan of its own, the newest close would wait behind a hundred that find nothing. A scan processes whatever is due
    when it begins, so one that has not begun yet serves everybody who asks until then.
    """

    def __init__(self) -> None:
        self._joining, self._running = Lock(), Lock()
        self._next: Turn | None = None

    @property
    def waiting(self) -> int:
        """How many wait for a scan that has not begun."""
        with self._joining:
            return 0 if self._next is None else self._next.askers

    def shared(self, as_of: datetime, timeframes: frozenset[Timeframe], scan: Scan) -> ScanReport:
        """Return the report of a scan of at least these timeframes, at this moment or later, that began after this call did.

        Raises:
            what the scan raises, for everybody who shares it.
        """
        with self._joining:
            turn, leads = self._next, self._next is None
            if turn is None:
                turn = self._next = Turn(as_of, timeframes)
            else:
                turn.widen(as_of, timeframes)
        return self._lead(turn, scan) if leads else turn.report.result()

    def alone(self, as_of: datetime, timeframes: frozenset[Timeframe], scan: Scan) -> ScanReport:
        """Return the report of a scan of exactly these timeframes at exactly this moment."""
        with self._running:
            return scan(as_of, timeframes)

    def _lead(self, turn: Turn, scan: Scan) -> ScanReport:
        with self._running:
            with self._joining:
                self._next = None
            try:
                report = scan(turn.as_of, turn.timeframes)
            except BaseException as error:
                turn.report.set_exception(error)
                raise
        turn.report.set_result(report)
        return report
