"""HTTP: open, close and settle paper trades, and show the accounts. Every call may be repeated."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import Connection, Engine

from functions.edge import Config, Database, moment
from functions.moments import AsOf
from functions.paper.accounts import MANUAL, account_named
from functions.paper.answers import Followed, Portfolio, Settled, Summary, TradeClosed, TradeOpened
from functions.paper.report import AccountsReport, EquityCurves
from functions.paper.requests import CloseRequest, FollowRequest, OpenRequest, SettleRequest
from functions.paper.run import desk
from functions.paper.run.following import follow
from functions.paper.run.report import read_curves, read_report

router = APIRouter(prefix="/paper", tags=["paper"])
Hours = Annotated[int, Query(ge=1, le=24 * 400, description="how far back")]
Days = Annotated[int, Query(ge=1, le=3650, description="how far back")]
Name = Annotated[str, Query(max_length=40, description="desk, manual (the trader's own), technical, watch_list or random")]


@router.post("/trades")
def open_trade(request: OpenRequest, settings: Config, database: Database) -> TradeOpened:
    """Open a trade at the latest price, slippage and fee included."""
    return desk.open_trade(request, settings, database)


@router.post("/trades/close")
def close_trade(request: CloseRequest, settings: Config, database: Database) -> TradeClosed:
    """Close a trade or a fraction of it, after settling what its stop and targets have met until now."""
    return desk.close_trade(request, settings, database)


@router.post("/settle")
def settle(settings: Config, database: Database, request: SettleRequest | None = None) -> Settled:
    """Settle open trades from the candles since the last settlement and the latest price; harmless to repeat."""
    request = request or SettleRequest()
    return desk.settle(moment(request.as_of, settings), settings, database, request.symbols)


@router.post("/trade")
def trade(settings: Config, database: Database, request: FollowRequest | None = None) -> Followed:
    """Let every account open what its signals ask for, each limit decided under its lock; harmless to repeat."""
    return follow(moment(request.as_of if request else None, settings), settings, database)


@router.get("/portfolio")
def show_portfolio(settings: Config, database: Database, as_of: AsOf = None, account: Name = MANUAL.name) -> Portfolio:
    """Show an account, what is open at the latest prices, and the trades closed last."""
    return desk.show_portfolio(settings, database, as_of, account_named(account))


@router.get("/summary")
def summary(settings: Config, database: Database, as_of: AsOf = None, account: Name = MANUAL.name) -> Summary:
    """Give an account's figures of the UTC day so far."""
    return desk.summary(settings, database, as_of, account_named(account))


@router.get("/report")
def report(settings: Config, database: Database, hours: Hours = 24, as_of: AsOf = None) -> AccountsReport:
    """Show each account beside the others and BTC: what it booked, and how its equity changed, in the hours up to a moment."""
    at = moment(as_of, settings)
    with _snapshot(database) as connection:
        return read_report(connection, at, at - timedelta(hours=hours), settings.gate_symbol)


@router.get("/equity")
def equity(settings: Config, database: Database, days: Days = 400, as_of: AsOf = None) -> EquityCurves:
    """Show what each account was worth at each UTC midnight and is now, beside the price of BTC, from fills and candles alone."""
    at = moment(as_of, settings)
    with _snapshot(database) as connection:
        return read_curves(connection, at, at - timedelta(days=days), settings.gate_symbol)


def _snapshot(database: Engine) -> Connection:
    """Return a connection that sees one state of the database."""
    return database.connect().execution_options(isolation_level="REPEATABLE READ")
