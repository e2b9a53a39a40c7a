"""A handful of pairs, as arrays."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np

from functions.market.universe import Instrument, Ticker
from functions.screener.filters import Quotes
from functions.screener.measures import Measures

NOW = datetime(2024, 3, 5, 0, 5, tzinfo=UTC)


def array(*values: float | None) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def quotes(count: int = 1, /, **columns: list[float | None]) -> Quotes:
    """Pairs that pass every filter, but for the columns given."""
    usual = {"age": 1.0, "price": 100.0, "change": 0.01, "volume": 1e5, "turnover": 1e7, "bid": 99.95, "ask": 100.05}
    names = tuple(f"P{number:02d}USDT" for number in range(count))
    arrays = {name: array(*columns.get(name, [value] * count)) for name, value in usual.items()}
    return Quotes(names, np.ones(count, dtype=np.bool_), **arrays)


def untradable(found: Quotes) -> Quotes:
    return replace(found, tradable=np.zeros(len(found.symbols), dtype=np.bool_))


def measures(count: int = 1, /, **columns: list[float | None]) -> Measures:
    """Pairs in a full uptrend with all else at its best, but for the columns given."""
    usual = {"direction": 1.0, "strength": 1.0, "adx": 40.0, "rsi": 50.0, "atr": 0.05, "volume_average": 2.5e4, "candles": 1000.0}
    return Measures(**{name: array(*columns.get(name, [value] * count)) for name, value in usual.items()})


def instrument(symbol: str, **changes: object) -> Instrument:
    one = Instrument(
        symbol, symbol.removesuffix("USDT"), "USDT", "Trading", Decimal("0.01"), Decimal("0.01"), Decimal(5), "", False
    )
    return replace(one, **changes)  # type: ignore[arg-type]


def ticker(symbol: str, **changes: object) -> Ticker:
    one = Ticker(symbol, 100.0, 105.0, 95.0, 1e5, 1e7, 0.01, NOW, 99.95, 100.05)
    return replace(one, **changes)  # type: ignore[arg-type]
