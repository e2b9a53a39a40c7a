"""Flows in USD and the readings they become: more stablecoins are buying power, coins that go to exchanges are for sale."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from functions.factors.reading import MARKET, Factor, FactorReading
from functions.onchain.rules import FlowRules

STABLECOINS, ALL, ISSUERS = "stablecoins", "all", "issuers"
SUPPLY, BALANCES = "stablecoin_supply", "exchange_flows"  # names of the sources


@dataclass(frozen=True, slots=True)
class Flow:
    """What went to one exchange within 24 hours, or left it.

    Args:
        exchange: its name; `issuers` for stablecoins that were issued less those that were taken back.
        asset: `stablecoins` or `all`.
        net_usd: in less out.
        balance_usd: what is there now, without the exchange's own coin; the whole supply with `issuers`.
    """

    exchange: str
    asset: str
    net_usd: Decimal
    balance_usd: Decimal


@dataclass(frozen=True, slots=True)
class Supply:
    """The stablecoins that follow the dollar, USD: now, a day and a week ago, of those that have all three figures."""

    now: Decimal
    day_ago: Decimal
    week_ago: Decimal
    coins: int


@dataclass(frozen=True, slots=True)
class Said:
    """What a source said: its flows, the reading they become, and how many entries were left out."""

    flows: Sequence[Flow]
    reading: FactorReading
    left_out: int


def supply_reading(supply: Supply, as_of: datetime, rules: FlowRules) -> FactorReading:
    """Return `value = growth in seven days / full_growth` within -1..1: what was issued in a week waits to buy."""
    growth = float(supply.now / supply.week_ago - 1)
    return FactorReading(
        symbol=MARKET,
        factor=Factor.ONCHAIN,
        source=SUPPLY,
        value=max(-1.0, min(1.0, growth / rules.full_growth)),
        confidence=rules.supply_confidence,
        as_of=as_of,
        stale_at=as_of + rules.life,
        evidence={
            "supply_usd": float(supply.now),
            "change_24h_usd": float(supply.now - supply.day_ago),
            "change_7d_usd": float(supply.now - supply.week_ago),
            "coins": supply.coins,
            "by": "DefiLlama",
        },
    )


def flow_reading(flows: Sequence[Flow], as_of: datetime, rules: FlowRules) -> FactorReading:
    """Return `value = -(sum(net) / sum(balance)) / full_flow` within -1..1: what comes to exchanges is for sale."""
    net, balance = net_flow(flows), sum((flow.balance_usd for flow in flows), Decimal(0))
    return FactorReading(
        symbol=MARKET,
        factor=Factor.ONCHAIN,
        source=BALANCES,
        value=max(-1.0, min(1.0, -float(net / balance) / rules.full_flow)),
        confidence=rules.flow_confidence,
        as_of=as_of,
        stale_at=as_of + rules.life,
        evidence={"net_24h_usd": float(net), "balance_usd": float(balance), "exchanges": len(flows), "by": "DefiLlama"},
    )


def net_flow(flows: Sequence[Flow]) -> Decimal:
    """Return what flowed in altogether, USD; exact, so that any division of the flows adds up to the same."""
    return sum((flow.net_usd for flow in flows), Decimal(0))
