"""The candle that is still open: the exchange's own range of it so far, so that no price between two looks is missed."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class FormingCandle:
    """What a 5m candle held when the exchange said so; it is no closed candle and nothing is computed from it.

    Args:
        symbol: of the pair.
        open_time: of the candle.
        open: its first price.
        high: the highest so far.
        low: the lowest so far.
        close: the latest.
        exchange_time: when that was said.
    """

    symbol: str
    open_time: datetime
    open: float
    high: float
    low: float
    close: float
    exchange_time: datetime

    def __post_init__(self) -> None:
        if not self.low <= min(self.open, self.close) <= max(self.open, self.close) <= self.high:
            raise ValueError(f"expected open and close of {self.symbol} between {self.low} and {self.high}")
