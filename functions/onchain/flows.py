"""Flows in USD and the readings they become: more stablecoins are buying power, coins that go to exchanges are for sale."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from functions.factors.reading import MARKET, Factor, FactorReading
from functions.onchain.rules import FlowRules

STABLECOINS, ALL, ISSUERS = "stablecoins", "all", "issuers"
USD = "USD"
SUPPLY, BALANCES = "stablecoin_supply", "exchange_flows"  # names of the sources


@dataclass(frozen=True, slots=True)
class Flow:
    """What went to one exchange within 24 hours, or left it.

    Args:
        exchange: its name; `issuers` for stablecoins that were issued less those that were taken back.
        asset: `stablecoins`, `all`, or a coin.
        net: in less out.
        balance: what is there now, without the exchange's own coin; the whole supply with `issuers`; None where nobody says.
        unit: of both: USD, or the coin itself.
    """

    exchange: str
    asset: str
    net: Decimal
    balance: Decimal | None
    unit: str = USD


@dataclass(frozen=True, slots=True)
class Supply:
    """The stablecoins that follow the dollar, USD: now, a day and a week ago, of those that have all three figures."""

    now: Decimal
    day_ago: Decimal
    week_ago: Decimal
    coins: int


@dataclass(frozen=True, slots=True)
class Said:
    """What a source said.

    Args:
        flows: of 24 hours that end at `at`.
        readings: what they become.
        left_out: entries that could not be used.
        at: None for the moment of the question.
    """

    flows: Sequence[Flow]
    readings: Sequence[FactorReading]
    left_out: int
    at: datetime | None = None


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
    net, balance = net_flow(flows), sum((flow.balance or Decimal(0) for flow in flows), Decimal(0))
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


def reserve_reading(flow: Flow, source: str, symbol: str, sign: int, end: datetime, rules: FlowRules) -> FactorReading:
    """Return `value = sign * (net / balance) / full_flow` within -1..1, of a day that ended at `end`."""
    share = float(flow.net / flow.balance) if flow.balance else 0.0
    evidence = {"net_24h": float(flow.net), "balance": float(flow.balance or 0), "unit": flow.unit, "by": "CryptoQuant"}
    return _daily(source, symbol, sign * share / rules.full_flow, end, evidence, rules)


def tilt_reading(
    flows: Sequence[Flow], moved: Decimal, source: str, symbol: str, sign: int, end: datetime, rules: FlowRules
) -> FactorReading:
    """Return `value = sign * (net / moved) / full_tilt` within -1..1, of a day that ended at `end`; `moved` is in plus out."""
    net = net_flow(flows)
    evidence = {"net_24h_usd": float(net), "moved_24h_usd": float(moved), "exchanges": len(flows), "by": "Dune"}
    return _daily(source, symbol, sign * float(net / moved) / rules.full_tilt, end, evidence, rules)


def _daily(
    source: str, symbol: str, value: float, end: datetime, evidence: Mapping[str, object], rules: FlowRules
) -> FactorReading:
    return FactorReading(
        symbol=symbol,
        factor=Factor.ONCHAIN,
        source=source,
        value=max(-1.0, min(1.0, value)),
        confidence=rules.confidence_of(symbol),
        as_of=end,
        stale_at=end + rules.daily_life,
        evidence=evidence,
    )


def net_flow(flows: Sequence[Flow]) -> Decimal:
    """Return what flowed in altogether, of flows in one unit; exact, so that any division of them adds up to the same."""
    return sum((flow.net for flow in flows), Decimal(0))
