"""What a headline says of each coin: where it names several, the part that names the coin."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from functions.sentiment.coins.linking import links

_LEAST_WORDS = 3  # of a part that can be judged by itself
_BETWEEN = re.compile(
    r"\s*(?:;|,?\s+-\s+|,?\s+(?:while|whereas|but|as|though|despite|amid)\s+|,\s+(?:а|но|тогда как|пока)\s+|\s+пока\s+)\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Said:
    """A coin, and the words that are judged for it."""

    coin: str
    words: str


def said_of_coins(headline: str, coins: Collection[str]) -> tuple[Said, ...]:
    """Return each coin that a plain headline names with the words about it.

    "Bitcoin falls hard while Ethereum climbs on" says one thing of BTC and another of ETH. Where a part is too short to be judged
    by itself, or all coins stand in one, the whole headline is said of each.
    """
    named = links(headline, coins)
    if len(named) < 2:
        return tuple(Said(link.coin, headline) for link in named)
    parts = _parts(headline)
    of_coin = {link.coin: next(words for end, words in parts if link.place < end) for link in named}
    if len(set(of_coin.values())) < 2 or any(len(words.split()) < _LEAST_WORDS for words in of_coin.values()):
        return tuple(Said(link.coin, headline) for link in named)
    return tuple(Said(coin, words) for coin, words in of_coin.items())


def _parts(headline: str) -> list[tuple[int, str]]:
    """Return the end and the words of each part."""
    parts, begin = [], 0
    for gap in _BETWEEN.finditer(headline):
        parts.append((gap.end(), headline[begin : gap.start()]))
        begin = gap.end()
    return [*parts, (len(headline) + 1, headline[begin:])]
