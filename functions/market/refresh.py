"""Ask the exchange which pairs there are, rank them, and keep today's answer."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from functions.errors import RetryLater
from functions.market import store
from functions.market.universe import Instrument, RankedSymbol, Ticker, rank_by_turnover

if TYPE_CHECKING:  # ccxt takes seconds to import
    from functions.market.sources.bybit import BybitSource


@dataclass(frozen=True, slots=True)
class Refreshed:
    """A ranking just taken, and what changed since the one before; the first ranking lists nothing."""

    taken_at: datetime
    ranked: list[RankedSymbol]
    listed: list[str]
    delisted: list[str]


async def ask_universe(source: "BybitSource") -> tuple[list[Instrument], list[Ticker]]:
    """Return all pairs and their tickers as the exchange gives them."""
    return await source.instruments(), await source.tickers()


def keep_universe(engine: Engine, instruments: list[Instrument], tickers: list[Ticker]) -> Refreshed:
    """Store a ranking and its tickers.

    Raises:
        RetryLater: less than half of the pairs known before are in it: half an answer, not a mass delisting.
    """
    ranked = rank_by_turnover(instruments, tickers)
    if not ranked or not tickers:
        raise RetryLater("exchange_garbage", "Bybit listed no USDT pair", retry_after=5.0)
    taken_at = tickers[0].exchange_time
    here = {one.instrument.symbol for one in ranked}
    with engine.begin() as connection:
        known = store.trading_symbols(connection)
        if len(known & here) * 2 < len(known):
            raise RetryLater("exchange_garbage", f"Bybit listed {len(here)} USDT pairs, {len(known)} were known", retry_after=5.0)
        store.write_universe(connection, ranked, taken_at)
        store.write_tickers(connection, [ticker for ticker in tickers if ticker.symbol in here])
    return Refreshed(taken_at, ranked, sorted(here - known) if known else [], sorted(known - here))
