"""HTTP: health, readiness, the state of every part, and reports of failed workflows."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field

from functions.clock import wall_now
from functions.edge import Config, Database, moment
from functions.edge.refusals import RecentRefusal
from functions.errors import RetryLater
from functions.logs import get_logger, hide_secrets
from functions.market.store import trading_symbols
from functions.moments import AsOf
from functions.outbox import raise_alert
from functions.status import store
from functions.status.beats import LATE_AFTER, WATCHDOG, late_parts
from functions.status.failure import detail_of
from functions.status.keys import unconfigured
from functions.status.missing import failing_sources, moved_chats, not_set, unheard_watchdog, unknown_pairs, unsent
from functions.status.workflows import State, WorkflowState
from functions.strangers import Whole

open_router = APIRouter(tags=["health"])
router = APIRouter(prefix="/status", tags=["status"])
log = get_logger("status")
EXCHANGE = "Bybit"  # stands in each sentence about it
ONCE_IN = timedelta(hours=1)  # a failing workflow is told of


class Health(BaseModel):
    """The answer of a process that runs."""

    status: str = "ok"


class Part(BaseModel):
    """One process with its last heartbeat."""

    part: str
    at: AwareDatetime
    late: bool
    detail: dict[str, Any]


class Workflow(BaseModel):
    """One of n8n's workflows, by what n8n has noted of its runs."""

    workflow: str
    name: str
    state: State = Field(description="runs; fails: its last run did; stopped: runs are missing; off: not published")
    succeeded_at: AwareDatetime | None
    failed_at: AwareDatetime | None
    missing_since: AwareDatetime | None = Field(description="when it is stopped")

    @classmethod
    def of(cls, state: WorkflowState) -> "Workflow":
        """Return a workflow's state."""
        return cls(
            workflow=state.workflow,
            name=state.name,
            state=state.state,
            succeeded_at=state.succeeded_at,
            failed_at=state.failed_at,
            missing_since=state.missing_since,
        )


class NewestCandle(BaseModel):
    """How far the candles of one timeframe reach."""

    timeframe: str
    close_time: AwareDatetime
    symbols: int


class UnconfiguredSource(BaseModel):
    """A source that is not asked, or may be asked less, because it has no key."""

    source: str
    settings: list[str] = Field(description="that are not set")
    adds: str
    how: str = Field(description="to get the key")


class Status(BaseModel):
    """The state of every part."""

    as_of: AwareDatetime = Field(description="market time")
    parts: list[Part]
    workflows: list[Workflow] = Field(description="of n8n; none before the first deploy")
    sources: list[dict[str, Any]]
    unconfigured: list[UnconfiguredSource]
    candles: list[NewestCandle]
    outbox: dict[str, int]
    signals_24h: int
    open_gaps: int
    missing: list[str] = Field(description="what a person should look at, one sentence each")


class FailedRun(BaseModel):
    """What n8n reports of a failed execution; any text is accepted and cut to its limit."""

    workflow: Annotated[str, BeforeValidator(Whole(200))]
    execution_id: Annotated[str, BeforeValidator(Whole(100))] = ""
    node: Annotated[str, BeforeValidator(Whole(200))] = ""
    message: Annotated[str, BeforeValidator(Whole(20_000))] = ""


class ExchangeState(BaseModel):
    """What the collector knows of the exchange."""

    trouble: Annotated[str, BeforeValidator(Whole(500))] = Field(default="", description="why it is away; empty when it is back")
    gaps_filled: int = Field(default=0, ge=0, le=10**9, description="since it went away")


class AlertRaised(BaseModel):
    """Whether an alert was raised."""

    raised: bool


@open_router.get("/health")
def health() -> Health:
    """Tell that the process answers."""
    return Health()


