"""A process's last heartbeat, and when it is late."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

LATE_AFTER = timedelta(seconds=30)  # parts beat every few seconds
WATCHDOG = "watchdog"
SEEN_BY = "seen_by"  # in the detail of a part that cannot beat itself: who has seen it answer
READY_SINCE = "ready_since"  # in the detail of such a part: since when it has answered without a break


@dataclass(frozen=True, slots=True)
class Beat:
    """The last heartbeat of a part: when, wall time, and what it said of itself."""

    part: str
    at: datetime
    detail: dict[str, Any]

    def late(self, now: datetime) -> bool:
        """Tell whether the next one is overdue."""
        return now - self.at > LATE_AFTER

    @property
    def ready_since(self) -> datetime | None:
        """Return since when the part has answered without a break, where somebody has noted that."""
        since = self.detail.get(READY_SINCE)
        return datetime.fromisoformat(since) if since else None


def late_parts(beats: Iterable[Beat], now: datetime) -> set[str]:
    """Return the parts that are late. One that another part sees is not, when it is that other that is late."""
    known = {beat.part: beat for beat in beats}
    late = {name for name, beat in known.items() if beat.late(now)}
    return {name for name in late if known[name].detail.get(SEEN_BY) not in late}


def n8n_ready_since(beats: Iterable[Beat], now: datetime) -> datetime | None:
    """Return since when n8n has answered, None when it does not or nobody looks."""
    n8n = next((beat for beat in beats if beat.part == "n8n"), None)
    return n8n.ready_since if n8n and not n8n.late(now) else None
