"""The row that every source of every factor ends as, and what makes one unusable."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

MARKET = "MARKET"  # the symbol of readings about the market as a whole
CLOCK_TOLERANCE = timedelta(minutes=1)  # a source's clock may run so far ahead of ours; what it says waits for its time


class Factor(StrEnum):
    """What a reading speaks about."""

    TECHNICAL = "technical"
    SENTIMENT = "sentiment"
    ONCHAIN = "onchain"
    CONTEXT = "context"
    MOMENTUM = "momentum"


@dataclass(frozen=True, slots=True)
class FactorReading:
    """What one source says of one symbol.

        FactorReading("BTCUSDT", Factor.SENTIMENT, "news", value=0.4, confidence=0.8, as_of=noon,
                      stale_at=noon + timedelta(hours=6), evidence={"headlines": 7}, publishers=3)

    It holds whatever a source says; `write_readings` refuses what cannot be true.

    Args:
        symbol: the pair, or `MARKET`.
        factor: which factor it counts for.
        source: who says it.
        value: -1 (bearish) to +1 (bullish).
        confidence: 0 (says nothing about direction) to 1.
        as_of: the moment it is about, UTC.
        stale_at: from then on it is not used, UTC.
        evidence: the source's own numbers and words, as JSON has them.
        publishers: how many independent publishers stand behind it; a measurement is one.
    """

    symbol: str
    factor: Factor
    source: str
    value: float
    confidence: float
    as_of: datetime
    stale_at: datetime
    evidence: Mapping[str, Any]
    publishers: int = 1


class Refusal(StrEnum):
    """Why a reading is not kept."""

    VALUE = "value is not between -1 and 1"
    CONFIDENCE = "confidence is not between 0 and 1"
    PUBLISHERS = "number of publishers is not between 1 and 1,000,000"
    FUTURE = "it is about a moment in the future"
    LIFE = "it is stale before the moment it is about"
    EVIDENCE = "evidence is not plain JSON"
    UNKNOWN_SYMBOL = "symbol is unknown"


def refusal(reading: FactorReading, seen_at: datetime, symbols: Collection[str]) -> Refusal | None:
    """Return why a reading cannot be kept; None when it can.

    Args:
        reading: as a source made it.
        seen_at: market time at which it came, UTC.
        symbols: the pairs there are; `MARKET` needs not be among them.
    """
    checks = (
        (Refusal.VALUE, -1.0 <= reading.value <= 1.0),
        (Refusal.CONFIDENCE, 0.0 <= reading.confidence <= 1.0),
        (Refusal.PUBLISHERS, 1 <= reading.publishers <= 1_000_000),
        (Refusal.FUTURE, reading.as_of <= seen_at + CLOCK_TOLERANCE),
        (Refusal.LIFE, reading.as_of < reading.stale_at),
        (Refusal.EVIDENCE, _is_plain_json(reading.evidence)),
        (Refusal.UNKNOWN_SYMBOL, reading.symbol == MARKET or reading.symbol in symbols),
    )
    return next((reason for reason, holds in checks if not holds), None)


def _is_plain_json(evidence: Mapping[str, Any]) -> bool:
    """Tell whether Postgres can keep it: no NaN or infinity, no NUL, no half of a surrogate pair."""
    try:
        words = json.dumps(evidence, allow_nan=False, ensure_ascii=False)
        words.encode()
    except (TypeError, ValueError):
        return False
    return "\\u0000" not in words
