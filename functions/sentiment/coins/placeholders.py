"""A headline whose coins have no names, so that whoever judges it cannot judge the coin by what he knows of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from functions.sentiment.coins.aliases import NAMES
from functions.sentiment.coins.linking import mentions


@dataclass(frozen=True, slots=True)
class Nameless:
    """A headline with placeholders, and the placeholder of each coin that was asked for; one that is not named keeps its name."""

    headline: str
    placeholders: Mapping[str, str]


def nameless(headline: str, coins: Sequence[str]) -> Nameless:
    """Return a plain headline with each name of these coins, and of those with a name of their own, replaced.

    "Bitcoin falls while Ethereum climbs" is "COIN1 falls while COIN2 climbs". Placeholders are counted in the order of the names,
    so that two headlines that differ in their coins alone become one.
    """
    placeholders: dict[str, str] = {}
    parts, done = [], 0
    for mention in mentions(headline):
        if (mention.coin not in coins and mention.coin not in NAMES) or mention.begin < done:
            continue
        placeholder = placeholders.setdefault(mention.coin, f"COIN{len(placeholders) + 1}")
        parts += [headline[done : mention.begin], placeholder]
        done = mention.end
    return Nameless("".join([*parts, headline[done:]]), {coin: placeholders.get(coin, coin) for coin in coins})
