"""What each simulated pair is: its size, its steps, its character; all drawn from the seed and the name."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tests.sim.market.names import coin_names
from tests.sim.market.noise import key_of

SymbolType = Literal["", "adventure", "xstocks"]
_KNOWN_PRICES = {
    "BTC": 60_000.0, "ETH": 3_000.0, "SOL": 150.0, "XRP": 0.6, "DOGE": 0.15, "ADA": 0.5, "BNB": 550.0, "TRX": 0.12, "AVAX": 35.0,
    "LINK": 15.0, "SHIB": 2e-5, "PEPE": 1e-5, "LTC": 80.0, "BCH": 400.0, "WBTC": 60_000.0, "YFI": 7_000.0, "BONK": 2.5e-5,
    "FLOKI": 1.6e-4, "SATS": 2.7e-7,
}  # fmt: skip
_STABLE = {"USDC", "USDE", "DAI", "EUR", "USDT", "PYUSD"}


@dataclass(frozen=True, slots=True)
class SymbolSpec:
    """One pair. Prices are whole numbers of 10**-price_decimals, which is also the tick; volumes likewise."""

    symbol: str
    base: str
    quote: str
    price: float
    price_decimals: int
    volume_decimals: int
    turnover_decimals: int
    daily_turnover: float
    beta: float
    own_volatility: float
    spread: float
    key: int
    special_treatment: bool = False
    symbol_type: SymbolType = ""
    quiet: bool = False
    listed_at: int = 0


def make_spec(
    symbol: str,
    base: str,
    quote: str = "USDT",
    *,
    seed: int,
    rank: int,
    price: float | None = None,
    special_treatment: bool = False,
    symbol_type: SymbolType = "",
    quiet: bool = False,
    listed_at: int = 0,
) -> SymbolSpec:
    """Draw a pair's character from the seed and its name; `rank` 1 is the heaviest traded."""
    key = key_of(seed, symbol)
    random = np.random.default_rng(key)
    drawn = float(10 ** random.uniform(-6, 2.5))
    stable = base in _STABLE
    level = price or _KNOWN_PRICES.get(base, 1.0 if stable else drawn)
    if quote in _KNOWN_PRICES:
        level /= _KNOWN_PRICES[quote]
    turnover = 1.5e9 * rank**-1.15 * float(random.uniform(0.6, 1.6))
    if quote in _KNOWN_PRICES:
        turnover /= _KNOWN_PRICES[quote]
    magnitude = math.floor(math.log10(level))
    return SymbolSpec(
        symbol=symbol,
        base=base,
        quote=quote,
        price=level,
        price_decimals=max(1, 4 - magnitude),
        volume_decimals=min(6, max(0, magnitude + 2)),
        turnover_decimals=8 if quote in _KNOWN_PRICES else 4,
        daily_turnover=turnover,
        beta=0.02 if stable else float(random.uniform(0.6, 1.5)),
        own_volatility=0.0004 if stable else float(random.uniform(0.015, 0.045)),
        spread=0.0 if rank <= 20 else float(random.uniform(0.0001, 0.0002 + rank * 1.5e-5)),
        key=key,
        special_treatment=special_treatment,
        symbol_type=symbol_type,
        quiet=quiet,
        listed_at=listed_at,
    )


_OTHERS: tuple[tuple[str, str, SymbolType, bool], ...] = (
    ("USDC", "USDT", "", False), ("USDE", "USDT", "", False), ("WBTC", "USDT", "", False), ("BTC", "USDC", "", False),
    ("ETH", "USDC", "", False), ("SOL", "USDC", "", False), ("ETH", "BTC", "", False), ("XRP", "BTC", "", False),
    ("BTC", "EUR", "", False), ("AAPLX", "USDT", "xstocks", False), ("TSLAX", "USDT", "xstocks", False),
    ("FTT", "USDT", "", True), ("PONKE", "USDT", "", True), ("ELIZAOS", "USDT", "adventure", True),
)  # fmt: skip


def make_coins(
    count: int, seed: int, quiet: frozenset[str] = frozenset(), without: frozenset[str] = frozenset()
) -> list[SymbolSpec]:
    """Return `count` plain USDT pairs, the heaviest traded first."""
    names = [f"{coin}USDT" for coin in coin_names(count + len(without))]
    return [
        make_spec(name, name.removesuffix("USDT"), seed=seed, rank=rank, quiet=name in quiet)
        for rank, name in enumerate(names, start=1)
        if name not in without
    ][:count]


def make_others(seed: int) -> list[SymbolSpec]:
    """Return the pairs that a scan must leave out: other quotes, stocks, special treatment, stable bases."""
    return [
        make_spec(base + quote, base, quote, seed=seed, rank=30 + number, special_treatment=special, symbol_type=kind)
        for number, (base, quote, kind, special) in enumerate(_OTHERS)
    ]
