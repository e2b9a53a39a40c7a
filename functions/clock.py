"""The two clocks, read at the edges only.

Market time is the exchange's time and becomes `as_of`; it decides what is closed, fresh or expired. In a simulated world it runs
apart from the wall clock, as `MARKET_CLOCK` says. Wall time is for what concerns this machine alone: leases, heartbeats, retries.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self


@dataclass(frozen=True, slots=True)
class MarketClock:
    """Market time as a straight line over wall time: `market_origin + (wall - wall_origin) * speed`."""

    market_origin: datetime
    wall_origin: datetime
    speed: float = 1.0

    @classmethod
    def system(cls) -> Self:
        """Return the clock of the real world: market time is wall time."""
        epoch = datetime.fromtimestamp(0, UTC)
        return cls(epoch, epoch)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `MARKET@WALLxSPEED`, e.g. `2024-03-05T11:59:40Z@2026-11-22T21:10:00Zx20`; an empty text is the system's clock.

        Raises:
            ValueError: the text has another form, a time has no zone, or the speed is not above zero.
        """
        if not text:
            return cls.system()
        market, _, rest = text.partition("@")
        wall, _, speed = rest.rpartition("x")
        try:
            clock = cls(datetime.fromisoformat(market), datetime.fromisoformat(wall), float(speed))
        except ValueError as error:
            raise ValueError(f"expected MARKET@WALLxSPEED with ISO times, got {text!r}") from error
        if clock.speed <= 0 or clock.market_origin.tzinfo is None or clock.wall_origin.tzinfo is None:
            raise ValueError(f"expected times with a zone and a speed above 0, got {text!r}")
        return cls(clock.market_origin.astimezone(UTC), clock.wall_origin.astimezone(UTC), clock.speed)

    def at(self, wall: datetime) -> datetime:
        """Return the market time at a wall time."""
        return self.market_origin + (wall - self.wall_origin) * self.speed

    def wall(self, market: datetime) -> datetime:
        """Return the wall time at a market time."""
        return self.wall_origin + (market - self.market_origin) / self.speed

    def now(self) -> datetime:
        """Return the market time, UTC."""
        return self.at(wall_now())

    def wall_seconds(self, span: timedelta) -> float:
        """Return how many seconds of wall time a span of market time lasts."""
        return span.total_seconds() / self.speed


def wall_now() -> datetime:
    """Return this machine's time, UTC."""
    return datetime.now(UTC)
