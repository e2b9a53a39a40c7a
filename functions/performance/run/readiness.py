"""Read what the plan's big test is judged by."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
from sqlalchemy import Connection

from functions.paper.accounts import CORE, DESK, DIPS
from functions.performance.answers import ReadinessAnswer
from functions.performance.metrics.summary import Track
from functions.performance.readiness.assessment import Assessment, Seen, assess
from functions.performance.readiness.coin_toss import ExitPlan
from functions.performance.readiness.targets import PLAN_DAYS
from functions.performance.run.history import AccountHistory, outcomes_of, read_history
from functions.performance.store import account as store
from functions.performance.store.account import ClosedPosition
from functions.scoring.store.answers import newest_scored

WINDOW = timedelta(days=PLAN_DAYS)
DAY = timedelta(days=1)


def read_readiness(connection: Connection, gate_symbol: str, as_of: datetime) -> ReadinessAnswer:
    """Return how far the desk's account is from the plan and from real money, as known at a moment."""
    return ReadinessAnswer.of(as_of, assess_desk(connection, gate_symbol, as_of), newest_scored(connection, as_of))


def assess_desk(connection: Connection, gate_symbol: str, as_of: datetime) -> Assessment:
    """Return the assessment of the desk's account; before its first trade everything is unknown but how the desk ran."""
    since = as_of - WINDOW
    history = read_history(connection, DESK.name, as_of, gate_symbol)
    ran = store.uptime(connection, gate_symbol, since, as_of)
    said = store.signal_moments(connection, since, as_of)
    track, plans, btc = _of_trades(history, as_of)
    assessment = assess(
        Seen(
            track=track,
            plans=plans,
            btc=btc,
            closes_due=ran.due,
            closes_in_time=ran.in_time,
            latencies=store.latencies(connection, since, as_of),
            signals=len(said),
            signal_days=min(PLAN_DAYS, ran.due / 96),
        )
    )
    return replace(assessment, slow=store.slow_rules(connection, (DIPS.name, CORE.name), as_of))


def _of_trades(
    history: AccountHistory | None, as_of: datetime
) -> tuple[Track, list[ExitPlan], np.ndarray[tuple[int], np.dtype[np.float64]]]:
    if history is None:
        nothing = np.array([])
        return Track(as_of.date(), 0.0, nothing, outcomes_of([])), [], nothing
    judged = [one for one in history.positions if one.risk]
    track = Track(history.track.first_day, history.track.start, history.track.equity, outcomes_of(judged))
    return track, [plan_of(one, history.account.start) for one in judged], history.btc


def plan_of(position: ClosedPosition, equity: Decimal) -> ExitPlan:
    """Return how a trade with a stop could have ended, in stop distances; `equity` is what its risk is a fraction of."""
    distance = abs(position.entry - (position.stop or position.entry))
    cost = 2 * (position.fee + position.slippage) * position.entry / distance
    return ExitPlan(
        targets=tuple(round(float(abs(target - position.entry) / distance), 2) for target in position.targets),
        cost=round(float(cost), 3),
        risk=round(float((position.risk or 0) / equity), 4),
        break_even=position.break_even,
    )
