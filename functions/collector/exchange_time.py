"""The exchange's time as well as we know it: the market clock, corrected when this machine's clock is off."""

from datetime import datetime, timedelta

from functions.clock import MarketClock
from functions.logs import get_logger

log = get_logger("collector")
TOLERANCE = timedelta(seconds=1)


class ExchangeTime:
    """The market clock plus the skew last measured; a skew within tolerance is taken for the network's delay."""

    def __init__(self, clock: MarketClock) -> None:
        self._clock = clock
        # Half a second of the network's delay is many market seconds in a simulated world that runs fast.
        self._tolerance = max(TOLERANCE, TOLERANCE * clock.speed / 2)
        self.skew = timedelta(0)

    def now(self) -> datetime:
        """Return the exchange's time, UTC."""
        return self._clock.now() + self.correction

    @property
    def correction(self) -> timedelta:
        """Return what is added to the market clock: the skew when it is beyond tolerance."""
        return self.skew if abs(self.skew) > self._tolerance else timedelta(0)

    def wall_seconds_since(self, moment: datetime) -> float:
        """Return how many seconds of wall time ago the exchange's clock showed `moment`."""
        return self._clock.wall_seconds(self.now() - moment)

    def measured(self, exchange_time: datetime, took: float) -> None:
        """Take the exchange's time out of an answer that is just here; warn when the skew begins or ends.

        Args:
            exchange_time: as the answer says it: the exchange read its clock about half-way between request and answer.
            took: wall seconds from the request to the answer.
        """
        before = bool(self.correction)
        self.skew = exchange_time - (self._clock.now() - timedelta(seconds=took / 2) * self._clock.speed)
        if bool(self.correction) != before:
            say = log.warning if self.correction else log.info
            say("clock skew against the exchange", seconds=round(self.skew.total_seconds(), 2), corrected=bool(self.correction))
