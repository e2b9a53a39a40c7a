"""Stored candles and the ledger of gaps in memory, as `functions.market.store.gaps` has it in SQL; a test compares the two."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from functions.market.candles.gaps import Run, missing_runs
from functions.market.candles.timeframe import Timeframe
from functions.market.store import Gap

FRAME = Timeframe.M5


@dataclass(slots=True)
class Ledger:
    """Candles that are stored and gaps that are known; `without` names the safeguards that are taken away."""

    without: Collection[str] = ()
    stored: set[tuple[str, datetime]] = field(default_factory=set)
    rows: list[Gap] = field(default_factory=list)

    @property
    def open(self) -> list[Gap]:
        """Return the gaps that are open."""
        return [gap for gap in self.rows if gap.closed_at is None]

    @property
    def absent(self) -> list[Run]:
        """Return what the exchange is known to have no candles for."""
        return [gap.run for gap in self.rows if gap.resolution == "absent"]

    def lacking(self, run: Run, *, but: Iterable[Run] = ()) -> list[Run]:
        """Return the parts of a run that are not stored, nor in the runs that are known of."""
        asked = [run.first + number * FRAME.span for number in range(run.count)]
        there = [at for at in asked if (run.symbol, at) in self.stored]
        if len(there) == len(asked):
            return []
        return missing_runs(run, [*(Run(run.symbol, FRAME, at, at) for at in there), *but])

    def open_gaps(self, missing: Sequence[Run], reason: str, at: datetime) -> int:
        """Open a row for each missing run that no open row covers yet."""
        opened = 0
        before = self.open
        for run in missing:
            over = run.over_by(at)
            if over is None or ("covering row" not in self.without and any(covers(gap, over) for gap in before)):
                continue
            self._add(over, reason=reason, opened_at=at)
            opened += 1
        return opened

    def _add(self, run: Run, **more: Any) -> None:
        blank = {
            "closed_at": None,
            "resolution": None,
            "attempts": 0,
            "denials": 0,
            "last_error": None,
            "unsettled": 0,
            "tried_at": None,
            "denied_at": None,
        }
        self.rows.append(Gap(len(self.rows) + 1, run.symbol, run.timeframe, run.first, run.last, **{**blank, **more}))

    def change(self, gap: Gap, **what: Any) -> None:
        """Write a row anew."""
        self.rows[gap.id - 1] = replace(self.rows[gap.id - 1], **what)

    def trim(self, now: datetime) -> None:
        """Take candles that are not over out of the open rows."""
        newest = FRAME.last_closed(now)
        if "trimming" in self.without:
            return
        for gap in self.open:
            if gap.first_open_time > newest:
                self.change(gap, closed_at=now, resolution="filled", first_open_time=newest, last_open_time=newest, reason="gone")
            elif gap.last_open_time > newest:
                self.change(gap, last_open_time=newest)

    def close(self, gap: Gap, at: datetime) -> None:
        """Close a gap that is filled."""
        self.change(gap, closed_at=at, resolution="filled", attempts=self.rows[gap.id - 1].attempts + 1)

    def close_as_absent(self, gap: Gap, lacking: Sequence[Run], at: datetime) -> None:
        """Close a gap of which the exchange has no candles for the runs `lacking`; the rest of it is there."""
        denied = {
            "resolution": "absent",
            "attempts": gap.attempts + 1,
            "denials": gap.denials + 1,
            "tried_at": at,
            "denied_at": at,
        }
        if (lacking[0].first, lacking[0].last) == (gap.first_open_time, gap.last_open_time):
            self.change(gap, closed_at=at, **denied)
            return
        for run in lacking:
            self._add(run, reason=gap.reason, opened_at=gap.opened_at, closed_at=at, **denied)
        self.close(gap, at)

    def note_unsettled(self, gap: Gap, error: str, at: datetime, denials: int | None = None) -> None:
        """Count an answer that did not settle a gap."""
        counted = {} if denials is None else {"denials": denials, "denied_at": at}
        self.change(gap, attempts=gap.attempts + 1, unsettled=gap.unsettled + 1, tried_at=at, last_error=error, **counted)

    def note_failure(self, gap: Gap, error: str) -> None:
        """Count an attempt that had no answer."""
        self.change(gap, attempts=gap.attempts + 1, last_error=error)


def covers(gap: Gap, run: Run) -> bool:
    """Tell whether a row is about all of a run."""
    return gap.symbol == run.symbol and gap.first_open_time <= run.first and gap.last_open_time >= run.last
