"""Signals as they stand at a moment: what was said, and how they ended as far as that was known then. Read only."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from functions.scoring.answers import StandingSignal
from functions.scoring.document import SOURCE, signal_alert
from functions.scoring.states import SignalState, signal_state

_SIGNALS = """
    SELECT s.*, e.state, e.at AS ended_at
    FROM signal AS s LEFT JOIN signal_end AS e ON e.signal_id = s.id AND e.noted_at <= :as_of
    WHERE s.source = :source AND s.created_at <= :as_of
"""
_STATE = "coalesce(e.state, CASE WHEN s.expires_at > :as_of THEN 'new' ELSE 'active' END)"


@dataclass(frozen=True, slots=True)
class SignalFilter:
    """Which signals are asked for; None leaves a filter out.

    `since` is the moment from which they were made.
    """

    since: datetime
    symbol: str | None = None
    direction: str | None = None
    state: str | None = None
    least_confidence: float = 0.0


def standing_signals(connection: Connection, asked: SignalFilter, as_of: datetime, limit: int) -> list[StandingSignal]:
    """Return signals as they stand at a moment, the newest first."""
    return _signals(
        connection,
        f"""AND s.created_at > :since AND s.confidence >= :least_confidence
            AND (CAST(:symbol AS text) IS NULL OR s.symbol = :symbol)
            AND (CAST(:direction AS text) IS NULL OR s.direction = :direction)
            AND (CAST(:state AS text) IS NULL OR {_STATE} = :state)
            ORDER BY s.created_at DESC, s.id DESC LIMIT :limit""",
        {**asdict(asked), "as_of": as_of, "limit": limit},
    )


def standing_signal(connection: Connection, number: int, as_of: datetime) -> StandingSignal | None:
    """Return one signal as it stands at a moment; None when there is none of that number."""
    return next(iter(_signals(connection, "AND s.id = :number", {"number": number, "as_of": as_of})), None)


def live_signal(connection: Connection, symbol: str, as_of: datetime) -> StandingSignal | None:
    """Return a coin's newest signal that was known and not over at a moment; None without one."""
    newest = "AND s.symbol = :symbol AND s.expires_at > :as_of ORDER BY s.close_time DESC, s.timeframe DESC LIMIT 1"
    return next(iter(_signals(connection, newest, {"symbol": symbol, "as_of": as_of})), None)


def _signals(connection: Connection, which: str, values: Mapping[str, Any]) -> list[StandingSignal]:
    rows = connection.execute(text(f"{_SIGNALS} {which}"), {**values, "source": SOURCE}).mappings()
    return [_standing(dict(row), values["as_of"]) for row in rows]


def _standing(row: dict[str, Any], as_of: datetime) -> StandingSignal:
    end = SignalState(row["state"]) if row["state"] else None
    state = signal_state(row["expires_at"], end, as_of)
    return StandingSignal(**dict(signal_alert(row["id"], row)), state=state, ended_at=row["ended_at"])
