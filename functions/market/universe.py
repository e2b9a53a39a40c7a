"""Which pairs exist and which are worth watching."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import isfinite

QUOTE = "USDT"
TRADING = "Trading"
# Pegged to a currency, to gold or to another coin: they say nothing that their peg does not say.
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
    status: str
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
        ValueError: a price is not finite and above zero, or another number or the name is impossible.
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
        if not self.symbol.isalnum():
            raise ValueError(f"expected the name of a pair, got {self.symbol!r}")
        prices = [price for price in (self.price, self.bid, self.ask) if price is not None]
        if not all(isfinite(price) and price > 0 for price in prices):
            raise ValueError(f"expected prices of {self.symbol} above zero, got {prices}")
        day = (self.high, self.low, self.volume, self.turnover)
        if not all(isfinite(number) and number >= 0 for number in day) or not isfinite(self.change):
            raise ValueError(f"expected the last 24 hours of {self.symbol} in numbers, got {(*day, self.change)}")


@dataclass(frozen=True, slots=True)
class RankedSymbol:
    """A pair of a day's universe: rank 1 has the largest 24h turnover."""

    instrument: Instrument
    rank: int
    turnover: float


def quoted_in_usdt(instruments: Iterable[Instrument]) -> list[Instrument]:
    """Return the pairs the universe is made of: quoted in USDT and trading."""
    return [one for one in instruments if one.quote == QUOTE and one.status == TRADING]


def tradable(instrument: Instrument) -> bool:
    """Tell whether a pair is worth scanning: no tokenised stock, no special treatment, no pegged coin."""
    return (
        instrument.quote == QUOTE
        and instrument.status == TRADING
        and instrument.kind != "xstocks"
        and not instrument.special_treatment
        and instrument.base not in PEGGED
    )


def rank_by_turnover(instruments: Iterable[Instrument], tickers: Iterable[Ticker]) -> list[RankedSymbol]:
    """Rank every USDT pair that trades by its 24h turnover; a pair without a ticker counts as none, ties go by name."""
    turnover = {ticker.symbol: ticker.turnover for ticker in tickers}
    pairs = quoted_in_usdt(instruments)
    pairs.sort(key=lambda one: (-turnover.get(one.symbol, 0.0), one.symbol))
    return [RankedSymbol(one, rank, turnover.get(one.symbol, 0.0)) for rank, one in enumerate(pairs, start=1)]


def top(ranked: Sequence[RankedSymbol], count: int) -> list[str]:
    """Return the first `count` tradable symbols of a ranking."""
    return [one.instrument.symbol for one in ranked if tradable(one.instrument)][:count]
