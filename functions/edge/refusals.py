"""The last refusal of the database, so that `/health/ready` does not report ready while requests are refused."""

import time

from db.away import Reason

MEMORY_SECONDS = 5.0  # who asks why its request was refused asks at once
SEEN_BY_A_WRITE = ("database_away", "database_read_only", "database_connections")  # asked anew each time, so not remembered


class RecentRefusal:
    """The last reason why a request was refused, for some seconds: a full disk lets one small write pass and refuses another."""

    def __init__(self) -> None:
        self._reason: Reason | None = None
        self._at = 0.0

    def note(self, reason: Reason) -> None:
        """Remember a reason, unless the next write would meet it anyway."""
        if reason.code not in SEEN_BY_A_WRITE:
            self._reason, self._at = reason, time.monotonic()

    def recent(self) -> Reason | None:
        """Return the reason of the last seconds; None when there is none."""
        return self._reason if time.monotonic() - self._at < MEMORY_SECONDS else None
