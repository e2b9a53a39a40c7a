"""What is stored of a pair that came or went."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Pair:
    """What a message says of a pair beside its name; the newest ticker's values are empty when it never traded."""

    base: str
    kind: str
    special_treatment: bool
    price: float | None
    volume_24h: float | None
    turnover_24h: float | None
    priced_at: datetime | None


@dataclass(frozen=True, slots=True)
class NotedEvent:
    """A row of `listing`."""

    symbol: str
    event: str
    at: datetime
    seen_after: datetime | None
    price: float | None
    volume_24h: float | None
    turnover_24h: float | None
    priced_at: datetime | None
    announcement: dict[str, Any] | None
    noted_at: datetime
