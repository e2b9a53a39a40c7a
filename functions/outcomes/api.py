"""HTTP functions of outcomes."""

from datetime import timedelta
from threading import BoundedSemaphore
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from functions.edge import Config, Database, moment
from functions.market.candles.timeframe import Timeframe
from functions.moments import AsOf, At
from functions.outcomes.answers import EndedSignal, Horizon, IdeaKind, LiftAnswer, OutcomeRow, Outcomes, SettledOutcomes
from functions.outcomes.run.lift import read_lift
from functions.outcomes.run.settle import OutcomeSettler
from functions.outcomes.store import answers
from functions.outcomes.store.answers import OutcomeFilter
from functions.pairs import Symbol
from functions.scoring.run.settings import rules_of
from functions.technical.setups.signal import Direction

router = APIRouter(prefix="/outcomes", tags=["outcomes"])
RUNS_AT_ONCE = BoundedSemaphore(2)  # one that waits for its turn holds a connection
DaysBack = Annotated[int, Query(ge=1, le=3650, description="how far back their closes may lie")]
_SIGNS = {Direction.LONG: 1, Direction.SHORT: -1}


@router.post("/settle")
def settle(settings: Config, database: Database, request: At | None = None) -> SettledOutcomes:
    """Measure every idea whose horizon is over and whose candles are there, and end signals; harmless to repeat."""
    at = moment(request.as_of if request else None, settings)
    with RUNS_AT_ONCE:
        report = OutcomeSettler(database, rules_of(settings), timedelta(days=settings.keep_5m_days)).run(at)
    return SettledOutcomes(
        as_of=at,
        written={hours: count for hours, count in report.written.items() if count},
        waiting={hours: count for hours, count in report.waiting.items() if count},
        ended=[EndedSignal(signal_id=end.signal_id, symbol=end.symbol, state=end.state, at=end.at) for end in report.ended],
        more=report.more,
    )


@router.get("")
def outcomes(
    database: Database,
    settings: Config,
    *,
    kind: IdeaKind = IdeaKind.SETUP,
    symbol: Symbol | None = None,
    timeframe: Timeframe | None = None,
    direction: Literal[Direction.LONG, Direction.SHORT] | None = None,
    code: Annotated[str | None, Query(pattern=r"^[a-z_0-9]{1,40}$", description="of a rejection's first reason")] = None,
    hours: Annotated[Horizon | None, Query(description="of the horizon")] = None,
    min_confidence: Annotated[float, Query(ge=0, le=1)] = 0,
    days: DaysBack = 30,
    limit: Annotated[int, Query(ge=1, le=2000)] = 200,
    as_of: AsOf = None,
) -> Outcomes:
    """Show what became of signals and rejections: returns, excursions, what was touched first, R; the newest first."""
    at = moment(as_of, settings)
    since = at - timedelta(days=days)
    asked = OutcomeFilter(
        kind=kind.value,
        symbol=symbol,
        timeframe=timeframe.value if timeframe else None,
        direction=_SIGNS[direction] if direction else None,
        code=code,
        hours=hours.value if hours else None,
        least_confidence=min_confidence,
    )
    with database.connect() as connection:
        rows = answers.outcomes(connection, asked, since, at, limit)
    return Outcomes(as_of=at, since=since, outcomes=[OutcomeRow.of(row) for row in rows])


@router.get("/lift")
def lift(
    database: Database, settings: Config, kind: IdeaKind = IdeaKind.SIGNAL, days: DaysBack = 400, as_of: AsOf = None
) -> LiftAnswer:
    """Show whether ideas beat random entries at the same moments, as a whole and in parts, with intervals for every look."""
    at = moment(as_of, settings)
    since = at - timedelta(days=days)
    with database.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        return read_lift(connection, kind, since, at)
