"""When to log an outage of the exchange: at first, every ten minutes, and when it is over; pure."""

from dataclasses import dataclass
from typing import Literal

TOLD_EVERY = 600.0
SETTLED = 35.0  # seconds without trouble end an outage: an error that waiting does not cure comes each half minute

Event = Literal["began", "lasts", "over"]


@dataclass(slots=True)
class Outage:
    """What is known of the exchange's trouble; all times are of one monotonic clock.

    Args:
        reason: the newest trouble, empty while there is none.
        began: when the trouble began, None while there is none.
        told: when a line was written last, None when none was.
    """

    reason: str = ""
    began: float | None = None
    told: float | None = None
    _seen: float = 0.0
    _is_told: bool = False

    def note(self, trouble: str, now: float) -> Event | None:
        """Note whether there is trouble now; return what is to be told, if anything."""
        if trouble:
            return self._lasts(trouble, now)
        if self.began is None or now - self._seen < SETTLED:
            return None
        self.reason, self.began = "", None
        is_told, self._is_told = self._is_told, False
        return "over" if is_told else None

    def _lasts(self, trouble: str, now: float) -> Event | None:
        began = self.began is None
        self.reason, self._seen = trouble, now
        if self.began is None:
            self.began = now
        if self.told is not None and now - self.told < TOLD_EVERY:
            return None
        self.told, self._is_told = now, True
        return "began" if began else "lasts"
