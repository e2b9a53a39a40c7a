"""What a message about a signal is rendered from: plain values, prices as texts with the tick's decimals, reasons by code."""

from typing import Any

from functions.technical.rules import SOURCE, VERSION
from functions.technical.signal import Signal


def alert_key(signal: Signal) -> str:
    """Return the natural key of a signal's alert."""
    return f"signal:{signal.symbol}:{signal.timeframe}:{signal.close_time.isoformat()}:{SOURCE}:v{VERSION}"


def alert_payload(signal: Signal, number: int) -> dict[str, Any]:
    """Return the payload of a signal's alert; `number` is the signal's id."""
    return {
        "signal_id": number,
        "symbol": signal.symbol,
        "direction": signal.direction.value,
        "timeframe": signal.timeframe.value,
        "confidence": signal.confidence,
        "entry": f"{signal.plan.entry:f}",
        "stop": f"{signal.plan.stop:f}",
        "targets": [f"{target:f}" for target in signal.plan.targets],
        "risk_reward": signal.plan.risk_reward,
        "position_pct": signal.plan.position_percent,
        "reasons": [reason.as_json() for reason in signal.reasons],
        "close_time": signal.close_time.isoformat(),
        "expires_at": signal.expires_at.isoformat(),
    }
