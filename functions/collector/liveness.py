"""Is a connection alive, and how long to wait before the next one; pure, in seconds of a monotonic clock."""

import random
from dataclasses import dataclass

PING_EVERY = 20.0
MISSED_PONGS = 2
SILENCE = 45.0  # nothing at all, not even a pong, for this long
SHORTEST, LONGEST = 5.0, 60.0


@dataclass(slots=True)
class Liveness:
    """What one connection has said and been asked; all times are of one monotonic clock."""

    last_frame: float
    last_ping: float
    unanswered: int = 0

    @classmethod
    def begun(cls, now: float) -> "Liveness":
        """Return the state of a connection that was opened now."""
        return cls(now, now)

    def heard(self, now: float) -> None:
        """Note a frame."""
        self.last_frame = now

    def answered(self) -> None:
        """Note a pong."""
        self.unanswered = 0

    def ping_due(self, now: float) -> bool:
        """Tell whether to ping now; true counts as having done it."""
        if now - self.last_ping < PING_EVERY:
            return False
        self.last_ping = now
        self.unanswered += 1
        return True

    def dead(self, now: float) -> str:
        """Return why the connection is dead, or nothing while it lives."""
        if self.unanswered > MISSED_PONGS:
            return f"{self.unanswered - 1} pings were not answered"
        if now - self.last_frame > SILENCE:
            return f"silent for {now - self.last_frame:.0f} s"
        return ""


def backoff(attempt: int, chance: random.Random) -> float:
    """Return seconds to wait before attempt 1, 2, ...: full jitter under a limit that doubles from 5 to 60 s."""
    return chance.uniform(0, min(LONGEST, SHORTEST * 2.0 ** min(attempt - 1, 10)))
