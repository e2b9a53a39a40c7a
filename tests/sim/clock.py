"""The exchange's time: a straight line over wall time, or a hand that a test moves."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, Self

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Clock(Protocol):
    """What the simulated exchange asks of a clock; market times are epoch milliseconds."""

    @property
    def speed(self) -> float:
        """Return how many market seconds pass in a wall second."""
        ...

    def now_ms(self) -> int:
        """Return the market time."""
        ...


@dataclass(frozen=True, slots=True)
class AffineClock:
    """Market time as `market_origin + (wall - wall_origin) * speed`; origins in seconds since the epoch."""

    market_origin: float
    wall_origin: float
    speed: float = 1.0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `MARKET@WALLxSPEED`, e.g. `2024-03-05T11:59:40Z@2026-11-22T21:10:00Zx20` (a space before the x is allowed).

        Raises:
            ValueError: the text has another form.
        """
        market, at, rest = text.partition("@")
        wall, x, speed = rest.rpartition("x")
        if not at or not x:
            raise ValueError(f"expected MARKET@WALLxSPEED, got {text!r}")
        return cls(parse_time(market), parse_time(wall), float(speed))

    @classmethod
    def starting(cls, market: datetime | str, speed: float = 1.0) -> Self:
        """Return the clock that shows `market` at this moment."""
        origin = parse_time(market) if isinstance(market, str) else market.timestamp()
        return cls(origin, int(time.time() * 1000) / 1000, speed)

    def now_ms(self) -> int:
        """Return the market time."""
        return self.at_wall(time.time())

    def at_wall(self, wall: float) -> int:
        """Return the market time at a wall time in seconds."""
        return int((self.market_origin + (wall - self.wall_origin) * self.speed) * 1000)

    def wall_at(self, market_ms: float) -> float:
        """Return the wall time, in seconds, at which the market time comes."""
        return self.wall_origin + (market_ms / 1000 - self.market_origin) / self.speed

    @property
    def text(self) -> str:
        """Return the form that `parse` and the setting MARKET_CLOCK read."""
        return f"{iso(self.market_origin)}@{iso(self.wall_origin)}x{self.speed:g}"


class ManualClock:
    """A clock that stands still until a test moves it."""

    speed = 1.0

    def __init__(self, market: datetime | str) -> None:
        seconds = parse_time(market) if isinstance(market, str) else market.timestamp()
        self._now = int(seconds * 1000)

    def now_ms(self) -> int:
        """Return the market time."""
        return self._now

    def move_to(self, market_ms: int) -> None:
        """Set the market time; it never goes back."""
        if market_ms < self._now:
            raise ValueError(f"time does not go back: {market_ms} is before {self._now}")
        self._now = market_ms


def parse_time(text: str) -> float:
    """Return the epoch seconds of an ISO time; a time without a zone is UTC."""
    moment = datetime.fromisoformat(text.strip())
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def iso(seconds: float) -> str:
    """Return epoch seconds as an ISO time in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
