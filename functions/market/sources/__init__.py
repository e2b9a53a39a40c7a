"""Where market data comes from."""

from typing import Protocol

from functions.market.candles.closed import ClosedCandles
from functions.market.candles.gaps import Run


class CandleSource(Protocol):
    """An exchange's past: what fills gaps."""

    async def candles(self, run: Run) -> ClosedCandles:
        """Return the closed candles of a run of at most 1,000; those the exchange does not have are not in it.

        Raises:
            RetryLater: the exchange is away, busy or unreadable.
            InputRejected: it does not know the symbol.
            Broken: it finds the request wrong.
        """
        ...


class Paced(Protocol):
    """A source whose request rate can be set."""

    def pace(self, share: float) -> None:
        """Take this share (0..1) of the allowed rate from now on."""
        ...


class PacedCandleSource(CandleSource, Paced, Protocol):
    """A history that can be asked faster or slower."""
