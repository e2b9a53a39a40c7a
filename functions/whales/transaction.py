"""A large transaction between two parties, and which of five kinds it is by who they are."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

EXCHANGE = "exchange"  # the type of an owner
WRAPPED = {"WBTC": "BTC", "WETH": "ETH"}  # the same coin on another chain
STABLECOINS = frozenset(
    {"USDT", "USDC", "DAI", "FDUSD", "TUSD", "BUSD", "USDP", "PYUSD", "USDE", "GUSD", "USDD", "USD1", "RLUSD"}
)


class Kind(StrEnum):
    """What a transaction means to the market."""

    INFLOW = "inflow"  # to an exchange: a coin that may be sold, a stablecoin that may buy
    OUTFLOW = "outflow"  # from an exchange
    INTERNAL = "internal"  # within one exchange
    CROSS_EXCHANGE = "cross_exchange"  # from one exchange to another
    OTHER = "other"  # everything else, with what is issued and taken back


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a transaction.

    Args:
        address: its main one; empty when several or none are named.
        owner: who holds it, in lower case; empty when nobody knows.
        owner_type: `exchange`, `unknown` or whatever else the source says.
    """

    address: str = ""
    owner: str = ""
    owner_type: str = "unknown"

    @property
    def is_exchange(self) -> bool:
        """Tell whether it is an address of an exchange."""
        return self.owner_type == EXCHANGE


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transfer of one coin; a transaction of the chain may hold several.

    Args:
        blockchain: e.g. `ethereum`.
        hash: of the chain's transaction, without 0x.
        part: which of its transfers, as the feed numbers them.
        at: the chain's time.
        action: `transfer`, `mint`, `burn`, `lock` or `unlock`.
        asset: the coin, in capitals.
    """

    blockchain: str
    hash: str
    part: str
    at: datetime
    action: str
    asset: str
    amount: Decimal
    amount_usd: Decimal
    sender: Party
    recipient: Party

    @property
    def coin(self) -> str:
        """Return the coin whose market it concerns: that of a wrapped one."""
        return WRAPPED.get(self.asset, self.asset)

    @property
    def kind(self) -> Kind:
        """Return what it means by who its parties are."""
        return kind_of(self.action, self.sender, self.recipient)


def kind_of(action: str, sender: Party, recipient: Party) -> Kind:
    """Return the kind of a transaction: only a transfer between an exchange and somebody else flows in or out."""
    if action != "transfer" or not (sender.is_exchange or recipient.is_exchange):
        return Kind.OTHER
    if sender.is_exchange and recipient.is_exchange:
        return Kind.INTERNAL if sender.owner == recipient.owner else Kind.CROSS_EXCHANGE
    return Kind.INFLOW if recipient.is_exchange else Kind.OUTFLOW
