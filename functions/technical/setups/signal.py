"""One signal: entry, stop and three targets on the symbol's tick, its size, its life, and why."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from enum import StrEnum

from functions.market.candles.timeframe import Timeframe
from functions.reasons import Reason, reason
from functions.technical.setups.reasons import Code
from functions.technical.setups.rules import SetupRules

Prices = tuple[Decimal, Decimal, Decimal]
LAID_AT_LEAST = Decimal("0.9")  # of the risk/reward the rules promise, once its prices lie on the tick


class Direction(StrEnum):
    """Which way; SHORT on spot reads as "exit / avoid"."""

    LONG = "LONG"
    SHORT = "SHORT"
    NEUTRAL = "NEUTRAL"

    @classmethod
    def of(cls, sign: int) -> "Direction":
        """Return the direction of +1, -1 or 0."""
        return (cls.NEUTRAL, cls.LONG, cls.SHORT)[sign]


@dataclass(frozen=True, slots=True)
class Plan:
    """The prices of a trade on the tick, with what they promise.

    `risk_reward` is the size-weighted mean of the three targets (a third each) over the stop distance, of the prices on the tick.
    """

    entry: Decimal
    stop: Decimal
    targets: Prices
    risk_reward: float
    position_percent: float


@dataclass(frozen=True, slots=True)
class Signal:
    """A recommendation at one close. `indicators` is the snapshot it stands on; `created_at` and `expires_at` are market time."""

    symbol: str
    direction: Direction
    timeframe: Timeframe
    close_time: datetime
    confidence: float
    plan: Plan
    reasons: tuple[Reason, ...]
    indicators: dict[str, float | None]
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Neutral:
    """No signal at one close, and the reason why not."""

    symbol: str
    timeframe: Timeframe
    close_time: datetime
    reason: Reason

    @property
    def direction(self) -> Direction:
        """Return NEUTRAL."""
        return Direction.NEUTRAL


def plan(direction: int, close: float, distance: float, tick: Decimal, rules: SetupRules) -> Plan | Reason:
    """Lay entry, stop and targets on the tick; the reason why not when they do not fit.

    The entry is the close on the nearest tick. Stop and targets are rounded away from the entry, so none is nearer than the
    rules say. Whether the targets promise enough is judged on the rules' own numbers, which no rounding touches; a tick that
    takes more than a tenth of what they promise is too coarse.

    Args:
        direction: +1 long, -1 short.
        close: price.
        distance: of the stop, a fraction of `close`.
        tick: the symbol's price step.
        rules: targets, risk and limits.
    """
    promised = sum(rules.targets_r, Decimal(0)) / len(rules.targets_r)
    if sum(rules.targets_r) < rules.least_risk_reward * len(rules.targets_r):
        return reason(Code.RISK_REWARD_TOO_LOW, ratio=round(float(promised), 4), least=float(rules.least_risk_reward))
    # The shortest decimal of a float is the number that was meant: 0.1, not 0.1000000000000000055, which would cost a tick.
    price = Decimal(repr(close))
    entry = _on_tick(price, tick, ROUND_HALF_EVEN)
    risk = price * Decimal(repr(distance))
    stop = _away(entry - direction * risk, tick, -direction)
    first, second, third = (_away(entry + direction * risk * r, tick, direction) for r in rules.targets_r)
    ladder = [stop, entry, first, second, third][::direction]
    if ladder[0] <= 0 or ladder != sorted(set(ladder)):
        return reason(Code.TICK_TOO_COARSE)
    ratio = abs((first + second + third) / 3 - entry) / abs(entry - stop)
    if ratio < promised * LAID_AT_LEAST:
        return reason(Code.TICK_TOO_COARSE)
    size = float(rules.limits.share(entry, stop) * 100)
    return Plan(entry, stop, (first, second, third), round(float(ratio), 4), round(size, 2))


def _away(price: Decimal, tick: Decimal, direction: int) -> Decimal:
    return _on_tick(price, tick, ROUND_CEILING if direction > 0 else ROUND_FLOOR)


def _on_tick(price: Decimal, tick: Decimal, rounding: str) -> Decimal:
    laid = (price / tick).to_integral_value(rounding) * tick
    # 0.0100, as an exchange may write its tick, has two decimals that mean something; a tick of 10 has none.
    return laid.quantize(min(tick.normalize(), Decimal(1)))
