"""Jobs that ask the exchange, for the HTTP functions and the command line: universe, history, gaps."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from functions.errors import InputRejected
from functions.market import store
from functions.market.candles.gaps import Run
from functions.market.candles.timeframe import Timeframe
from functions.market.reports import RefreshedUniverse, RepairReport
from functions.market.run.backfill import backfill, check_days, wanted_history
from functions.market.run.bulk_lock import bulk_lock
from functions.market.run.exchange_time import agreed_time
from functions.market.run.repair import ORDER, GapRepair, OnPage
from functions.market.run.universe import fetch_universe, store_universe, watched_symbols
from functions.settings import Settings

if TYPE_CHECKING:  # ccxt takes seconds to import: the first job does it
    from functions.market.sources.bybit import BybitSource


def bybit(settings: Settings) -> "BybitSource":
    """Return the exchange of the settings."""
    from functions.market.sources.bybit import BybitSource

    return BybitSource(settings.bybit_rest_url, settings.bybit_requests_per_second)


async def refresh_universe(settings: Settings, engine: Engine) -> RefreshedUniverse:
    """Fetch and store today's universe."""
    async with bybit(settings) as source:
        now = await agreed_time(source, settings.clock)
        return store_universe(engine, *await fetch_universe(source, now, settings.clock.speed))


async def backfill_history(
    settings: Settings,
    engine: Engine,
    symbols: Sequence[str],
    days: int,
    timeframes: Sequence[Timeframe] = ORDER,
    on_page: OnPage = lambda _run, _added: None,
    on_plan: Callable[[int], None] = lambda _candles: None,
) -> RepairReport:
    """Load what is missing of the history of some pairs, or of the watched ones when none is named.

    Raises:
        InputRejected: a symbol is unknown or the days are absurd.
        Conflict: another process loads or repairs at this moment.
        RetryLater: the exchange failed; what came is stored.
    """
    check_days(days)
    async with bybit(settings) as source, bulk_lock(engine, source):
        now = await agreed_time(source, settings.clock)
        names = await _known_symbols(settings, engine, symbols, now, source)
        repair = GapRepair(source, engine, lambda: now)
        wanted = wanted_history(settings, names, timeframes, now, days)
        return await backfill(repair, wanted, on_page=on_page, on_plan=on_plan)


async def repair_gaps(settings: Settings, engine: Engine, symbols: Sequence[str], verify_hours: int) -> RepairReport:
    """Repair the open gaps, then verify the newest candles of some pairs, or of the watched ones.

    Raises:
        InputRejected: a symbol is unknown.
        Conflict: another process loads or repairs at this moment.
        RetryLater: the exchange is away.
    """
    async with bybit(settings) as source, bulk_lock(engine, source):
        now = await agreed_time(source, settings.clock)
        names = await _known_symbols(settings, engine, symbols, now, source)
        chosen = frozenset(symbols)
        repair = GapRepair(source, engine, lambda: now)
        await repair.recheck_absent(names)
        repaired = await repair.repair(lambda gap: not chosen or gap.symbol in chosen)
        verified = await repair.verify(newest_runs(names, now, timedelta(hours=verify_hours)))
    return verified + repaired


def newest_runs(symbols: Sequence[str], as_of: datetime, span: timedelta) -> list[Run]:
    """Return each timeframe's candles that closed in the last `span` before `as_of`; none for a span of 0."""
    if not span:
        return []
    return [
        Run(symbol, timeframe, timeframe.floor(as_of - span) - timeframe.span, timeframe.last_closed(as_of))
        for timeframe in ORDER
        for symbol in symbols
    ]


async def _known_symbols(
    settings: Settings, engine: Engine, symbols: Sequence[str], as_of: datetime, source: "BybitSource"
) -> list[str]:
    with engine.connect() as connection:
        known = store.trading_symbols(connection)
    if not known:  # a fresh database: nothing is known yet
        store_universe(engine, *await fetch_universe(source, as_of, settings.clock.speed))
        with engine.connect() as connection:
            known = store.trading_symbols(connection)
    unknown = sorted(set(symbols) - known)
    if unknown:
        raise InputRejected("unknown_symbol", f"expected USDT pairs that trade on Bybit spot, got {', '.join(unknown[:5])}")
    if symbols:
        return list(symbols)
    with engine.connect() as connection:
        return watched_symbols(connection, settings, as_of)
