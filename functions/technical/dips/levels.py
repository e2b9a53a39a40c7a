"""The prices of one dip order, on the tick."""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from functions.technical.dips.rules import DipRules


@dataclass(frozen=True, slots=True)
class DipLevels:
    """Where an order waits and where its trade ends; every price is a whole number of ticks, in USDT.

    Args:
        limit: what a fill costs.
        touched_at: a price at this or under it fills the order.
        stop: a tick at least, also where the rule would have it lower.
        targets: three, nearest first.
    """

    limit: Decimal
    touched_at: Decimal
    stop: Decimal
    targets: tuple[Decimal, ...]


def dip_levels(close: float, atr: float, tick: Decimal, rules: DipRules) -> DipLevels | None:
    """Return the levels of an order that stands on a daily close; None when no price is left under it.

    `limit = close - depth * atr`, down to the tick; the stop lies `stop * atr` under it, the targets in multiples of that above.

    Args:
        close: of the day, in price.
        atr: ATR(14) of 1d, in price, above 0.
        tick: of the pair.
        rules: of the orders.
    """
    wild, day = Decimal(repr(atr)), Decimal(repr(close))
    limit = _to(day - Decimal(repr(rules.depth)) * wild, tick, ROUND_FLOOR)
    distance = Decimal(repr(rules.stop)) * wild
    stop = max(_to(limit - distance, tick, ROUND_HALF_UP), tick)
    touched_at = _to(min(limit - tick, limit * (1 - rules.beyond)), tick, ROUND_FLOOR)
    if touched_at <= stop:
        return None
    return DipLevels(limit, touched_at, stop, tuple(_to(limit + r * distance, tick, ROUND_HALF_UP) for r in rules.targets_r))


def _to(price: Decimal, tick: Decimal, rounding: str) -> Decimal:
    return (price / tick).to_integral_value(rounding) * tick
