"""HTTP: what an account did, trade by trade and in figures, and how far the desk is from what the plan asks for."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from sqlalchemy import Connection

from functions.edge import Config, Database, moment
from functions.moments import FIRST_MOMENT, AsOf
from functions.pairs import Symbol
from functions.paper.accounts import DESK, account_named
from functions.performance.answers import PerformanceAnswer, ReadinessAnswer, TradeRow, TradeRows
from functions.performance.exports import Export, Exported, csv_lines
from functions.performance.run.export import export_table
from functions.performance.run.figures import read_performance
from functions.performance.run.readiness import read_readiness
from functions.performance.store.rows import newest_trades

router = APIRouter(tags=["performance"])
Days = Annotated[int, Query(ge=1, le=3650, description="how far back")]
Name = Annotated[str, Query(max_length=40)]
EVERY_ACCOUNT = Query(
    max_length=40, description="desk, manual (the trader's own), technical, watch_list, random, dips or core; without it all"
)


@router.get("/performance")
def performance(
    settings: Config,
    database: Database,
    account: Name = DESK.name,
    since: AsOf = None,
    as_of: AsOf = None,
) -> PerformanceAnswer:
    """Give every figure of an account over whole UTC days, each with its formula, its interval and Bitcoin's beside it."""
    return read_performance(account, since, moment(as_of, settings), settings, database)


@router.get("/readiness")
def readiness(settings: Config, database: Database, as_of: AsOf = None) -> ReadinessAnswer:
    """Tell how far the desk is from the plan and from real money, and how much of it a coin toss shows as well."""
    at = moment(as_of, settings)
    with database.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        return read_readiness(connection, settings.gate_symbol, at)


@router.get("/trades")
def trades(
    settings: Config,
    database: Database,
    *,
    account: Name = DESK.name,
    symbol: Symbol | None = None,
    state: Literal["open", "closed"] | None = None,
    days: Days = 30,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    as_of: AsOf = None,
) -> TradeRows:
    """List the paper trades of an account that were opened in the last days, the newest first."""
    account_named(account)
    at = moment(as_of, settings)
    with database.connect() as connection:
        rows = newest_trades(
            connection,
            at - timedelta(days=days),
            at,
            account=account,
            symbol=symbol or "",
            state=state or "",
            limit=limit,
        )
        return TradeRows(as_of=at, trades=[TradeRow.model_validate(dict(row)) for row in rows])


@router.get("/exports/{table}.csv", response_class=StreamingResponse, responses={200: {"content": {"text/csv": {}}}})
def export(
    table: Export,
    settings: Config,
    database: Database,
    *,
    account: Annotated[str, EVERY_ACCOUNT] = "",
    symbol: Symbol | None = None,
    since: AsOf = None,
    as_of: AsOf = None,
) -> StreamingResponse:
    """Write trades, signals, equity or scores as CSV: the rows and columns of `quorum export`."""
    at = moment(as_of, settings)
    connection = database.connect().execution_options(isolation_level="REPEATABLE READ")
    try:
        exported = export_table(
            connection, table, since or FIRST_MOMENT, at, settings.gate_symbol, account=account, symbol=symbol or ""
        )
    except BaseException:
        connection.close()
        raise
    disposition = f'attachment; filename="{table.value}.csv"'
    return StreamingResponse(_sent(connection, exported), media_type="text/csv", headers={"Content-Disposition": disposition})


def _sent(connection: Connection, exported: Exported) -> Iterator[str]:
    """Yield the lines of a table, and give its connection back."""
    with connection:
        yield from csv_lines(exported)
