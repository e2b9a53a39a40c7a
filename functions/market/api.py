"""HTTP functions of market: refresh the universe, load and repair history, look at what is there."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from functions.edge import Config, Database, known_by, moment
from functions.errors import Conflict, InputRejected, NotFound
from functions.market import store
from functions.market.answers import (
    CandleRow,
    CandleSeries,
    GapRow,
    MarketState,
    RepairDone,
    RetentionDone,
    RevisionRow,
    TickerRow,
    UniversePair,
    UniverseTaken,
)
from functions.market.candles.timeframe import Timeframe
from functions.market.reports import RepairReport
from functions.market.run import jobs, retention
from functions.market.run.backfill import LONGEST_DAYS
from functions.market.run.repair import ORDER
from functions.market.run.state import market_state
from functions.market.universe import tradable
from functions.moments import AsOf
from functions.pairs import Symbol, read_symbol

router = APIRouter(prefix="/market", tags=["market"])
Symbols = Annotated[list[Symbol], Field(max_length=1000)]


class BackfillRequest(BaseModel):
    """Which history to load; without symbols the watched ones."""

    symbols: Symbols = []
    days: Annotated[int, Field(ge=1, le=LONGEST_DAYS)] | None = None
    timeframes: list[Timeframe] = []


class RepairRequest(BaseModel):
    """What to repair; the last `verify_hours` of stored candles are fetched again, to find what the exchange has revised."""

    symbols: Symbols = []
    verify_hours: Annotated[int, Field(ge=0, le=24 * 31)] = 6


@router.post("/universe/refresh")
def refresh_universe(settings: Config, database: Database) -> UniverseTaken:
    """Ask the exchange for its pairs and tickers and keep them; a day keeps its first ranking."""
    return UniverseTaken.of(asyncio.run(jobs.refresh_universe(settings, database)))


@router.get("/universe")
def universe(
    settings: Config,
    database: Database,
    as_of: AsOf = None,
    top: Annotated[int | None, Query(ge=1, le=2000)] = None,
) -> list[UniversePair]:
    """List the pairs as they were known at a moment, largest turnover first; with `top` only those worth scanning."""
    at = moment(as_of, settings)
    with database.connect() as connection:
        day = store.latest_universe(connection, at)
        if day is None:
            raise NotFound("no_universe", "no universe was taken by then; POST /market/universe/refresh takes one")
        ranked = store.read_universe(connection, day, at)
    if top is not None:
        ranked = [pair for pair in ranked if tradable(pair.instrument)][:top]
    return [UniversePair.of(day, pair) for pair in ranked]


@router.post("/backfill")
def backfill(settings: Config, database: Database, request: BackfillRequest | None = None) -> RepairDone:
    """Load what is missing of the history; a second run loads only what is still missing."""
    request = request or BackfillRequest()
    days, timeframes = request.days or settings.history_days, tuple(request.timeframes) or ORDER
    return RepairDone.of(asyncio.run(jobs.backfill_history(settings, database, request.symbols, days, timeframes)))


@router.post("/gaps/repair")
def repair(settings: Config, database: Database, request: RepairRequest | None = None) -> RepairDone:
    """Fill the open gaps, and ask again for the newest candles of the watched pairs to find revisions.

    While another part loads or repairs, nothing is done and the answer says `busy`: the next run of a schedule goes on.
    """
    request = request or RepairRequest()
    try:
        return RepairDone.of(asyncio.run(jobs.repair_gaps(settings, database, request.symbols, request.verify_hours)))
    except Conflict as error:
        return RepairDone.of(RepairReport(last_error=error.detail)).model_copy(update={"busy": True})


@router.get("/gaps")
def gaps(
    database: Database,
    state: Literal["open", "closed", "all"] = "open",
    symbol: Symbol | None = None,
    limit: Annotated[int, Query(ge=1, le=5000)] = 200,
) -> list[GapRow]:
    """List the ledger: every run of missing candles there ever was, and how it ended."""
    with database.connect() as connection:
        return [GapRow.model_validate(gap) for gap in store.list_gaps(connection, state=state, symbol=symbol, limit=limit)]


@router.get("/revisions")
def revisions(
    database: Database, symbol: Symbol | None = None, limit: Annotated[int, Query(ge=1, le=5000)] = 200
) -> list[RevisionRow]:
    """List candle values that the exchange changed after it had said them, newest first."""
    with database.connect() as connection:
        return [RevisionRow.model_validate(dict(row)) for row in store.revisions(connection, symbol, limit)]


@router.get("/state")
def state(settings: Config, database: Database, as_of: AsOf = None) -> MarketState:
    """Tell how much there is of each timeframe, what of it is stale, and how many gaps are open."""
    return market_state(settings, database, moment(as_of, settings))


@router.post("/retention/apply")
def apply_retention(settings: Config, database: Database, as_of: AsOf = None) -> RetentionDone:
    """Remove 5m and 15m candles older than the settings keep, and what else has an end; run again it removes nothing."""
    return RetentionDone.model_validate(retention.apply_retention(settings, database, moment(as_of, settings)))


@router.get("/candles")
def candles(
    settings: Config,
    database: Database,
    symbol: Symbol,
    timeframe: Timeframe,
    as_of: AsOf = None,
    limit: Annotated[int, Query(ge=1, le=5000)] = 200,
) -> CandleSeries:
    """Return the newest closed candles of one pair, oldest first, and whether they are fresh."""
    at = moment(as_of, settings)
    with database.connect() as connection:
        if not store.read_instruments(connection, [symbol]):
            raise NotFound("unknown_symbol", f"expected a pair of the universe, got {symbol}")
        rows = store.candle_rows(connection, symbol, timeframe, at, limit, known_by(as_of, settings))
    return CandleSeries.of(symbol, timeframe, at, [CandleRow.model_validate(row) for row in rows])


@router.get("/tickers")
def tickers(
    settings: Config, database: Database, symbols: Annotated[str, Query(max_length=20_000)] = "", as_of: AsOf = None
) -> list[TickerRow]:
    """Return the latest prices, of all pairs or of some (separated by commas), each with its freshness.

    Only the latest price of a pair is kept: with an `as_of`, pairs whose price is from after it are left out.
    """
    wanted = _names(symbols)
    at = moment(as_of, settings)
    with database.connect() as connection:
        tickers = store.read_tickers(connection, at, wanted)
    return [TickerRow.of(ticker, at) for ticker in tickers if as_of is None or ticker.exchange_time <= as_of]


def _names(symbols: str) -> list[str]:
    """Return the pairs of a list separated by commas.

    Raises:
        InputRejected: one of them cannot be the name of a pair.
    """
    names = [name.strip() for name in symbols.split(",") if name.strip()]
    pairs = [read_symbol(name) for name in names]
    for name, pair in zip(names, pairs, strict=True):
        if pair is None:
            raise InputRejected("unknown_symbol", f"expected pairs such as BTCUSDT, separated by commas, got {name[:40]!r}")
    return [pair for pair in pairs if pair]
