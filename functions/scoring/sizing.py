"""How much of the account a signal takes, and what keeps it from taking anything. `Decimal` throughout: it is money."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from functions.limits import Limits


class Obstacle(StrEnum):
    """Why a signal takes nothing of the account."""

    PAIR_IS_OPEN = "pair_is_open"
    TOO_MANY_OPEN = "too_many_open"
    TOO_MANY_IN_ONE_DIRECTION = "too_many_in_one_direction"
    EXPOSURE_FULL = "exposure_full"


@dataclass(frozen=True, slots=True)
class Holding:
    """An open position: `direction` +1 or -1, `share` of equity it takes, a fraction."""

    symbol: str
    direction: int
    share: Decimal


@dataclass(frozen=True, slots=True)
class Size:
    """What a signal takes: a fraction of equity, 0 with at least one obstacle. The first obstacle is the headline."""

    share: Decimal
    obstacles: tuple[Obstacle, ...]


def size(symbol: str, direction: int, entry: Decimal, stop: Decimal, holdings: Sequence[Holding], limits: Limits) -> Size:
    """Return how much of equity a signal takes beside what is open.

    `share = min(risk / (|entry - stop| / entry), position, exposure - what is open)`: the stop loses no more than the risk, and
    neither the position nor all of them together take more than their limit.

    Args:
        symbol: of the signal.
        direction: +1 long, -1 short.
        entry: price.
        stop: price, on the losing side of `entry`.
        holdings: everything that is open.
        limits: of the account.

    Raises:
        ValueError: the stop is not on the losing side.
    """
    if (entry - stop) * direction <= 0:
        raise ValueError(f"expected a stop on the losing side of {entry}, got {stop}")
    room = limits.exposure - sum((holding.share for holding in holdings), Decimal(0))
    checks = (
        (Obstacle.PAIR_IS_OPEN, any(holding.symbol == symbol for holding in holdings)),
        (Obstacle.TOO_MANY_OPEN, len(holdings) >= limits.open_trades),
        (
            Obstacle.TOO_MANY_IN_ONE_DIRECTION,
            sum(holding.direction == direction for holding in holdings) >= limits.open_in_one_direction,
        ),
        (Obstacle.EXPOSURE_FULL, room <= 0),
    )
    obstacles = tuple(obstacle for obstacle, holds in checks if holds)
    return Size(Decimal(0) if obstacles else min(limits.share(entry, stop), room), obstacles)
