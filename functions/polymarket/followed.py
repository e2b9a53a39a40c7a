"""Which markets are followed: the busiest of those that live long enough, and every one that was followed before."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from functions.polymarket.gamma import Event, Market
from functions.polymarket.rules import OddsRules
from functions.polymarket.subjects import Subject, is_clock_bet, subject_of


@dataclass(frozen=True, slots=True)
class Followed:
    """A market that is followed, with the group it stands in and what it is about."""

    market: Market
    event: Event
    subject: Subject


def choose(events: Iterable[Event], known: Collection[str], rules: OddsRules, as_of: datetime) -> list[Followed]:
    """Return the markets to follow, the busiest first.

    Args:
        events: of one walk.
        known: ids of the markets that are followed already and not resolved; they stay, also when they are closed.
        rules: what a new market must have.
        as_of: market time of the walk.
    """
    markets = sorted(
        ((market, event) for event in events for market in event.markets), key=lambda pair: (-pair[0].volume_24h, pair[0].id)
    )
    old = [pair for pair in markets if pair[0].id in known]
    room = max(rules.most_markets - len(known), 0)
    new = [pair for pair in markets if pair[0].id not in known and _is_worth_it(pair[0], rules, as_of)][:room]
    return [Followed(market, event, subject_of(event.title, market.question)) for market, event in [*old, *new]]


def is_settling(market: Market, as_of: datetime) -> bool:
    """Tell whether what it shows is its end and no opinion any more."""
    return market.settling or market.closed or bool(market.ends_at and market.ends_at <= as_of)


def _is_worth_it(market: Market, rules: OddsRules, as_of: datetime) -> bool:
    return (
        not market.closed
        and not is_clock_bet(market)
        and market.liquidity >= rules.least_liquidity
        and market.volume_24h >= rules.least_volume
        and (market.ends_at is None or market.ends_at - as_of >= rules.least_life)
    )
