"""What a question is about: which coin, which kind of event, and whether Yes speaks for rising or falling prices."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from functions.factors.reading import MARKET
from functions.polymarket.gamma import Market


class Kind(StrEnum):
    """What decides a market."""

    PRICE = "price"
    ETF = "etf"
    REGULATION = "regulation"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a market is about; `lean` is +1 when Yes is good for the price, -1 when it is bad, 0 when neither can be said."""

    symbol: str
    kind: Kind
    lean: int


_NAMES: Final[Mapping[str, str]] = {
    "bitcoin": "BTC", "btc": "BTC", "microstrategy": "BTC",
    "ethereum": "ETH", "ether": "ETH", "eth": "ETH",
    "solana": "SOL", "xrp": "XRP", "ripple": "XRP", "dogecoin": "DOGE", "doge": "DOGE", "cardano": "ADA", "litecoin": "LTC",
    "chainlink": "LINK", "avalanche": "AVAX", "bnb": "BNB", "hyperliquid": "HYPE", "polkadot": "DOT", "toncoin": "TON",
    "tron": "TRX", "stellar": "XLM", "hedera": "HBAR", "uniswap": "UNI", "aave": "AAVE", "shiba inu": "SHIB", "pepe": "PEPE",
    "monero": "XMR", "zcash": "ZEC", "bitcoin cash": "BCH", "sui": "SUI", "aptos": "APT", "bonk": "BONK",
}  # fmt: skip
_COIN = re.compile(rf"\b({'|'.join(sorted(_NAMES, key=len, reverse=True))})\b", re.IGNORECASE)
_TICKER = re.compile(r"\$([A-Z]{2,10})\b|\b(SOL|ADA|LTC|AVAX|DOT|TRX|XLM|LINK)\b")  # as words some are English: capitals only
_FIGURE = re.compile(r"\$\s?\d|\b\d[\d,.]*\s?k\b|price|all[- ]time high|\bath\b|market cap", re.IGNORECASE)
_BETWEEN = re.compile(r"\bbetween\b|\d\s?(?:-|–|to)\s?\$?\d", re.IGNORECASE)
_DOWN = re.compile(r"\b(below|under|less than|dips?|falls?|drops?|crash(?:es)?|lower than|lows?)\b|↓|<", re.IGNORECASE)
_UP = re.compile(
    r"\b(above|over|more than|hits?|reach(?:es)?|exceeds?|higher than|at least|all[- ]time high|ath|highs?)\b|↑|>|≥",
    re.IGNORECASE,
)
_LAW = re.compile(
    r"\b(sec|cftc|congress|senate|house|bill|act|law|regulat\w*|ban|bans|banned|lawsuit|sues?|reserve|legal tender|genius)"
    r"\b",
    re.IGNORECASE,
)
_BAD = re.compile(
    r"\b(bans?|banned|sues?|sued|lawsuit|reject\w*|den(?:y|ies|ied)|hack\w*|insolven\w*|bankrupt\w*|depeg\w*|delay\w*)\b", re.I
)
_GOOD = re.compile(r"\b(approv\w*|sign(?:s|ed)?|pass(?:es|ed)?|adopt\w*|launch\w*|establish\w*|buys?)\b", re.IGNORECASE)
_CLOCK = re.compile(r"up[- ]?or[- ]?down|updown", re.IGNORECASE)
SHORTEST = timedelta(hours=6)  # a market that lives for less is a bet on noise


def subject_of(title: str, question: str) -> Subject:
    """Return what a question is about; a coin is looked for in the question first, then in the title of its group."""
    symbol = _symbol(question) or _symbol(title) or MARKET
    text = f"{title} {question}"
    if re.search(r"\betfs?\b", text, re.IGNORECASE):
        return Subject(symbol, Kind.ETF, _verdict(question))
    if _FIGURE.search(text) and symbol != MARKET:
        return Subject(symbol, Kind.PRICE, _direction(question))
    if _LAW.search(text):
        return Subject(symbol, Kind.REGULATION, _verdict(question))
    return Subject(symbol, Kind.OTHER, 0)


def is_clock_bet(market: Market) -> bool:
    """Tell whether a market only asks where the price stands in some minutes or hours."""
    if _CLOCK.search(market.slug) or _CLOCK.search(market.question):
        return True
    spanned = market.starts_at and market.ends_at
    return bool(spanned and market.ends_at and market.starts_at and market.ends_at - market.starts_at < SHORTEST)


def _symbol(text: str) -> str:
    coin, ticker = _COIN.search(text), _TICKER.search(text)
    if coin:
        return f"{_NAMES[coin[0].casefold()]}USDT"
    return f"{ticker[1] or ticker[2]}USDT" if ticker else ""


def _direction(question: str) -> int:
    if _BETWEEN.search(question):
        return 0
    down, up = bool(_DOWN.search(question)), bool(_UP.search(question))
    return up - down


def _verdict(question: str) -> int:
    if _BAD.search(question):
        return -1
    return 1 if _GOOD.search(question) else 0
