"""A signal as JSON: the same keys in its alert, in answers and on the command line; prices are texts."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from functions.technical.setups.rules import SOURCE, VERSION
from functions.technical.setups.signal import Neutral, Signal


def signal_columns(signal: Signal) -> dict[str, Any]:
    """Return a signal by the columns it is stored in."""
    return {
        "symbol": signal.symbol,
        "timeframe": signal.timeframe.value,
        "close_time": signal.close_time,
        "version": VERSION,
        "source": SOURCE,
        "direction": signal.direction.value,
        "confidence": signal.confidence,
        "entry": signal.plan.entry,
        "stop": signal.plan.stop,
        "targets": list(signal.plan.targets),
        "risk_reward": signal.plan.risk_reward,
        "position_pct": signal.plan.position_percent,
        "reasons": [why.as_json() for why in signal.reasons],
        "indicators": signal.indicators,
        "created_at": signal.created_at,
        "expires_at": signal.expires_at,
    }


def signal_json(number: int | None, columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return a signal as JSON, from its id and its columns (`signal_columns`, or a stored row)."""
    return {
        "signal_id": number,
        "symbol": columns["symbol"],
        "direction": columns["direction"],
        "timeframe": columns["timeframe"],
        "close_time": _moment(columns["close_time"]),
        "confidence": columns["confidence"],
        "entry": _price(columns["entry"]),
        "stop": _price(columns["stop"]),
        "targets": [_price(target) for target in columns["targets"]],
        "risk_reward": columns["risk_reward"],
        "position_pct": columns["position_pct"],
        "indicators": columns["indicators"],
        "source": columns["source"],
        "reasons": columns["reasons"],
        "created_at": _moment(columns["created_at"]),
        "expires_at": _moment(columns["expires_at"]),
    }


def neutral_json(neutral: Neutral, indicators: Mapping[str, float | None], as_of: datetime) -> dict[str, Any]:
    """Return the same keys where there is no signal: no prices, confidence 0, and the reason why not."""
    nothing = ("entry", "stop", "risk_reward", "position_pct", "expires_at")
    columns = {
        "symbol": neutral.symbol,
        "direction": neutral.direction.value,
        "timeframe": neutral.timeframe.value,
        "close_time": neutral.close_time,
        "confidence": 0.0,
        "targets": [],
        "indicators": dict(indicators),
        "source": SOURCE,
        "reasons": [neutral.reason.as_json()],
        "created_at": as_of,
    }
    return signal_json(None, {**columns, **dict.fromkeys(nothing)})


def _price(price: Decimal | None) -> str | None:
    return None if price is None else f"{price:f}"


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
