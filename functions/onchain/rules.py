"""The numbers that flows become readings with, once. None was tuned."""

from dataclasses import dataclass
from datetime import timedelta

from functions.factors.reading import MARKET


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
        ether_confidence: of what flows to exchanges of ETH: it counts in what is published, unlike that of BTC.
        inflow_confidence: of stablecoins that flow to exchanges, where they can buy.
        full_tilt: part of all that went in and out that the net flow is, and makes the value 1.
        daily_life: how long a reading about a whole day holds: the next one comes some hours after its end.
        dune_life: of a result of Dune's; an older one makes the query run anew.
    """

    full_growth: float = 0.01
    supply_confidence: float = 0.3
    full_flow: float = 0.01
    flow_confidence: float = 0.05
    least_compared: float = 0.8
    largest_flow: float = 0.5
    least_exchanges: int = 5
    life: timedelta = timedelta(hours=6)
    ether_confidence: float = 0.3
    inflow_confidence: float = 0.3
    full_tilt: float = 0.1
    daily_life: timedelta = timedelta(hours=36)
    dune_life: timedelta = timedelta(hours=3, minutes=45)

    def confidence_of(self, symbol: str) -> float:
        """Return the confidence of a daily flow: of stablecoins for the market, of ETH, or near zero of any other coin."""
        return {MARKET: self.inflow_confidence, "ETHUSDT": self.ether_confidence}.get(symbol, self.flow_confidence)
