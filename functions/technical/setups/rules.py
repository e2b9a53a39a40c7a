"""The numbers a signal is made by. None was tuned: they are the ones that held up in the rule study, or plain convention."""

from dataclasses import dataclass, field
from decimal import Decimal

from functions.costs import Costs
from functions.limits import Limits
from functions.market.candles.timeframe import Timeframe

SOURCE = "technical"
VERSION = 2  # of the rules; raise it when the same candles would give another signal or state
ENTRY_TIMEFRAMES = (Timeframe.H1, Timeframe.M15)
HIGHER_TIMEFRAMES = (Timeframe.D1, Timeframe.H4)
Ladder = tuple[Decimal, Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class SetupRules:
    """What stop, targets, size, cost and life of a signal follow from.

    Attributes:
        gate_symbol: its daily close opens the gate for all others.
        stop_day_atr, stop_four_hour_atr: the stop is the wider of so many ATR(14) of 1d and of 4h.
        targets_r: the three targets, in stop distances; a third of the position leaves at each.
        limits: the size follows from them.
        costs: of each fill.
        cost_limit, cost_warning: round-trip cost over the stop distance that rejects a signal, and that it warns of.
        least_risk_reward: of the mean of `targets_r`, as they are and not as the tick lays them.
        life_candles: candles of its own timeframe after which a signal is no longer worth taking.
        short_allowed: paper trading may go short; without it SHORT means exit or avoid.
    """

    gate_symbol: str = "BTCUSDT"
    stop_day_atr: float = 2.0
    stop_four_hour_atr: float = 4.0
    targets_r: Ladder = (Decimal("0.7"), Decimal(2), Decimal(4))
    limits: Limits = field(default_factory=Limits)
    costs: Costs = field(default_factory=Costs)
    cost_limit: float = 0.05
    cost_warning: float = 0.03
    least_risk_reward: Decimal = Decimal(2)
    life_candles: int = 4
    short_allowed: bool = False
