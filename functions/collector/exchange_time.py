"""The exchange's time, from its answers and, between them, from this machine's monotonic clock.

The machine's own time of day only begins it: when that is set anew by hours, this one runs on.
"""

import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from functions.clock import MarketClock
from functions.logs import get_logger

log = get_logger("collector")
TOLERANCE = timedelta(seconds=1)
LEAP = timedelta(seconds=5)  # an answer that is further off is believed only when others agree
AGREEING = 3  # answers in a row


class ExchangeTime:
    """The exchange's clock; an answer within tolerance of it changes nothing, that is the network's delay.

    Args:
        clock: what the time begins with, and how fast it runs.
        monotonic: seconds of a clock that nobody sets.
    """

    def __init__(self, clock: MarketClock, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._monotonic = clock, monotonic
        # Half a second of the network's delay is many market seconds in a simulated world that runs fast.
        self._tolerance = max(TOLERANCE, TOLERANCE * clock.speed / 2)
        self._leap = max(LEAP, 5 * self._tolerance)
        self._begun = self._monotonic()
        self._origin = clock.now()
        self._doubtful: deque[timedelta] = deque(maxlen=AGREEING)
        self.skew = timedelta(0)
        self.trusted = False

    def now(self) -> datetime:
        """Return the exchange's time, UTC."""
        return self._origin + self._since_origin()

    def now_ms(self) -> int | None:
        """Return the exchange's time in ms; None until an answer has confirmed or corrected this machine's clock."""
        return int(self.now().timestamp() * 1000) if self.trusted else None

    @property
    def doubted(self) -> bool:
        """Tell whether the last answer gave another time that no second answer has confirmed yet."""
        return bool(self._doubtful)

    def wall_seconds_since(self, moment: datetime) -> float:
        """Return how many seconds of wall time ago the exchange's clock showed `moment`."""
        return self._clock.wall_seconds(self.now() - moment)

    def measured(self, exchange_time: datetime, took: float, *, exact: bool = True) -> None:
        """Take the exchange's time from an answer that has just come.

        Args:
            exchange_time: as the answer says it: the exchange read its clock about half-way between request and answer.
            took: wall seconds from the request to the answer.
            exact: False for a push of the stream, which may have waited on its way: it can only tell of a leap.
        """
        then = timedelta(seconds=took / 2) * self._clock.speed
        off = exchange_time - (self.now() - then)
        if abs(off) > self._leap:
            self._doubt(off)
            if self.doubted:
                return
        else:
            self._doubtful.clear()
            if exact and abs(off) > self._tolerance:
                self._set(off)
        self.trusted = True
        self._note_skew(exchange_time + then)

    def _doubt(self, off: timedelta) -> None:
        """Note an answer that is far off; set the time by it once all the last ones agree."""
        self._doubtful.append(off)
        middle = sorted(self._doubtful)[len(self._doubtful) // 2]
        if len(self._doubtful) == AGREEING and all(abs(one - middle) <= self._leap for one in self._doubtful):
            self._set(middle)
            self._doubtful.clear()
        elif len(self._doubtful) == 1:
            log.info("an answer of the exchange is from another time", seconds=round(off.total_seconds(), 1))

    def _set(self, off: timedelta) -> None:
        self._origin += self._since_origin() + off
        self._begun = self._monotonic()

    def _since_origin(self) -> timedelta:
        return timedelta(seconds=self._monotonic() - self._begun) * self._clock.speed

    def _note_skew(self, exchange_time: datetime) -> None:
        """Keep how far this machine's clock is off; say so when that begins or ends."""
        was_beyond = abs(self.skew) > self._tolerance
        self.skew = exchange_time.astimezone(UTC) - self._clock.now()
        beyond = abs(self.skew) > self._tolerance
        if beyond != was_beyond:
            say = log.warning if beyond else log.info
            say("clock skew against the exchange", seconds=round(self.skew.total_seconds(), 2), corrected=beyond)
