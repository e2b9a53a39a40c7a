"""HTTP functions of scoring."""

from datetime import datetime, timedelta
from threading import BoundedSemaphore
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from functions.edge import Config, Database, moment
from functions.errors import NotFound
from functions.moments import AsOf
from functions.pairs import Symbol
from functions.scoring.answers import (
    CoinScore,
    History,
    RejectionRow,
    Rejections,
    ScoreRow,
    Scores,
    Signals,
    StandingSignal,
    WatchList,
)
from functions.scoring.document import SignalAlert
from functions.scoring.run.asked import rejections_at, watch_list_at
from functions.scoring.run.coin import coin_score, gate_at
from functions.scoring.run.score import Scorer, ScoringReport
from functions.scoring.run.settings import rules_of
from functions.scoring.states import SignalState
from functions.scoring.store import answers
from functions.scoring.store.signals import SignalFilter, standing_signal, standing_signals
from functions.technical.setups.signal import Direction

router = APIRouter(tags=["scoring"])
Hours = Annotated[int, Query(ge=1, le=24 * 31, description="how far back")]
Limit = Annotated[int, Query(ge=1, le=500)]
RUNS_AT_ONCE = BoundedSemaphore(4)  # one that waits for its turn holds a connection


class ScoringRequest(BaseModel):
    """Which moment."""

    as_of: AsOf = None


class SignalAnswer(SignalAlert):
    """A new signal."""

    alerted: bool = Field(description="whether an alert was raised: not for one that comes too late to be taken")


class ScoringAnswer(BaseModel):
    """What one scoring did."""

    as_of: datetime
    closes: int = Field(description="closes of 15m that were scored")
    scores: int
    signals: list[SignalAnswer]
    rejections: dict[str, int] = Field(description="rejected setups by the code of their first reason")

    @classmethod
    def of(cls, report: ScoringReport) -> "ScoringAnswer":
        """Turn a report into the answer."""
        return cls(
            as_of=report.as_of,
            closes=report.closes,
            scores=report.scores,
            signals=[SignalAnswer(**dict(one.document), alerted=one.alerted) for one in report.signals],
            rejections=dict(report.rejections),
        )


@router.post("/scoring/run")
def run(
    request: ScoringRequest,
    database: Database,
    settings: Config,
    close_time: Annotated[
        AsOf, Query(description="a close that the collector announced: it is over, whatever our clock says")
    ] = None,
) -> ScoringAnswer:
    """Score every close that is scanned and not scored, and raise an alert for each new signal; harmless to repeat."""
    at = moment(request.as_of, settings)
    if close_time is not None:
        at = max(at, close_time)
    with RUNS_AT_ONCE:
        return ScoringAnswer.of(Scorer(database, settings.clock, rules_of(settings)).run(at))


@router.get("/scores")
def scores(database: Database, settings: Config, as_of: AsOf = None) -> Scores:
    """Show the newest score of every coin that had one in the last day, the highest first."""
    at = moment(as_of, settings)
    with database.connect() as connection:
        rows = answers.newest_scores(connection, at)
        return Scores(
            as_of=at,
            gate=gate_at(connection, at, rules_of(settings)),
            scores=[ScoreRow.model_validate(row) for row in rows],
        )


@router.get("/scores/{symbol}")
def coin(symbol: Symbol, database: Database, settings: Config, as_of: AsOf = None) -> CoinScore:
    """Show one coin's score, what every source says of it with its age and evidence, and what became of its newest setup."""
    with database.connect() as connection:
        return coin_score(connection, symbol, moment(as_of, settings), rules_of(settings))


@router.get("/scores/{symbol}/history")
def history(symbol: Symbol, database: Database, settings: Config, hours: Hours = 24, as_of: AsOf = None) -> History:
    """Show one coin's scores, oldest first."""
    at = moment(as_of, settings)
    with database.connect() as connection:
        if not answers.knows(connection, symbol):
            raise NotFound("unknown_symbol", f"{symbol} is not a pair of the exchange")
        rows = answers.score_history(connection, symbol, at - timedelta(hours=hours), at)
    return History(symbol=symbol, as_of=at, scores=[ScoreRow.model_validate(row) for row in rows])


@router.get("/rejections")
def rejections(
    database: Database,
    settings: Config,
    hours: Hours = 24,
    limit: Limit = 50,
    symbol: Symbol | None = None,
    as_of: AsOf = None,
) -> Rejections:
    """Show why there were no signals: how many setups failed at what first, and the newest of them with every reason."""
    at = moment(as_of, settings)
    with database.connect() as connection:
        since = at - timedelta(hours=hours)
        return rejections_at(connection, since, at, rules_of(settings), limit=limit, symbol=symbol)


@router.get("/rejections/{rejection_id}")
def rejection(
    rejection_id: Annotated[int, Path(ge=1, le=2**62)], database: Database, settings: Config, as_of: AsOf = None
) -> RejectionRow:
    """Show one rejection."""
    with database.connect() as connection:
        found = answers.rejection_by_id(connection, rejection_id, moment(as_of, settings))
    if found is None:
        raise NotFound("unknown_rejection", f"there is no rejection {rejection_id}")
    return RejectionRow.model_validate(found)


@router.get("/watchlist")
def watch_list(database: Database, settings: Config, limit: Limit = 50, as_of: AsOf = None) -> WatchList:
    """Show the setups that were rejected and whose time is not over, the clearest score first."""
    at = moment(as_of, settings)
    with database.connect() as connection:
        return watch_list_at(connection, at, rules_of(settings), limit)


@router.get("/signals")
def signals(
    database: Database,
    settings: Config,
    *,
    hours: Hours = 24 * 7,
    symbol: Symbol | None = None,
    direction: Literal[Direction.LONG, Direction.SHORT] | None = None,
    state: SignalState | None = None,
    min_confidence: Annotated[float, Query(ge=0, le=1)] = 0,
    limit: Limit = 50,
    as_of: AsOf = None,
) -> Signals:
    """Show signals and where each stands: new, active, hit_tp, hit_sl or expired; the newest first."""
    at = moment(as_of, settings)
    asked = SignalFilter(
        since=at - timedelta(hours=hours),
        symbol=symbol,
        direction=direction.value if direction else None,
        state=state.value if state else None,
        least_confidence=min_confidence,
    )
    with database.connect() as connection:
        return Signals(as_of=at, signals=standing_signals(connection, asked, at, limit))


@router.get("/signals/{signal_id}")
def signal(
    signal_id: Annotated[int, Path(ge=1, le=2**62)], database: Database, settings: Config, as_of: AsOf = None
) -> StandingSignal:
    """Show one signal and where it stands."""
    with database.connect() as connection:
        found = standing_signal(connection, signal_id, moment(as_of, settings))
    if found is None:
        raise NotFound("unknown_signal", f"there is no signal {signal_id}")
    return found