@open_router.get("/health/ready")
def ready(request: Request, database: Database) -> Health:
    """Tell that the database takes writes too; 503 with the reason when it does not, or has just refused one."""
    refusal: RecentRefusal = request.app.state.refusal
    if reason := refusal.recent():
        raise RetryLater(reason.code, reason.sentence, reason.retry_after or 5.0)
    with database.connect() as connection:
        store.try_to_write(connection)
    return Health()


@router.get("")
def status(settings: Config, database: Database, as_of: AsOf = None) -> Status:
    """Return the state of every part."""
    at, now = moment(as_of, settings), wall_now()
    with database.connect() as connection:
        beats = store.heartbeats(connection)
        late = late_parts(beats, now)
        parts = [Part(part=beat.part, at=beat.at, late=beat.part in late, detail=beat.detail) for beat in beats]
        states = store.workflow_states(connection, beats, now)
        candles = [NewestCandle(timeframe=t, close_time=c, symbols=n) for t, c, n in store.newest_closes(connection, at)]
        sources = store.sources(connection, now)
        return Status(
            as_of=at,
            parts=parts,
            workflows=list(map(Workflow.of, states)),
            sources=sources,
            unconfigured=[
                UnconfiguredSource(source=keyed.source, settings=list(missing), adds=keyed.adds, how=keyed.how)
                for keyed, missing in unconfigured(settings.is_set)
            ],
            candles=candles,
            outbox=store.outbox_counts(connection, now),
            missing=[
                *not_set(settings.telegram_bot_token.get_secret_value(), settings.telegram_chat_ids),
                *unknown_pairs(settings.symbols, settings.gate_symbol, trading_symbols(connection)),
                *failing_sources(sources),
                *(state.sentence for state in states if state.sentence),
                *(
                    one
                    for beat in beats
                    if beat.part == WATCHDOG and beat.part not in late
                    for one in unheard_watchdog(beat.detail)
                ),
                *moved_chats(store.moved_chats(connection)),
                *unsent(*store.send_errors(connection, now - timedelta(hours=24))),
            ],
            **store.counts(connection, at - timedelta(hours=24)),
        )


@router.post("/failed-runs")
def failed_run(run: FailedRun, database: Database) -> AlertRaised:
    """Note a workflow's failed execution and tell the trader, at most once an hour and workflow.

    While the exchange is away the trader is told of that instead, once for all workflows.
    """
    message = hide_secrets(detail_of(run.message))
    log.error("workflow failed", **{**run.model_dump(), "message": message})
    now = wall_now()
    payload = {**run.model_dump(), "message": message[:500]}
    with database.begin() as connection:
        store.lock_alerts(connection)
        of_exchange = EXCHANGE in message and bool(store.exchange_trouble(connection, now - LATE_AFTER))
        raised = not (of_exchange or store.told_of(connection, run.workflow, now - ONCE_IN)) and raise_alert(
            connection,
            key=f"failed_run:{run.workflow}:{now.isoformat()}",
            kind="failed_run",
            payload=payload,
            created_at=now,
            expires_at=now + timedelta(hours=12),
        )
    return AlertRaised(raised=raised)


@router.post("/exchange")
def exchange(state: ExchangeState, database: Database) -> AlertRaised:
    """Tell the trader that the exchange is away, or back: once each, however often it is reported."""
    now = wall_now()
    with database.begin() as connection:
        store.lock_alerts(connection)
        since = store.standing_outage(connection)
        if bool(state.trouble) is (since is not None):
            return AlertRaised(raised=False)
        minutes = 0 if since is None else round((now - since).total_seconds() / 60)
        kind = "exchange_away" if state.trouble else "exchange_back"
        payload = {"reason": hide_secrets(state.trouble)} if state.trouble else {"minutes": minutes, "gaps": state.gaps_filled}
        raised = raise_alert(
            connection,
            key=f"{kind}:{now.isoformat()}",
            kind=kind,
            payload=payload,
            created_at=now,
            expires_at=now + timedelta(hours=12),
        )
    return AlertRaised(raised=raised)
