"""What became of judged setups, written down: signals with their alerts, rejections with their reasons, changes of the gate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection

from functions.clock import MarketClock, wall_now
from functions.market.candles.timeframe import Timeframe
from functions.outbox import Alert
from functions.scoring.document import SOURCE, SignalAlert, alert_key, signal_alert
from functions.scoring.judge import Judgement
from functions.scoring.rules import VERSION, ScoreRules
from functions.scoring.run.around import Around
from functions.scoring.run.holdings import Holdings, holdings
from functions.scoring.store import line
from functions.technical.closes.backlog import PATIENCE
from functions.technical.setups.signal import Direction

REGIME_LIFE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Said:
    """What the factors said of a judged setup's coin; `score` is None when no factor was known."""

    score: float | None
    coverage: float
    confidence: float
    factors: list[dict[str, Any]]

    def as_columns(self) -> dict[str, Any]:
        """Return it as signals and rejections keep it."""
        return {"score": self.score, "coverage": self.coverage, "confidence": self.confidence, "factors": self.factors}


@dataclass(frozen=True, slots=True)
class WrittenSignal:
    """A signal of this run; `alerted` is False for one that came too late to be taken."""

    document: SignalAlert
    alerted: bool


def write_signals(
    connection: Connection, signals: Sequence[tuple[Judgement, Said]], rules: ScoreRules, as_of: datetime
) -> list[WrittenSignal]:
    """Write signals and return the new ones.

    Their sizes fit beside what the account holds; one does not count for the next, since nobody took it yet.
    """
    if not signals:
        return []
    held = holdings(connection)
    newest = {timeframe: line.newest_scanned(connection, timeframe, as_of) for timeframe in (Timeframe.M15, Timeframe.H1)}
    written = []
    for judgement, said in signals:
        columns = _signal_columns(judgement, said, held, rules, as_of)
        columns |= line.setup_details(connection, judgement.setup)
        number = line.write_signal(connection, {**columns, "version": VERSION})
        if number is not None:
            setup = judgement.setup
            overdue = setup.close_time + setup.timeframe.span + PATIENCE
            alerted = setup.close_time == newest[setup.timeframe] and as_of < min(overdue, setup.expires_at)
            written.append(WrittenSignal(signal_alert(number, columns), alerted))
    return written


def _signal_columns(judgement: Judgement, said: Said, held: Holdings, rules: ScoreRules, as_of: datetime) -> dict[str, Any]:
    setup = judgement.setup
    taken = held.size(setup, rules)
    return {
        "symbol": setup.symbol,
        "timeframe": setup.timeframe.value,
        "close_time": setup.close_time,
        "source": SOURCE,
        "direction": Direction.of(setup.direction).value,
        **said.as_columns(),
        "entry": setup.entry,
        "stop": setup.stop,
        "targets": list(setup.targets),
        "risk_reward": setup.risk_reward,
        "position_pct": float(round(taken.share * 100, 2)),
        "obstacles": [refusal.value for refusal in taken.refusals],
        "created_at": as_of,
        "expires_at": setup.expires_at,
    }


def write_rejections(connection: Connection, rejected: Sequence[tuple[Judgement, Said]], as_of: datetime) -> None:
    """Write rejections, each with every check that failed."""
    rows = [
        {
            "symbol": judgement.setup.symbol,
            "timeframe": judgement.setup.timeframe.value,
            "close_time": judgement.setup.close_time,
            "version": judgement.setup.version,
            "failed": judgement.failed.value,
            "code": judgement.reasons[0].code.value,
            "reasons": [why.as_json() for why in judgement.reasons],
            **said.as_columns(),
            "created_at": as_of,
        }
        for judgement, said in rejected
    ]
    line.write_rejections(connection, rows)


def signal_alerts(signals: Sequence[WrittenSignal], clock: MarketClock, as_of: datetime) -> list[Alert]:
    """Return the alerts of those signals that are worth one."""
    wall = wall_now()
    return [
        Alert(
            key=alert_key(one.document.symbol, one.document.timeframe, one.document.close_time, VERSION),
            kind="signal",
            payload=one.document.model_dump(mode="json"),
            created_at=wall,
            expires_at=wall + timedelta(seconds=clock.wall_seconds(one.document.expires_at - as_of)),
        )
        for one in signals
        if one.alerted
    ]


def note_regimes(connection: Connection, around: Around, rules: ScoreRules, clock: MarketClock, as_of: datetime) -> list[Alert]:
    """Write down where the gate changed within the closes that were scored; return the alert of the last change.

    The first state that is known is no change, and one of a day or more ago is no news.
    """
    symbol = rules.setups.gate_symbol
    last = line.last_regime(connection, symbol, as_of)
    before = last[0] if last else None
    alerts = []
    for column in np.flatnonzero(np.isfinite(around.regime)).tolist():
        found = int(around.regime[column])
        if found == before:
            continue
        close = datetime.fromtimestamp(int(around.gate.close_time[0, column]) / 1000, UTC)
        if line.write_regime(connection, symbol, close, found, before, as_of) and before is not None:
            left = close + REGIME_LIFE - as_of
            if left > timedelta():
                alerts = [_regime_alert(symbol, close, found, before, wall_now(), clock.wall_seconds(left))]
        before = found
    return alerts


def _regime_alert(symbol: str, close: datetime, found: int, before: int, wall: datetime, seconds: float) -> Alert:
    return Alert(
        key=f"regime:{symbol}:{close.isoformat()}",
        kind="regime",
        payload={"symbol": symbol, "regime": found, "before": before, "close_time": close.isoformat()},
        created_at=wall,
        expires_at=wall + timedelta(seconds=seconds),
    )
