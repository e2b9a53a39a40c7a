"""What is known about one symbol now: each timeframe's newest state with its age, the gate, and the signal that is alive."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from functions.errors import NotFound
from functions.market.candles.freshness import Stale, freshness
from functions.market.candles.timeframe import Timeframe
from functions.market.store import read_range
from functions.reasons import Reason, reason
from functions.technical import store
from functions.technical.engine.analysis import analyse
from functions.technical.engine.span import begin_of
from functions.technical.setups.reasons import Code, gate_reason, stale_reason
from functions.technical.setups.rules import SetupRules
from functions.technical.setups.state_row import computed_json
from functions.technical.setups.verdict import indicator_values


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
class CoinView:
    """Everything about one symbol at a moment; `gate` is 1, -1 or 0, None when it is not known."""

    symbol: str
    as_of: datetime
    gate: int | None
    gate_reason: dict[str, Any]
    timeframes: dict[Timeframe, TimeframeView]
    signal: dict[str, Any] | None


def coin_view(
    connection: Connection, symbol: str, as_of: datetime, rules: SetupRules, known_at: datetime | None = None
) -> CoinView:
    """Return what is known about `symbol` at `as_of`, from candles as they were known at `known_at`, a wall time.

    Raises:
        NotFound: nothing was ever scanned for it.
    """
    states = store.newest_states(connection, symbol, as_of)
    if not states:
        raise NotFound("unknown_symbol", f"{symbol} has not been scanned; is it among the watched symbols?")
    timeframes = {row.timeframe: _timeframe(connection, row, as_of, known_at) for row in states}
    gate, why = _gate(connection, as_of, rules)
    return CoinView(symbol, as_of, gate, why.as_json(), timeframes, store.live_signal(connection, symbol, as_of))


def _timeframe(connection: Connection, row: store.StoredState, as_of: datetime, known_at: datetime | None) -> TimeframeView:
    judged = freshness([row.symbol], [row.close_time], row.timeframe, as_of)[0]
    stale = isinstance(judged, Stale)
    reasons = [stale_reason(judged).as_json()] if isinstance(judged, Stale) else row.reasons
    stored = row.document or _computed(connection, row, known_at)
    document = {key: value for key, value in stored.items() if key != "reasons"}
    age = (as_of - row.close_time).total_seconds()
    return TimeframeView(row.close_time, age, not stale, "NEUTRAL" if stale else row.direction, reasons, document)


def _computed(connection: Connection, row: store.StoredState, known_at: datetime | None) -> dict[str, Any]:
    """Compute what a state is made of: it is stored for setups alone, and the candles give it again."""
    opened = row.close_time - row.timeframe.span
    begin = begin_of(row.timeframe, opened)
    candles = read_range(connection, row.timeframe, [row.symbol], begin, opened, known_at).trimmed()
    if not len(candles.open_time) or candles.last_close != row.close_time:
        return {}  # the candles went before the state did
    analysis = analyse(candles, 1)
    return computed_json(analysis, 0, 0, analysis.levels(0)[0], indicator_values(analysis.indicators, 0, 0))


def _gate(connection: Connection, as_of: datetime, rules: SetupRules) -> tuple[int | None, Reason]:
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
