"""Payloads as the other capabilities make them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import Connection, text

from functions.outbox import raise_alert
from functions.technical.reasons import Code, reason

CLOSE = datetime(2024, 3, 5, 12, tzinfo=UTC)
REASONS = [
    reason(Code.GATE_OPEN, symbol="BTCUSDT", side="above", averages="EMA50 and EMA200").as_json(),
    reason(Code.DAILY_TREND, trend="up", strength=0.8).as_json(),
    reason(Code.STOP_BASIS, distance=0.03, day=2.0, four=4.0).as_json(),
]


def signal_payload(symbol: str = "BTCUSDT", number: int = 1, **changes: Any) -> dict[str, Any]:
    """The payload of a signal's alert."""
    return {
        "signal_id": number,
        "symbol": symbol,
        "direction": "LONG",
        "timeframe": "15m",
        "confidence": 0.72,
        "position_pct": 5.0,
        "entry": "67120.5",
        "stop": "65100.0",
        "targets": ["68534.8", "71161.5", "75202.5"],
        "risk_reward": 2.23,
        "reasons": REASONS,
        "close_time": CLOSE.isoformat(),
        "expires_at": (CLOSE + timedelta(hours=1)).isoformat(),
        **changes,
    }


def write_signal(connection: Connection, symbol: str, *, now: datetime | None = None, **changes: Any) -> int:
    """Write a signal and its alert."""
    now = now or datetime.now(UTC)
    close = changes.pop("close_time", now)
    values = signal_payload(
        symbol, 0, close_time=close.isoformat(), expires_at=(close + timedelta(hours=1)).isoformat(), **changes
    )
    number: int = connection.execute(
        text("""INSERT INTO signal (symbol, timeframe, close_time, version, source, direction, confidence, entry, stop, targets,
                    risk_reward, position_pct, reasons, indicators, created_at, expires_at)
                VALUES (:symbol, :timeframe, :close, 1, 'technical', :direction, :confidence, :entry, :stop, :targets,
                    :risk_reward, :position_pct, CAST(:reasons AS jsonb), '{"rsi": 55.5}', :close, :expires) RETURNING id"""),
        {
            **{name: values[name] for name in ("symbol", "timeframe", "direction", "confidence", "risk_reward", "position_pct")},
            "entry": Decimal(values["entry"]),
            "stop": Decimal(values["stop"]),
            "targets": [Decimal(target) for target in values["targets"]],
            "reasons": orjson.dumps(values["reasons"]).decode(),
            "close": close,
            "expires": close + timedelta(hours=1),
        },
    ).scalar_one()
    payload = {**values, "signal_id": number}
    raise_alert(
        connection, key=f"signal:{number}", kind="signal", payload=payload, created_at=now, expires_at=now + timedelta(hours=1)
    )
    return number
