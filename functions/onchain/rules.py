"""The numbers that flows become readings with, once. None was tuned."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class FlowRules:
    """What flows are worth.

    Attributes:
        full_growth: of the supply of stablecoins in seven days that makes its value 1.
        supply_confidence: new stablecoins are buying power; what is published about them speaks for some weight.
        full_flow: share of all balances that flows in within 24 h and makes the value -1.
        flow_confidence: near zero, for flows of coins to exchanges explain 0.2 to 5% of returns in what is published.
        least_compared: share of the supply that must have an earlier figure.
        largest_flow: share of its balance in 24 h above which an exchange's flow is a fault of its figures.
        least_exchanges: with a flow, below which all of them together say nothing.
        life: how long a reading holds.
    """

    full_growth: float = 0.01
    supply_confidence: float = 0.3
    full_flow: float = 0.01
    flow_confidence: float = 0.05
    least_compared: float = 0.8
    largest_flow: float = 0.5
    least_exchanges: int = 5
    life: timedelta = timedelta(hours=6)
