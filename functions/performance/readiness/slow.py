"""Rules that trade on few days: how long their accounts have run, and from when on that can be believed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

EARLIEST, LATEST = timedelta(days=2 * 365), timedelta(days=4 * 365)  # of paper trading; the rule study's own estimate


@dataclass(frozen=True, slots=True)
class SlowRule:
    """An account of dip orders or of the weekly allocation.

    Args:
        name: of the account.
        since: when it began.
        fill_days: UTC days on which it bought: what fills on one day is one bet, so days are counted and not trades.
    """

    name: str
    since: datetime
    fill_days: int

    @property
    def earliest(self) -> datetime:
        """Return from when on it can be believed at the earliest."""
        return self.since + EARLIEST

    @property
    def latest(self) -> datetime:
        """Return by when it should be clear."""
        return self.since + LATEST

    def days_left(self, at: datetime) -> int:
        """Return the days until it can be believed at the earliest; 0 once it can."""
        return max(-(-(self.earliest - at) // timedelta(days=1)), 0)
