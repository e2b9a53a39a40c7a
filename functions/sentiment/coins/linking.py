"""From a headline to the coins it names."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache

from functions.sentiment.coins.aliases import NAMES, NOT_FOLLOWED_BY, WORDS

MOST_COINS = 6  # a headline that names more is a list and news of none
_QUOTES = "USDT|USDC|USD|EUR|BTC"
_CASHTAG = re.compile(r"(?<![\w$])\$([A-Za-z0-9]{1,10})\b")
_BRACKETED = re.compile(r"\(\$?([A-Z0-9]{2,10})\)")
_PAIR = re.compile(rf"\b([A-Z0-9]{{1,10}}?)[/-]?(?:{_QUOTES})\b")
_BARE = re.compile(r"(?<![\w$/-])([A-Z0-9]{2,10})\b(?![/]\w)")
_WORD = re.compile(r"[^\W\d_]+")
_SHOUTED = 0.6  # share of capitals in the other words from which on capitals say nothing


@dataclass(frozen=True, slots=True)
class Mention:
    """A name of a coin in a headline: from `begin` to before `end`."""

    coin: str
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Link:
    """A coin (`BTC`), and where in the headline its first name stands."""

    coin: str
    place: int


def links(headline: str, coins: Collection[str]) -> tuple[Link, ...]:
    """Return the coins that a plain headline names, in the order of their first names; none of more than six.

    `$BTC`, `(BTC)`, `($BTC)`, `BTC/USDT` and `BTCUSDT` name any coin. Bare capitals name those that stand in the table of names
    and are no word ("ONE", "GAS", "NEAR" are), unless the whole headline is in capitals. A name counts as a word of its own:
    "something" names no ETH, and "Bitcoin Cash" no BTC. `ETH/BTC` is about ETH.

    Args:
        headline: as `plain` returns it.
        coins: tickers that there are.
    """
    first: dict[str, int] = {}
    for mention in mentions(headline):
        if mention.coin in coins:
            first.setdefault(mention.coin, mention.begin)
    return tuple(Link(coin, place) for coin, place in first.items()) if len(first) <= MOST_COINS else ()


def mentions(headline: str) -> list[Mention]:
    """Return every name of a coin in a plain headline, in their order; two may lie over each other, as in `(BTC)`."""
    return sorted(_named(headline), key=lambda mention: mention.begin)


def _named(headline: str) -> Iterator[Mention]:
    for tag in _CASHTAG.finditer(headline):
        if not tag[1].isdigit():
            yield Mention(tag[1].upper(), *tag.span())
    for pattern in (_BRACKETED, _PAIR):
        yield from (Mention(found[1], *found.span()) for found in pattern.finditer(headline))
    if not _is_shouted(headline):
        bare_names = (bare for bare in _BARE.finditer(headline) if bare[1] in NAMES and bare[1] not in WORDS)
        yield from (Mention(bare[1], *bare.span()) for bare in bare_names)
    for name in _names().finditer(headline):
        following = headline[name.end() :].split(maxsplit=1)[:1]
        if not following or following[0].strip(".,:;!?").casefold() not in NOT_FOLLOWED_BY:
            yield Mention(_coin_of(name[0]), *name.span())


def _is_shouted(headline: str) -> bool:
    letters: list[str] = [letter for word in _WORD.findall(headline) if word not in NAMES for letter in word]
    capitals = sum(letter.isupper() for letter in letters)
    return capitals > _SHOUTED * len(letters)


@cache
def _names() -> re.Pattern[str]:
    """Return what finds every name of the table, the longest first."""
    names = sorted((name for several in NAMES.values() for name in several), key=len, reverse=True)
    forms = "|".join(re.escape(name).replace(r"\*", r"\w*") for name in names)
    return re.compile(rf"(?<![\w$])(?:{forms})(?=s?\b|'s\b)", re.IGNORECASE)


@cache
def _coin_of(name: str) -> str:
    exact = {alias: coin for coin, aliases in NAMES.items() for alias in aliases}
    said = name.casefold()
    if said in exact:
        return exact[said]
    stems = ((alias[:-1], coin) for alias, coin in exact.items() if alias.endswith("*"))
    return max(((stem, coin) for stem, coin in stems if said.startswith(stem)), key=lambda pair: len(pair[0]))[1]
