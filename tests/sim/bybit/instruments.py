"""Rows of instruments-info, with exactly the keys of the recorded answer."""

import gzip
import json
from pathlib import Path
from typing import Any

from tests.sim.market.exchange import Market
from tests.sim.market.symbols import SymbolSpec

Row = dict[str, Any]


def read_rows(path: Path) -> dict[str, Row]:
    """Return the rows of a recorded answer (JSON, gzipped or not) by symbol."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return {row["symbol"]: row for row in json.loads(raw)["result"]["list"]}


def step_text(decimals: int) -> str:
    """Return 10**-decimals without an exponent."""
    return f"{10**-decimals:.{decimals}f}" if decimals else "1"


def instrument_row(spec: SymbolSpec, number: int, recorded: Row | None = None) -> Row:
    """Return a symbol's row: the recorded one with the simulated steps, or one built like it."""
    row = dict(recorded) if recorded is not None else _built(spec, number)
    row["lotSizeFilter"] = {**row["lotSizeFilter"], "basePrecision": step_text(spec.volume_decimals)}
    row["priceFilter"] = {"tickSize": step_text(spec.price_decimals)}
    return row


def _built(spec: SymbolSpec, number: int) -> Row:
    lot = step_text(spec.volume_decimals)
    largest = max(1, round(8_000_000 / spec.price)) if spec.quote != "BTC" else 1_000_000
    return {
        "symbolId": 9 + number,
        "symbol": spec.symbol,
        "baseCoin": spec.base,
        "quoteCoin": spec.quote,
        "innovation": "0",
        "status": "Trading",
        "marginTrading": "utaOnly" if spec.key % 2 else "none",
        "stTag": "1" if spec.special_treatment else "0",
        "lotSizeFilter": {
            "basePrecision": lot,
            "quotePrecision": step_text(spec.price_decimals + spec.volume_decimals),
            "minOrderQty": lot,
            "maxOrderQty": str(largest),
            "minOrderAmt": "5" if spec.quote != "BTC" else "0.000065",
            "maxOrderAmt": "8000000" if spec.quote != "BTC" else "10",
            "maxLimitOrderQty": str(largest),
            "maxMarketOrderQty": str(max(1, largest // 2)),
            "postOnlyMaxLimitOrderSize": str(largest * 5),
        },
        "priceFilter": {"tickSize": step_text(spec.price_decimals)},
        "riskParameters": {"priceLimitRatioX": "0.015", "priceLimitRatioY": "0.03"},
        "symbolType": spec.symbol_type,
        "xstockMultiplier": "1.0009180758490996" if spec.symbol_type == "xstocks" else "1",
    }


def instrument_rows(market: Market, recorded: dict[str, Row]) -> list[Row]:
    """Return every trading symbol's row."""
    return [instrument_row(market.spec(symbol), number, recorded.get(symbol)) for number, symbol in enumerate(market.symbols)]
