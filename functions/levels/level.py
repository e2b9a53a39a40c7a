"""A price that something waits for, and the touch of one.

Level(symbol="BTCUSDT", price=Decimal(67000), direction=Direction.RISING, kind=LevelKind.ALERT, owner=3)
→ reached by a price of 67000 or more: alert 3
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Direction(StrEnum):
    """Which way the market moves when it touches a level."""

    FALLING = "falling"
    RISING = "rising"

    def is_reached(self, level: Decimal, price: Decimal) -> bool:
        """Tell whether a price has come to a level, or beyond it."""
        return price <= level if self is Direction.FALLING else price >= level


class LevelKind(StrEnum):
    """What waits at a level."""

    STOP = "stop"
    TARGET = "target"
    ALERT = "alert"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Level:
    """A price that something waits for.

    Args:
        direction: the market moves when it comes to it.
        owner: id of what waits there: of a trade for its stop and targets, of a price alert, of a resting order.
    """

    symbol: str
    price: Decimal
    direction: Direction
    kind: LevelKind
    owner: int


@dataclass(frozen=True, slots=True)
class Touch:
    """The first price that reached a level.

    Args:
        level: the price that was waited for.
        at: when the exchange said so.
        seen: the price that reached it, at the level or beyond.
    """

    symbol: str
    level: Decimal
    direction: Direction
    at: datetime
    seen: Decimal


@dataclass(frozen=True, slots=True)
class DoubtedPrice:
    """A price that no market makes after the `last` one: it touched nothing."""

    symbol: str
    at: datetime
    last: Decimal
    price: Decimal
