"""What state market data is in, and keeping it no longer than wanted; for HTTP and the command line."""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from functions.clock import wall_now
from functions.logs import get_logger
from functions.market import store
from functions.market.answers import MarketState, TimeframeState
from functions.market.candles.freshness import Stale, freshness, ticker_freshness
from functions.market.retention import CHANGE_DAYS, Cut, Kind, cuts
from functions.market.run.universe import watched_symbols
from functions.settings import Settings

log = get_logger("market")


def market_state(settings: Settings, engine: Engine, as_of: datetime) -> MarketState:
    """Return the state of market data at a moment; gaps are counted over the day before it."""
    with engine.connect() as connection:
        watched = watched_symbols(connection, settings, as_of)
        timeframes = []
        for one in store.coverage(connection, as_of):
            closes = store.last_closes(connection, one.timeframe, watched, as_of)
            judged = freshness(watched, closes, one.timeframe, as_of)
            stale = [verdict.reason for verdict in judged if isinstance(verdict, Stale)]
            timeframes.append(
                TimeframeState(
                    timeframe=one.timeframe,
                    candles=one.candles,
                    newest_close=one.newest_close,
                    open_gaps=one.open_gaps,
                    stale=stale,
                )
            )
        prices = {ticker.symbol: ticker.exchange_time for ticker in store.read_tickers(connection, as_of, watched or ["-"])}
        stale_prices = [name for name in watched if isinstance(ticker_freshness(name, prices.get(name), as_of), Stale)]
        gaps = store.gap_counts(connection, as_of - timedelta(days=1))
    return MarketState(as_of=as_of, watched=len(watched), timeframes=timeframes, stale_prices=len(stale_prices), gaps=gaps)


def retain(settings: Settings, engine: Engine, as_of: datetime) -> dict[str, object]:
    """Remove what is older than it is kept; return the rows removed: candles by timeframe, and everything else.

    Each day of each kind goes in a transaction of its own: what is removed stays removed, whatever stops the rest, and a kind
    that cannot be removed keeps no other from going.

    Raises:
        DBAPIError: what the database said of the first kind that could not be removed.
    """
    candles: Counter[str] = Counter()
    ledger: Counter[str] = Counter()
    refused: list[DBAPIError] = []
    wall = as_of + (wall_now() - settings.clock.now())
    for cut in cuts(as_of, wall, settings.keep_5m_days, settings.keep_15m_days):
        try:
            removed = _remove(engine, cut)
        except DBAPIError as error:
            log.error("not removed", kind=cut.kind.value, timeframe=cut.timeframe, error=str(error.orig))
            refused.append(error)
            continue
        if cut.kind is Kind.CANDLES and cut.timeframe:
            candles[cut.timeframe.value] += removed
        else:
            ledger[cut.kind.value] += removed
    with engine.begin() as connection:
        ledger["changes"] = store.remove_changes(connection, CHANGE_DAYS)
    if refused:
        raise refused[0]
    return {"candles": dict(candles), "ledger": ledger.total(), "kinds": dict(ledger)}


def _remove(engine: Engine, cut: Cut) -> int:
    total = 0
    while True:
        with engine.begin() as connection:
            removed = store.remove_oldest_day(connection, cut)
        if removed is None:
            return total
        total += removed
