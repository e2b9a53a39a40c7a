"""A run and its picks as they are stored."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class ScreenerRun:
    """A stored run; `considered` is how many USDT pairs traded."""

    id: int
    key: str
    as_of: datetime
    considered: int
    left_out: dict[str, list[str]]
    note: str | None


@dataclass(frozen=True, slots=True)
class StoredPick:
    """A pick as it was stored; reasons as `code`, `params`, `text`."""

    rank: int
    symbol: str
    score: float
    coverage: float
    direction: str | None
    price: float
    change_24h: float
    turnover_24h: float
    spread: float
    parts: dict[str, float | None]
    reasons: list[dict[str, Any]]
