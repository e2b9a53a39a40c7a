"""The timeframes that candles are kept of."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum


class Timeframe(StrEnum):
    """The timeframes Quorum keeps, shortest first."""

    M5 = "5m"
    M15 = "15m"
    H1 = "1h"
    H4 = "4h"
    D1 = "1d"

    @property
    def span(self) -> timedelta:
        """Return the length of one candle."""
        return _SPANS[self]

    @property
    def milliseconds(self) -> int:
        """Return the length of one candle in milliseconds."""
        return int(self.span.total_seconds() * 1000)

    @property
    def bybit(self) -> str:
        """Return Bybit's name for it."""
        return _BYBIT[self]

    def floor(self, moment: datetime) -> datetime:
        """Return the open time of the candle that `moment` lies in; days are UTC."""
        seconds = int(self.span.total_seconds())
        return datetime.fromtimestamp(int(moment.timestamp()) // seconds * seconds, UTC)

    def last_closed(self, as_of: datetime) -> datetime:
        """Return the open time of the newest candle that is closed at `as_of`."""
        return self.floor(as_of) - self.span


_SPANS = {
    Timeframe.M5: timedelta(minutes=5),
    Timeframe.M15: timedelta(minutes=15),
    Timeframe.H1: timedelta(hours=1),
    Timeframe.H4: timedelta(hours=4),
    Timeframe.D1: timedelta(days=1),
}
_BYBIT = {Timeframe.M5: "5", Timeframe.M15: "15", Timeframe.H1: "60", Timeframe.H4: "240", Timeframe.D1: "D"}
