"""How much may be put at risk: the one set of numbers that a signal's size and a paper order's size come from."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Limits:
    """What one trade and all of them may take; fractions are of the account's equity.

    `Limits().share(entry=Decimal(100), stop=Decimal(90))` is 0.05: a stop that is 10% away loses half a percent of equity with a
    position of 5%.

    Args:
        risk: what a stop may lose, before costs.
        position: the largest cost of one trade, whatever the risk allows.
        open_trades: most trades open at once.
        open_in_one_direction: most of them on the same side.
        exposure: the largest cost of all open trades together.
        open_risk: what all their stops together may lose, before costs; None for no such limit.
    """

    risk: Decimal = Decimal("0.005")
    position: Decimal = Decimal("0.2")
    open_trades: int = 5
    open_in_one_direction: int = 3
    exposure: Decimal = Decimal("0.5")
    open_risk: Decimal | None = None

    def share(self, entry: Decimal, stop: Decimal) -> Decimal:
        """Return the fraction of equity to put into a trade, for reading; `stop` is not at `entry`."""
        return min(self.risk * entry / abs(entry - stop), self.position)

    def quantity(self, equity: Decimal, entry: Decimal, stop: Decimal, lot: Decimal) -> Decimal:
        """Return the coins to trade in whole lots, 0 when that is less than one; exact, so that no limit is passed by a digit."""
        by_risk = self.risk * equity // (abs(entry - stop) * lot)
        by_position = self.position * equity // (entry * lot)
        return max(min(by_risk, by_position), Decimal(0)) * lot
