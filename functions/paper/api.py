"""HTTP: open, close and settle paper trades, and show the account. Every call may be repeated."""

from fastapi import APIRouter

from functions.edge import Config, Database, moment
from functions.moments import AsOf
from functions.paper.answers import Portfolio, Settled, Summary, TradeClosed, TradeOpened
from functions.paper.requests import CloseRequest, OpenRequest, SettleRequest
from functions.paper.run import desk

router = APIRouter(prefix="/paper", tags=["paper"])


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
    """Settle every open trade from the candles since the last settlement and the latest price; harmless to repeat."""
    return desk.settle(moment(request.as_of if request else None, settings), settings, database)


@router.get("/portfolio")
def show_portfolio(settings: Config, database: Database, as_of: AsOf = None) -> Portfolio:
    """Show the account, what is open at the latest prices, and the trades closed last."""
    return desk.show_portfolio(settings, database, as_of)


@router.get("/summary")
def summary(settings: Config, database: Database, as_of: AsOf = None) -> Summary:
    """Give the figures of the UTC day so far."""
    return desk.summary(settings, database, as_of)
