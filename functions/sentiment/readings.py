"""The row every source of every factor ends as."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

MARKET = "MARKET"  # the symbol of what is said of the market as a whole


class Factor(StrEnum):
    """What a reading speaks about."""

    CONTEXT = "context"


@dataclass(frozen=True, slots=True)
class FactorReading:
    """What one source says of one symbol.

    Args:
        symbol: the pair, or `MARKET`.
        factor: which factor it counts for.
        source: who says it.
        value: -1 (bearish) to +1 (bullish).
        confidence: 0 (says nothing about direction) to 1.
        as_of: the moment it is about, UTC.
        stale_at: from then on it is not used, UTC.
        evidence: the source's own numbers and words.
    """

    symbol: str
    factor: Factor
    source: str
    value: float
    confidence: float
    as_of: datetime
    stale_at: datetime
    evidence: Mapping[str, Any]
