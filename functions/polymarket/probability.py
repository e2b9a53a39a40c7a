"""From quotes to a probability: the middle of a narrow book, else the last trade; exclusive outcomes are 1 together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from functions.polymarket.gamma import Event, Market
from functions.polymarket.rules import OddsRules


class Basis(StrEnum):
    """What a probability was read from."""

    MID = "mid"
    TRADE = "last_trade"
    PRICE = "price"


@dataclass(frozen=True, slots=True)
class Estimate:
    """One market's probability on its own, 0..1, and what it was read from."""

    raw: float
    basis: Basis


@dataclass(frozen=True, slots=True)
class Odds:
    """A market's probability.

    Args:
        raw: on its own, 0..1.
        probability: the same, renormalised within a group of exclusive outcomes; None where the group is not whole.
        basis: what it was read from.
        group_sum: of the raw ones of its group; None outside of groups.
    """

    raw: float
    probability: float | None
    basis: Basis
    group_sum: float | None


def estimate(market: Market, rules: OddsRules) -> Estimate | None:
    """Return `(bid + ask) / 2` where their distance is at most the widest spread, else the last trade, else the quoted price.

    A side that nobody quotes stands at 0 or 1. None when nothing is quoted, or bid and ask are crossed and nothing was traded.
    """
    if market.bid is not None or market.ask is not None:
        bid, ask = market.bid or 0.0, 1.0 if market.ask is None else market.ask
        if 0 <= round(ask - bid, 9) <= rules.widest_spread:
            return Estimate((bid + ask) / 2, Basis.MID)
    if market.last_trade is not None:
        return Estimate(market.last_trade, Basis.TRADE)
    if market.bid is None and market.ask is None and market.price is not None:
        return Estimate(market.price, Basis.PRICE)
    return None


def odds_of(events: Iterable[Event], rules: OddsRules) -> Mapping[str, Odds]:
    """Return the odds of every open market that has a quote, by the market's id.

    In a group of exclusive outcomes `probability = raw / sum(raw)` over its open markets. Without the quote of one of them the
    sum says nothing, and all of them stay without a probability.
    """
    found: dict[str, Odds] = {}
    for event in events:
        there = {market.id: estimate(market, rules) for market in event.markets if not market.closed}
        quoted = {name: one for name, one in there.items() if one}
        if not event.exclusive or len(there) == 1:
            found |= {name: Odds(one.raw, one.raw, one.basis, None) for name, one in quoted.items()}
            continue
        total = sum(one.raw for one in quoted.values())
        whole = len(quoted) == len(there) and total > 0
        found |= {
            name: Odds(one.raw, one.raw / total if whole else None, one.basis, total if whole else None)
            for name, one in quoted.items()
        }
    return found
