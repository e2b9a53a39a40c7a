"""The exchange's time for a single errand: one answer is believed when this machine's clock agrees, else two of three must."""

from datetime import datetime, timedelta
from typing import Protocol

from functions.clock import MarketClock
from functions.errors import RetryLater

AGREES = timedelta(seconds=5)


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
        RetryLater: the exchange does not answer, or tells three times that do not agree.
    """
    near = AGREES * max(1.0, clock.speed)
    told = await source.server_time()
    if abs(told - clock.now()) <= near:
        return told
    later = [await source.server_time() for _ in range(2)]
    earliest, middle, latest = sorted([told, *later])
    if min(middle - earliest, latest - middle) > near:
        raise RetryLater("exchange_garbage", "Bybit tells times that do not agree", retry_after=1.0)
    return middle
