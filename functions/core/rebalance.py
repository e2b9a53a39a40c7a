"""What is sold and bought so that an account holds its target shares: pure.

What differs from its target by less than the exchange's least order stays as it is; a coin that is to be left is sold whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from functions.paper.settling.exact import exact, floor_to


@dataclass(frozen=True, slots=True)
class Coin:
    """A coin that can be traded now: coins held, its price in USDT, the steps of its quantity, the least order in USDT."""

    symbol: str
    quantity: Decimal
    price: Decimal
    lot: Decimal
    least: Decimal


@dataclass(frozen=True, slots=True)
class Change:
    """Coins to buy, or below 0 to sell, whole lots."""

    symbol: str
    quantity: Decimal


@exact
def changes(coins: Sequence[Coin], shares: Mapping[str, Decimal], equity: Decimal) -> list[Change]:
    """Return what brings an account to its target shares: sales first, then purchases, each by symbol.

    Args:
        coins: that are held or wanted.
        shares: of equity that each coin is to have; one that lacks is to be left.
        equity: of the account, USDT.
    """
    sales, purchases = [], []
    for coin in sorted(coins, key=lambda one: one.symbol):
        wanted = equity * shares.get(coin.symbol, Decimal(0))
        if not wanted:
            sales += [Change(coin.symbol, -coin.quantity)] if coin.quantity else []
            continue
        lacking = wanted - coin.quantity * coin.price
        if abs(lacking) < coin.least:
            continue
        quantity = abs(lacking) // (coin.price * coin.lot) * coin.lot
        if lacking > 0 and quantity:
            purchases.append(Change(coin.symbol, quantity))
        elif lacking < 0 and quantity:
            sales.append(Change(coin.symbol, -min(quantity, coin.quantity)))
    return [*sales, *purchases]


@exact
def affordable(quantity: Decimal, price: Decimal, lot: Decimal, fee: Decimal, cash: Decimal) -> Decimal:
    """Return as much of a purchase as the cash pays for with its fee, in whole lots."""
    if quantity * price * (1 + fee) <= cash:
        return quantity
    return max(cash, Decimal(0)) // (price * lot * (1 + fee)) * lot


@exact
def parts(lots: Sequence[Decimal], quantity: Decimal, lot: Decimal) -> list[Decimal]:
    """Return how much of a sale each purchase before it gives, the oldest first; in whole lots unless a purchase goes whole."""
    taken = []
    for held in lots:
        part = held if held <= quantity else floor_to(quantity, lot)
        taken.append(part)
        quantity -= part
    return taken
