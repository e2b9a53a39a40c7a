"""A process's last heartbeat, and when it is late."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

LATE_AFTER = timedelta(seconds=30)  # parts beat every few seconds


@dataclass(frozen=True, slots=True)
class Beat:
    """The last heartbeat of a part: when, wall time, and what it said of itself."""

    part: str
    at: datetime
    detail: dict[str, Any]

    def late(self, now: datetime) -> bool:
        """Tell whether the next one is overdue."""
        return now - self.at > LATE_AFTER
