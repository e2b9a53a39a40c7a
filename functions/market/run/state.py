"""The state of market data: how much there is, what of it is stale, how many gaps are open."""

from datetime import datetime, timedelta

from sqlalchemy import Engine

from functions.market import store
from functions.market.answers import MarketState, TimeframeState
from functions.market.candles.freshness import Stale, freshness, ticker_freshness
from functions.market.run.universe import watched_symbols
from functions.settings import Settings


def market_state(settings: Settings, engine: Engine, as_of: datetime) -> MarketState:
    """Return the state of market data at a moment; gaps are counted over the day before it."""
    with engine.connect() as connection:
        watched = watched_symbols(connection, settings, as_of)
        timeframes = []
        for coverage in store.coverage(connection, as_of):
            closes = store.last_closes(connection, coverage.timeframe, watched, as_of)
            verdicts = freshness(watched, closes, coverage.timeframe, as_of)
            stale = [verdict.reason for verdict in verdicts if isinstance(verdict, Stale)]
            timeframes.append(
                TimeframeState(
                    timeframe=coverage.timeframe,
                    candles=coverage.candles,
                    newest_close=coverage.newest_close,
                    open_gaps=coverage.open_gaps,
                    stale=stale,
                )
            )
        prices = {ticker.symbol: ticker.exchange_time for ticker in store.read_tickers(connection, as_of, watched or ["-"])}
        stale_prices = [name for name in watched if isinstance(ticker_freshness(name, prices.get(name), as_of), Stale)]
        gaps = store.gap_counts(connection, as_of - timedelta(days=1))
    return MarketState(as_of=as_of, watched=len(watched), timeframes=timeframes, stale_prices=len(stale_prices), gaps=gaps)
