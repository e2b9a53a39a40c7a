"""Which pairs exist and which are worth watching."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import isfinite

from functions.market.wire import LARGEST_AMOUNT, LARGEST_PRICE, name_of
from functions.pairs import QUOTE

TRADING, DELISTED = "Trading", "Delisted"
STATUSES = frozenset({TRADING, "PreLaunch", "Delivering", "Settling", "Closed"})  # as the exchange knows them
GONE_FOR = timedelta(minutes=10)  # an answer without a pair may be half an answer; two so far apart are a delisting
COINS = frozenset({"", "adventure", "innovation"})  # the kinds of pairs that are coins; a kind not named here is none
NO_COINS = frozenset({"xstocks"})  # kinds that are known to be none: shares as tokens
_LEVERAGED = re.compile(r"[A-Z0-9]{2,}[1-9][LS]")  # BTC3L, ETH2S: a coin with leverage inside
# Pegged to a currency, to gold or to another coin: their price is that of the peg.
PEGGED = frozenset({
    "USDC", "USDE", "USD1", "DAI", "TUSD", "FDUSD", "PYUSD", "USDD", "USDP", "GUSD", "LUSD", "USDY", "USDQ", "USDR", "USDB",
    "USDS", "USDTB", "RLUSD", "XUSD", "BUSD", "SUSD", "FRAX", "CUSD", "MUSD", "MNEE",
    "EUR", "EURC", "EURQ", "EURR", "EURS", "AEUR", "GBP", "BRL", "BRZ", "TRY", "PLN", "AUD", "JPY", "CHF", "XSGD",
    "PAXG", "XAUT", "WBTC", "WETH", "STETH", "WSTETH", "METH", "CMETH", "BBSOL",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Instrument:
    """One spot pair as the exchange describes it; sizes in the coins' own units."""

    symbol: str
    base: str
    quote: str
    status: str  # one of `STATUSES`, or a word of tomorrow: such a pair is neither ranked nor gone
    tick_size: Decimal
    lot_size: Decimal
    min_order_amount: Decimal
    kind: str
    special_treatment: bool


@dataclass(frozen=True, slots=True)
class Ticker:
    """A pair's latest price and its last 24 hours.

    `volume` in the base coin, `turnover` in the quote coin, `change` as a fraction (0.01 is one percent). `bid` and `ask` come by
    REST only, together, and held at `quoted_at`. `exchange_time` is the exchange's.

    Raises:
        ValueError: a price is not above zero or absurdly large, or another number or the name is impossible.
    """

    symbol: str
    price: float
    high: float
    low: float
    volume: float
    turnover: float
    change: float
    exchange_time: datetime
    bid: float | None = None
    ask: float | None = None
    quoted_at: datetime | None = None

    def __post_init__(self) -> None:
        name_of(self.symbol)
        prices = [price for price in (self.price, self.bid, self.ask) if price is not None]
        if not all(0 < price < LARGEST_PRICE for price in prices):
            raise ValueError(f"expected prices of {self.symbol} above zero, got {prices}")
        extremes, traded = (self.high, self.low), (self.volume, self.turnover)
        possible = all(0 <= price < LARGEST_PRICE for price in extremes) and all(
            0 <= amount < LARGEST_AMOUNT for amount in traded
        )
        if not possible or not isfinite(self.change):
            day = (*extremes, *traded, self.change)
            raise ValueError(f"expected the last 24 hours of {self.symbol} in numbers, got {day}")


@dataclass(frozen=True, slots=True)
class RankedSymbol:
    """A pair of a day's universe: rank 1 has the largest 24h turnover."""

    instrument: Instrument
    rank: int
    turnover: float


def quoted_in_usdt(instruments: Iterable[Instrument]) -> list[Instrument]:
    """Return the pairs the universe is made of: quoted in USDT and trading."""
    return [pair for pair in instruments if pair.quote == QUOTE and pair.status == TRADING]


def tradable(instrument: Instrument) -> bool:
    """Tell whether a pair is worth scanning: a coin, without leverage, special treatment or a peg."""
    return (
        instrument.quote == QUOTE
        and instrument.status == TRADING
        and instrument.kind in COINS
        and not _LEVERAGED.fullmatch(instrument.base)
        and not instrument.special_treatment
        and instrument.base not in PEGGED
    )


def unknown_kinds(instruments: Iterable[Instrument]) -> Mapping[str, int]:
    """Return the kinds of pairs that nobody has judged yet, each with how many pairs are of it: they are left out."""
    return Counter(pair.kind for pair in instruments if pair.kind not in COINS | NO_COINS)


def rank_by_turnover(instruments: Iterable[Instrument], tickers: Iterable[Ticker]) -> list[RankedSymbol]:
    """Rank every USDT pair that trades by its 24h turnover; a pair without a ticker counts as none, ties go by name."""
    turnover = {ticker.symbol: ticker.turnover for ticker in tickers}
    pairs = quoted_in_usdt(instruments)
    pairs.sort(key=lambda pair: (-turnover.get(pair.symbol, 0.0), pair.symbol))
    return [RankedSymbol(pair, rank, turnover.get(pair.symbol, 0.0)) for rank, pair in enumerate(pairs, start=1)]


def top(ranked: Sequence[RankedSymbol], count: int) -> list[str]:
    """Return the first `count` tradable symbols of a ranking."""
    return [pair.instrument.symbol for pair in ranked if tradable(pair.instrument)][:count]
