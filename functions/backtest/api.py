"""HTTP functions of backtests."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from functions.backtest import store
from functions.backtest.parity.answers import Parities, Parity, ParityRan
from functions.backtest.parity.run import note_rules, run_parity
from functions.backtest.parity.store import parities
from functions.backtest.rules import BacktestRules
from functions.backtest.run.settings import rules_of
from functions.backtest.run.stored import StoredQuestion, run_stored
from functions.clock import wall_now
from functions.edge import Config, Database, moment
from functions.errors import InputRejected, NotFound
from functions.moments import AsOf
from functions.pairs import Symbol
from functions.scoring.rules import FactorWeights
from functions.settings.weights import read_weights

router = APIRouter(prefix="/backtest", tags=["backtest"])
Number = Annotated[int, Path(ge=1, le=2**62)]


class BacktestRequest(BaseModel):
    """What to trade again: by default every whole day that there are 5m candles of, by the desk's own settings."""

    since: AsOf = Field(None, description="a midnight UTC")
    until: AsOf = Field(None, description="a midnight UTC, not included")
    symbols: list[Symbol] = Field(default_factory=list, max_length=600, description="all by default")
    weights: str = Field("", max_length=200, description="of the factors, e.g. technical=40, momentum=10")
    rules: Literal["signals", "technical"] = "signals"
    sweeps: bool = Field(False, description="also without each factor, at other costs, with later entries")
    as_of: AsOf = None


class ParityRequest(BaseModel):
    """Up to when the desk is compared with the backtest: by default the last midnight UTC."""

    until: AsOf = Field(None, description="the end of a 15m candle that is closed")
    anew: bool = Field(False, description="look again where it was looked at before")
    as_of: AsOf = None


class RunRow(BaseModel):
    """A run: how far it is, and its figures once it is done."""

    id: int
    state: Literal["running", "done", "failed"]
    step: str
    steps_done: int
    steps: int = Field(description="of this step; 0 while it is not known")
    rules: str
    since: datetime
    until: datetime
    data_hash: str
    code_hash: str
    settings_hash: str
    result_hash: str | None
    figures: dict[str, Any] | None
    started_at: datetime
    ended_at: datetime | None


class RunRows(BaseModel):
    """The newest runs."""

    runs: list[RunRow]


class RunDocument(BaseModel):
    """All that is kept of a run but its trades."""

    id: int
    result: dict[str, Any]


class RunTrades(BaseModel):
    """Trades of one account of a run, in order of entry."""

    id: int
    account: str
    trades: list[dict[str, Any]]


@router.post("/runs")
def run(request: BacktestRequest, settings: Config, database: Database) -> RunRow:
    """Trade the stored candles as the desk would have; of the same data, code and settings there is one run."""
    asked = StoredQuestion(
        rules=_weighed(rules_of(settings), request.weights),
        trades=request.rules,
        symbols=request.symbols,
        since=request.since,
        until=request.until,
        sweeps=request.sweeps,
    )
    number = run_stored(database, asked, moment(request.as_of, settings))
    return _row(database, number)


@router.get("/runs")
def runs(database: Database, limit: Annotated[int, Query(ge=1, le=100)] = 10, as_of: AsOf = None) -> RunRows:
    """Show the newest runs, those that are running with how far they are."""
    with database.connect() as connection:
        found = store.newest_runs(connection, as_of or wall_now(), limit)
    return RunRows(runs=[RunRow.model_validate(row) for row in found])


@router.get("/runs/{number}")
def one_run(number: Number, database: Database) -> RunRow:
    """Show one run, with how far it is."""
    return _row(database, number)


@router.get("/runs/{number}/result")
def result(number: Number, database: Database) -> RunDocument:
    """Return all that is kept of a run that is done, but its trades."""
    with database.connect() as connection:
        document = store.run_document(connection, number)
    if document is None:
        raise NotFound("unknown_backtest", f"there is no backtest {number} that is done")
    return RunDocument(id=number, result=dict(document))


@router.get("/runs/{number}/trades")
def trades(
    number: Number,
    database: Database,
    account: Annotated[str, Query(pattern=r"^[a-z0-9_]{1,30}$")] = "desk",
    after: Annotated[int, Query(ge=0, le=2**31 - 1, description="the number of the last trade that is known")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> RunTrades:
    """Return trades of one account of a run, each with its fills."""
    _row(database, number)
    with database.connect() as connection:
        found: list[Mapping[str, Any]] = store.run_trades(connection, number, account, limit, after)
    return RunTrades(id=number, account=account, trades=[dict(trade) for trade in found])


@router.post("/parity/run")
def run_one_parity(settings: Config, database: Database, request: ParityRequest | None = None) -> ParityRan:
    """Run the desk's window again and compare it trade by trade, once a night; asked again it gives what was found."""
    request, rules = request or ParityRequest(), rules_of(settings)
    note_rules(database, rules, settings.clock.now())
    return run_parity(database, rules, moment(request.as_of, settings), request.until, anew=request.anew)


@router.get("/parity")
def parity(settings: Config, database: Database, limit: Annotated[int, Query(ge=1, le=100)] = 7, as_of: AsOf = None) -> Parities:
    """Show how far desk and backtest agree, each difference with its class and cause; the newest night first."""
    with database.connect() as connection:
        found = parities(connection, moment(as_of, settings), limit)
    return Parities(parities=[Parity.of(row) for row in found])


def _row(database: Database, number: int) -> RunRow:
    with database.connect() as connection:
        row = store.find_run(connection, number)
    if row is None:
        raise NotFound("unknown_backtest", f"there is no backtest {number}")
    return RunRow.model_validate(row)


def _weighed(rules: BacktestRules, weights: str) -> BacktestRules:
    if not weights:
        return rules
    try:
        return replace(rules, score=replace(rules.score, weights=FactorWeights(**read_weights(weights))))
    except ValueError as error:
        raise InputRejected("wrong_weights", str(error)) from error
