"""The exchange's time for a job: one answer is believed when this machine's clock agrees, else two of three must agree."""

from datetime import datetime, timedelta
from typing import Protocol

from functions.clock import MarketClock
from functions.errors import RetryLater

TOLERANCE = timedelta(seconds=5)


class Timekeeper(Protocol):
    """What tells the exchange's time."""

    async def server_time(self) -> datetime:
        """Return the exchange's time."""
        ...


async def agreed_time(source: Timekeeper, clock: MarketClock) -> datetime:
    """Return the exchange's time.

    Args:
        source: the exchange.
        clock: the market clock of this machine.

    Raises:
        RetryLater: the exchange does not answer, or three of its answers do not agree.
    """
    tolerance = TOLERANCE * max(1.0, clock.speed)
    first = await source.server_time()
    if abs(first - clock.now()) <= tolerance:
        return first
    others = [await source.server_time() for _ in range(2)]
    earliest, middle, latest = sorted([first, *others])
    if min(middle - earliest, latest - middle) > tolerance:
        raise RetryLater("exchange_garbage", "Bybit tells times that do not agree", retry_after=1.0)
    return middle
