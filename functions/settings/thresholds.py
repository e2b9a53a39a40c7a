"""From which amount on a transaction is kept, for each coin, as a person writes it: BTC=1000000, others=500000."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

OTHERS = "others"
LOWEST = Decimal(100_000)  # USD: the source says nothing of smaller ones
_PART = re.compile(r"\s*([A-Za-z0-9]{1,20})\s*=\s*([0-9]{1,12})\s*")


@dataclass(frozen=True, slots=True)
class Thresholds:
    """USD above which a transaction of a coin is kept.

    Args:
        coins: by the coin's name.
        others: of every other coin.
    """

    coins: Mapping[str, Decimal]
    others: Decimal

    def takes(self, coin: str, amount_usd: Decimal) -> bool:
        """Tell whether a transaction is large enough."""
        return amount_usd > self.coins.get(coin, self.others)

    @property
    def lowest(self) -> Decimal:
        """Return the lowest of all: what a source is asked for."""
        return min(self.others, *self.coins.values()) if self.coins else self.others


def read_thresholds(written: str) -> Thresholds:
    """Return the thresholds of a text such as `BTC=1000000, ETH=1000000, others=500000`.

    Raises:
        ValueError: a part is no COIN=NUMBER, a coin comes twice, a number is below 100000, or `others` lacks.
    """
    amounts: dict[str, Decimal] = {}
    for part in written.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError(f"expected COIN=USD, and others=USD for all the rest, got {part.strip()[:40]!r}")
        name = OTHERS if match[1].lower() == OTHERS else match[1].upper()
        if name in amounts:
            raise ValueError(f"expected each coin once, got {name} twice")
        amounts[name] = Decimal(match[2])
        if amounts[name] < LOWEST:
            raise ValueError(f"expected {LOWEST} USD or more, got {name}={match[2]}")
    if OTHERS not in amounts:
        raise ValueError("expected others=USD among them, for the coins that are not named")
    return Thresholds({name: amount for name, amount in amounts.items() if name != OTHERS}, amounts[OTHERS])
