"""The universe: fetch the exchange's pairs, rank and store them, and choose the watched ones."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine

from functions.errors import RetryLater
from functions.logs import get_logger
from functions.market import store
from functions.market.reports import RefreshedUniverse
from functions.market.universe import (
    STATUSES,
    TRADING,
    Instrument,
    RankedSymbol,
    Ticker,
    quoted_in_usdt,
    rank_by_turnover,
    top,
    unknown_kinds,
)
from functions.pairs import QUOTE
from functions.settings import Settings

log = get_logger("market")
OF_NOW = timedelta(minutes=1)
OF_THE_DAY = timedelta(days=1)
_WARNED: set[str] = set()  # kinds of pairs that this process has warned of

if TYPE_CHECKING:  # ccxt takes seconds to import
    from functions.market.sources.bybit import BybitSource


async def fetch_universe(source: "BybitSource", now: datetime, speed: float = 1.0) -> tuple[list[Instrument], list[Ticker]]:
    """Return the exchange's pairs and their tickers.

    Args:
        source: the exchange.
        now: its time, on which several of its answers agree.
        speed: of the market clock.

    Raises:
        RetryLater: the exchange does not answer, or its answer is a minute or more from another time.
    """
    instruments, tickers = await source.instruments(), await source.tickers()
    off = abs(tickers[0].exchange_time - now) if tickers else timedelta(0)
    if off >= OF_NOW * max(1.0, speed):
        raise RetryLater("exchange_garbage", f"Bybit answered as of {off.total_seconds():.0f} s away", retry_after=1.0)
    return instruments, tickers


def store_universe(engine: Engine, instruments: list[Instrument], tickers: list[Ticker]) -> RefreshedUniverse:
    """Store a ranking and its tickers.

    Raises:
        RetryLater: the answer holds less than half of the pairs known before: it is incomplete, and no mass delisting.
    """
    ranked = rank_by_turnover(instruments, tickers)
    if not ranked or not tickers:
        raise RetryLater("exchange_garbage", "Bybit listed no USDT pair", retry_after=5.0)
    taken_at = tickers[0].exchange_time
    here = {pair.instrument.symbol for pair in ranked}
    in_doubt = sorted(pair.symbol for pair in instruments if pair.quote == QUOTE and pair.status not in STATUSES)
    with engine.begin() as connection:
        known = store.trading_symbols(connection)
        if len(known & here) * 2 < len(known):
            raise RetryLater("exchange_garbage", f"Bybit listed {len(here)} USDT pairs, {len(known)} were known", retry_after=5.0)
        ended = {pair.symbol for pair in instruments if pair.status in STATUSES - {TRADING}}
        missed = sorted(store.trading_symbols(connection, taken_at) - here - ended)
        of_day = _ranked_with(connection, missed, instruments, tickers, taken_at)
        store.write_universe(connection, ranked, taken_at, in_doubt, of_day)
        store.write_tickers(connection, [ticker for ticker in tickers if ticker.symbol in here])
    kinds = unknown_kinds(quoted_in_usdt(instruments))
    _warn_of(kinds)
    return RefreshedUniverse(
        taken_at=taken_at,
        ranked=ranked,
        listed=sorted(here - known) if known else [],
        delisted=sorted(known - here - set(in_doubt)),
        unknown_kinds=kinds,
    )


def watched_symbols(connection: Connection, settings: Settings, as_of: datetime) -> list[str]:
    """Return the pairs to watch at a moment, largest turnover first; empty when no universe was taken yet.

    Args:
        connection: to our database.
        settings: SYMBOLS wins when it names any, else TOP_SYMBOLS; GATE_SYMBOL, pairs with an open paper
            trade and those with a signal of the last days are always watched. Pairs that no longer trade are not.
        as_of: only what was known then counts.
    """
    day = store.latest_universe(connection, as_of)
    if day is None:
        return []
    ranked = store.read_universe(connection, day, as_of)
    trading = store.trading_symbols(connection, as_of)
    chosen = list(settings.symbols) or top(ranked, settings.top_symbols)
    return [
        name for name in dict.fromkeys([settings.gate_symbol, *store.held_symbols(connection, as_of), *chosen]) if name in trading
    ]


def _ranked_with(
    connection: Connection, missed: Sequence[str], instruments: Sequence[Instrument], tickers: Sequence[Ticker], at: datetime
) -> list[RankedSymbol]:
    """Rank the pairs of an answer together with those that it lacks and that may be back soon.

    A ranking holds for a day: an answer that is wrong in part must not put a pair behind all others until tomorrow. What has no
    ticker in it is ranked by its turnover of the last day, as far as that is known.
    """
    lacking = [replace(pair, status=TRADING) for pair in store.read_instruments(connection, missed).values()]
    remembered = [ticker for ticker in store.read_tickers(connection, at) if ticker.exchange_time > at - OF_THE_DAY]
    return rank_by_turnover([*instruments, *lacking], [*remembered, *tickers])


def _warn_of(kinds: Mapping[str, int]) -> None:
    """Warn once of each unknown kind: its pairs are left out."""
    new = {kind: count for kind, count in kinds.items() if kind not in _WARNED}
    if new:
        _WARNED.update(new)
        log.warning("pairs of an unknown kind are left out", kinds=new)
