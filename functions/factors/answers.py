"""A reading as HTTP functions answer it, whatever its factor."""

from datetime import datetime
from typing import Any, Self

from pydantic import AwareDatetime, BaseModel, Field

from functions.factors.reading import FactorReading


class SourceReading(BaseModel):
    """What one source says."""

    source: str
    symbol: str = Field(description="a pair, or MARKET")
    value: float = Field(description="-1 bearish to +1 bullish")
    confidence: float
    as_of: AwareDatetime
    age_seconds: float
    stale: bool
    evidence: dict[str, Any]

    @classmethod
    def of(cls, reading: FactorReading, at: datetime) -> Self:
        """Return a reading with its age at a moment."""
        return cls(
            source=reading.source,
            symbol=reading.symbol,
            value=reading.value,
            confidence=reading.confidence,
            as_of=reading.as_of,
            age_seconds=(at - reading.as_of).total_seconds(),
            stale=at >= reading.stale_at,
            evidence=dict(reading.evidence),
        )
