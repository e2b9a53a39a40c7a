"""What is known about one symbol now: each timeframe's newest state with its age, the gate, and the signal that is alive."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from functions.errors import NotFound
from functions.market.candles import Timeframe
from functions.market.freshness import Stale, freshness
from functions.reasons import Reason, reason
from functions.technical import store
from functions.technical.reasons import Code, gate_reason, stale_reason
from functions.technical.rules import Rules


@dataclass(frozen=True, slots=True)
class TimeframeView:
    """The newest state of one timeframe, `age_seconds` after its close; NEUTRAL, with the reason, when it is stale."""

    close_time: datetime
    age_seconds: float
    fresh: bool
    direction: str
    reasons: list[dict[str, Any]]
    state: dict[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """Everything about one symbol at a moment; `gate` is 1, -1 or 0, None when it is not known."""

    symbol: str
    as_of: datetime
    gate: int | None
    gate_reason: dict[str, Any]
    timeframes: dict[Timeframe, TimeframeView]
    signal: dict[str, Any] | None


def view(connection: Connection, symbol: str, as_of: datetime, rules: Rules) -> View:
    """Return what is known about `symbol` at `as_of`.

    Raises:
        NotFound: nothing was ever scanned for it.
    """
    states = store.newest_states(connection, symbol, as_of)
    if not states:
        raise NotFound("unknown_symbol", f"{symbol} has not been scanned; is it among the watched symbols?")
    timeframes = {row.timeframe: _timeframe(row, as_of) for row in states}
    gate, why = _gate(connection, as_of, rules)
    return View(symbol, as_of, gate, why.as_json(), timeframes, store.living_signal(connection, symbol, as_of))


def _timeframe(row: store.StateRow, as_of: datetime) -> TimeframeView:
    judged = freshness([row.symbol], [row.close_time], row.timeframe, as_of)[0]
    stale = isinstance(judged, Stale)
    reasons = [stale_reason(judged).as_json()] if isinstance(judged, Stale) else row.document["reasons"]
    document = {key: value for key, value in row.document.items() if key != "reasons"}
    age = (as_of - row.close_time).total_seconds()
    return TimeframeView(row.close_time, age, not stale, "NEUTRAL" if stale else row.direction, reasons, document)


def _gate(connection: Connection, as_of: datetime, rules: Rules) -> tuple[int | None, Reason]:
    """Return the gate as a decision at this moment would see it."""
    rows = store.standing_rows(connection, Timeframe.D1, [rules.gate_symbol], as_of, as_of)
    unknown = None, reason(Code.GATE_UNKNOWN, symbol=rules.gate_symbol)
    if not rows:
        return unknown
    judged = freshness([rules.gate_symbol], [rows[0].close_time], Timeframe.D1, as_of)[0]
    if isinstance(judged, Stale):
        return None, stale_reason(judged)
    if rows[0].regime is None or rows[0].problem:
        return unknown
    return rows[0].regime, gate_reason(rules.gate_symbol, rows[0].regime)
