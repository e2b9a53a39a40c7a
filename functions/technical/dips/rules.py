"""The numbers of a dip order. None is to be tuned: the rule study found a broad plateau around each of them."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from functions.limits import Limits
from functions.technical.setups.rules import Ladder


@dataclass(frozen=True, slots=True)
class DipRules:
    """What a dip order follows from.

        DipRules()               # as it was tested
        DipRules(strength=None)  # without the condition on Bitcoin's 30 days

    Attributes:
        gate_symbol: its daily close opens the gate for all others.
        strength: what the gate's price must have gained over `strength_days`, a fraction; None for no such condition.
        strength_days: daily closes that it is measured over.
        fast, slow, slowest: lengths of the daily EMAs: the gate's close stands above `slow` and `slowest`; the coin's above
            `slow`, and its `fast` above its `slow`.
        coins: so many of the largest by turnover; None for all.
        turnover_days: closed days whose median turnover ranks a coin.
        least_days: daily candles that a coin must have.
        depth: the limit lies so many ATR(14) of 1d under the close.
        stop: it lies so many under the limit.
        targets_r: the three targets, in stop distances; a third of the position leaves at each.
        beyond: a price this fraction under the limit, and a tick at least, fills the order.
        life: the order is good for so long.
        hold: what is left is sold at the market after so long.
        step: a day that opens so many times above the close before it, or so many times below, is another coin's: the market
            never rests, so a price does not step overnight. What lies before it is not looked at.
    """

    gate_symbol: str = "BTCUSDT"
    strength: float | None = 0.10
    strength_days: int = 30
    fast: int = 20
    slow: int = 50
    slowest: int = 200
    coins: int | None = 50
    turnover_days: int = 30
    least_days: int = 90
    depth: float = 1.75
    stop: float = 4.0
    targets_r: Ladder = (Decimal("0.7"), Decimal(2), Decimal(4))
    beyond: Decimal = Decimal("0.0001")
    life: timedelta = timedelta(hours=24)
    hold: timedelta = timedelta(days=5)
    step: float = 1.5


# Of an account of dip orders: no cap on one direction, for all are long; the cap on what all stops may lose stands instead.
DIP_LIMITS = Limits(
    position=Decimal("0.05"), open_trades=5, open_in_one_direction=5, exposure=Decimal(1), open_risk=Decimal("0.1")
)
