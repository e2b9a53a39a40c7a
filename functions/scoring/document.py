"""What the desk says of a setup it judged: the payload of a signal's alert, and what each factor said.

`SignalAlert` is the one place that says what an alert of kind `signal` carries; prices are texts, moments ISO 8601 in UTC.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field

from functions.factors.reading import Factor
from functions.market.candles.timeframe import Timeframe
from functions.paper.admission import RefusalCode
from functions.reasons import Why
from functions.technical.setups.signal import Direction

SOURCE = "score"  # of a signal


class Side(StrEnum):
    """Where a factor stands on a setup."""

    AGREES = "agrees"
    AGAINST = "against"
    NEUTRAL = "neutral"  # it leans to neither side
    SILENT = "silent"  # nothing fresh is known


class SourceSaid(BaseModel):
    """What one source said of a coin, or of the whole market."""

    source: str
    market: bool = Field(description="said of the market as a whole, which counts at half its confidence")
    value: float = Field(description="-1 bearish .. 1 bullish")
    confidence: float = Field(description="0..1, before the half")
    publishers: int
    as_of: datetime


class FactorSaid(BaseModel):
    """What one factor said of a coin, from all its fresh sources."""

    factor: Factor
    side: Side
    value: float | None = Field(description="-1..1; empty while it is silent")
    confidence: float = Field(description="0..1")
    points: float | None = Field(description="by which it moves the score from 50")
    sources: list[SourceSaid]


class SignalAlert(BaseModel):
    """The payload of an alert of kind `signal`, and a signal as HTTP answers have it."""

    signal_id: int
    symbol: str
    direction: Direction
    timeframe: Timeframe
    close_time: datetime
    score: float = Field(description="0..100, 50 is neutral")
    confidence: float = Field(description="0..1: how much of the weight agrees; no probability")
    coverage: float = Field(description="0..1: share of all weights that was known")
    factors: list[FactorSaid] = Field(description="all five, in the order of `Factor`")
    entry: str
    stop: str
    targets: list[str] = Field(description="three, nearest first")
    risk_reward: float
    position_pct: float = Field(description="percent of equity; 0 with an obstacle")
    obstacles: list[RefusalCode] = Field(description="why it takes nothing of the account")
    reasons: list[Why] = Field(description="of the setup, the most important first")
    indicators: dict[str, float | None]
    source: str
    created_at: datetime
    expires_at: datetime


def signal_alert(number: int, columns: Mapping[str, Any]) -> SignalAlert:
    """Return a signal's document from its id and its columns, as they are stored."""
    prices = {name: f"{Decimal(columns[name]):f}" for name in ("entry", "stop")}
    targets = [f"{target:f}" for target in columns["targets"]]
    return SignalAlert.model_validate({**columns, "signal_id": number, **prices, "targets": targets})


def alert_key(symbol: str, timeframe: Timeframe, close_time: datetime, version: int) -> str:
    """Return the natural key of a signal's alert."""
    return f"signal:{symbol}:{timeframe.value}:{close_time.isoformat()}:{SOURCE}:v{version}"
