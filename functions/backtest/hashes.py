"""What a run can be told by: SHA-256 of its candles and readings, of its settings, of the code and of what came out."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from math import isfinite
from typing import Any

import numpy as np

from functions.arrays import FloatGrid
from functions.backtest.result import AccountResult
from functions.factors.history import ReadingColumns
from functions.market.candles.grid import CANDLE_FIELDS, Candles


def hash_data(grids: Iterable[Candles], readings: Sequence[ReadingColumns]) -> str:
    """Hash candles and readings, every value of them."""
    digest = hashlib.sha256()
    for candles in grids:
        digest.update(f"{candles.timeframe} {' '.join(candles.symbols)}".encode())
        digest.update(np.ascontiguousarray(candles.open_time).tobytes())
        for name in CANDLE_FIELDS:
            # As they lie in memory, time first: a copy of months of candles would double what a run needs.
            values: FloatGrid = np.ascontiguousarray(getattr(candles, name).T)
            digest.update(values.data)
    for columns in readings:
        digest.update(repr(columns.source).encode())
        for name in ("row", "as_of", "seen_at", "stale_at", "value", "confidence", "publishers"):
            digest.update(np.ascontiguousarray(getattr(columns, name)).tobytes())
    return digest.hexdigest()


def hash_settings(settings: Mapping[str, object]) -> str:
    """Hash settings as JSON has them; the order of their names does not matter."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def hash_files(files: Mapping[str, bytes]) -> str:
    """Hash the code, by the path of each of its files."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path} {len(files[path])} ".encode() + files[path])
    return digest.hexdigest()


def hash_accounts(accounts: Sequence[AccountResult]) -> str:
    """Hash what came out: every trade with its fills, the equity of every day and what was refused, to the digit."""
    digest = hashlib.sha256()
    for account in accounts:
        trades = [
            (trade.symbol, trade.side, trade.said_at, trade.stop, trade.targets, trade.quantity, trade.fills)
            for trade in account.trades
        ]
        digest.update(json.dumps(plain_json([account.name, account.equity, trades, account.refusals]), sort_keys=True).encode())
    return digest.hexdigest()


def plain_json(value: Any) -> Any:
    """Return a value as JSON has it: dataclasses as objects, money as texts to the last digit, moments in ISO 8601.

    What is no finite number is null: JSON has no other word for it.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(plain_json(name)): plain_json(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(one) for one in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float) and not isfinite(value):
        return None
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value
