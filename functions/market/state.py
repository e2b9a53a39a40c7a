"""What state market data is in, and keeping it no longer than wanted; for HTTP and the command line."""

from datetime import datetime, timedelta

from sqlalchemy import Engine

from functions.market import store
from functions.market.answers import MarketState, TimeframeState
from functions.market.freshness import Stale, freshness, ticker_freshness
from functions.market.retention import cuts
from functions.market.watched import watched_symbols
from functions.settings import Settings


def market_state(settings: Settings, engine: Engine, as_of: datetime) -> MarketState:
    """Return the state of market data at a moment; gaps are counted over the day before it."""
    with engine.connect() as connection:
        watched = watched_symbols(connection, settings, as_of)
        timeframes = []
        for one in store.coverage(connection):
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
    """Remove what is older than the settings keep; return the rows removed by timeframe, and those of the ledger."""
    removed: dict[str, int] = {}
    planned = cuts(as_of, settings.keep_5m_days, settings.keep_15m_days)
    for cut in planned:
        removed[cut.timeframe.value] = 0
        while True:
            with engine.begin() as connection:
                gone = store.remove_candles(connection, cut)
            removed[cut.timeframe.value] += gone
            if not gone:
                break
    with engine.begin() as connection:
        ledger = store.remove_ledger(connection, planned, as_of)
    return {"candles": removed, "ledger": ledger}
