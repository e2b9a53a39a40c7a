"""What a reading must hold to be kept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.factors.reading import CLOCK_TOLERANCE, MARKET, Factor, FactorReading, Refusal, refusal

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
READING = FactorReading(
    symbol="BTCUSDT",
    factor=Factor.SENTIMENT,
    source="news",
    value=0.4,
    confidence=0.8,
    as_of=NOON,
    stale_at=NOON + timedelta(hours=6),
    evidence={"headlines": 7},
)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"symbol": MARKET},
        {"value": -1.0},
        {"value": 1.0, "confidence": 0.0},
        {"confidence": 1.0},
        {"as_of": NOON + CLOCK_TOLERANCE},
        {"evidence": {}},
        {"evidence": {"words": "Страх \\u"}},
    ],
)
def test_sound_reading_is_kept(changes: dict[str, Any]) -> None:
    assert refusal(replace(READING, **changes), NOON, {"BTCUSDT"}) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"value": 1.0000001}, Refusal.VALUE),
        ({"value": -2.0}, Refusal.VALUE),
        ({"value": float("nan")}, Refusal.VALUE),
        ({"confidence": 1.1}, Refusal.CONFIDENCE),
        ({"confidence": -0.1}, Refusal.CONFIDENCE),
        ({"confidence": float("nan")}, Refusal.CONFIDENCE),
        ({"publishers": 0}, Refusal.PUBLISHERS),
        ({"publishers": 2**31}, Refusal.PUBLISHERS),
        ({"as_of": NOON + CLOCK_TOLERANCE + timedelta(microseconds=1)}, Refusal.FUTURE),
        ({"stale_at": NOON}, Refusal.LIFE),
        ({"evidence": {"n": float("inf")}}, Refusal.EVIDENCE),
        ({"evidence": {"words": "a\0b"}}, Refusal.EVIDENCE),
        ({"evidence": {"words": "\ud83d"}}, Refusal.EVIDENCE),
        ({"evidence": {"at": NOON}}, Refusal.EVIDENCE),
        ({"symbol": "BTCUSD"}, Refusal.UNKNOWN_SYMBOL),
    ],
)
def test_reading_that_cannot_be_true_is_refused(changes: dict[str, Any], reason: Refusal) -> None:
    assert refusal(replace(READING, **changes), NOON, {"BTCUSDT"}) is reason
