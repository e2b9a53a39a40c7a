"""What a fill costs: the one set of numbers that signals, paper trades and their sizes are reckoned with."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Costs:
    """What each fill costs, all as fractions.

    `Costs(fee=Decimal("0.001"), slippage=Decimal("0.0005")).per_side` is 0.0015: a purchase and its sale cost 0.3% of the price.

    Args:
        fee: of the fill's amount.
        slippage: of the price, against the trader.
        widest_spread: of the price; at a wider one nothing is filled, for one of its sides is no price at all.
    """

    fee: Decimal = Decimal("0.001")
    slippage: Decimal = Decimal("0.0005")
    widest_spread: Decimal = Decimal("0.05")

    @property
    def per_side(self) -> Decimal:
        """Return what one fill costs."""
        return self.fee + self.slippage
