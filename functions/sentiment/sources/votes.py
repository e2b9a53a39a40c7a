"""How the visitors of CoinGecko vote on each coin. Needs no key; with a demo key more coins are asked for.

Source: https://docs.coingecko.com, `GET /coins/{id}`: one coin a call, so only the best known are asked for. Its terms ask
to name CoinGecko beside the number.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from functions.errors import Broken, QuorumError
from functions.factors.reading import Factor, FactorReading
from functions.outgoing import Source, get_json
from functions.outgoing.run import SourceAnswer
from functions.pairs import QUOTE
from functions.sentiment.crowd import leans
from functions.sentiment.figures import figure

NAME = "votes"
LIFE = timedelta(hours=7)
CONFIDENCE = 0.1  # nothing published says how much votes foretell, so they have to earn more
ASKING_SECONDS = 40.0  # after them no further coin is asked for
WITHOUT_KEY = 5
# A symbol is no name at CoinGecko: several coins share one.
IDS = {
    "BTC": "bitcoin", "ETH": "ethereum", "SOL": "solana", "XRP": "ripple", "DOGE": "dogecoin", "ADA": "cardano",
    "BNB": "binancecoin", "TRX": "tron", "LINK": "chainlink", "AVAX": "avalanche-2", "TON": "the-open-network",
    "DOT": "polkadot", "LTC": "litecoin", "SHIB": "shiba-inu", "NEAR": "near", "UNI": "uniswap", "PEPE": "pepe",
    "APT": "aptos", "ARB": "arbitrum", "SUI": "sui",
}  # fmt: skip
_NOTHING_ELSE = {
    "localization": "false",
    "tickers": "false",
    "market_data": "false",
    "community_data": "true",
    "developer_data": "false",
    "sparkline": "false",
}
_SHOWN = ("reddit_subscribers", "reddit_accounts_active_48h", "telegram_channel_user_count")


@dataclass(frozen=True, slots=True)
class Votes:
    """What the visitors say of a coin: the share of good votes, 0..100, and how large its community is."""

    up: float
    evidence: Mapping[str, float]


def read(source: Source, coins: Collection[str], as_of: datetime, most: int) -> SourceAnswer:
    """Return the votes of the best known coins that trade, `most` of them; an error ends the asking and keeps what came.

    Raises:
        RetryLater: it does not answer at all.
        Broken: it refuses, or none of its answers has votes.
    """
    until, found, unreadable = monotonic() + ASKING_SECONDS, dict[str, Votes](), list[str]()
    wanted = [(coin, name) for coin, name in IDS.items() if coin in coins][:most]
    trouble = ""
    for coin, name in wanted:
        if monotonic() > until:
            trouble = f"{source.name} was too slow: {len(found)} of {len(wanted)} coins"
            break
        try:
            answer = get_json(source, f"/coins/{name}", _NOTHING_ELSE)
        except QuorumError as error:
            if not found:
                raise
            trouble = f"{error.detail}: {len(found)} of {len(wanted)} coins"
            break
        if votes := votes_of(answer):
            found[coin] = votes
        else:
            unreadable.append(coin)
    if wanted and not found:
        raise Broken("source_unreadable", f"expected votes of 0 to 100 percent, got none of {', '.join(unreadable)}")
    return SourceAnswer(readings(found, as_of), left_out=len(unreadable), trouble=trouble)


def votes_of(answer: Any) -> Votes | None:
    """Read one coin's answer; None without a share of votes."""
    if not isinstance(answer, Mapping) or (up := figure(answer.get("sentiment_votes_up_percentage"))) is None or up > 100:
        return None
    community = answer.get("community_data")
    rows = {**community, "watchers": answer.get("watchlist_portfolio_users")} if isinstance(community, Mapping) else {}
    return Votes(up, {name: n for name in (*_SHOWN, "watchers") if (n := figure(rows.get(name)))})


def readings(found: Mapping[str, Votes], as_of: datetime) -> list[FactorReading]:
    """Return the votes as readings: how far each coin's are from what is usual."""
    leaning = leans({coin: votes.up for coin, votes in found.items()})
    return [
        FactorReading(
            symbol=f"{coin}{QUOTE}",
            factor=Factor.SENTIMENT,
            source=NAME,
            value=leaning[coin],
            confidence=CONFIDENCE,
            as_of=as_of,
            stale_at=as_of + LIFE,
            evidence={"value": votes.up, **votes.evidence, "by": "CoinGecko"},
        )
        for coin, votes in found.items()
    ]
