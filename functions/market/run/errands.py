"""The errands to the exchange that the HTTP functions and the command line run: universe, history, repair."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from functions.errors import Conflict, InputRejected
from functions.market import store
from functions.market.candles.gaps import Run
from functions.market.candles.grid import Timeframe
from functions.market.reports import Refreshed, Report
from functions.market.run.agreed import agreed_time
from functions.market.run.backfill import backfill
from functions.market.run.history import check_days, wanted_history
from functions.market.run.refresh import ask_universe, keep_universe
from functions.market.run.repair import ORDER, OnPage, Repair
from functions.market.run.turns import Paced, turn
from functions.market.run.watched import watched_symbols
from functions.settings import Settings

if TYPE_CHECKING:  # ccxt takes seconds to import: the first errand does it
    from functions.market.sources.bybit import BybitSource


def bybit(settings: Settings) -> "BybitSource":
    """Return the exchange of the settings."""
    from functions.market.sources.bybit import BybitSource

    return BybitSource(settings.bybit_rest_url, settings.bybit_requests_per_second)


async def take_universe(settings: Settings, engine: Engine) -> Refreshed:
    """Take today's universe."""
    async with bybit(settings) as source:
        now = await agreed_time(source, settings.clock)
        return keep_universe(engine, *await ask_universe(source, now, settings.clock.speed))


async def load_history(
    settings: Settings,
    engine: Engine,
    symbols: Sequence[str],
    days: int,
    timeframes: Sequence[Timeframe] = ORDER,
    on_page: OnPage = lambda _run, _added: None,
    on_plan: Callable[[int], None] = lambda _candles: None,
) -> Report:
    """Load what is missing of the history of some pairs, or of the watched ones when none is named.

    Raises:
        InputRejected: a symbol is unknown or the days are absurd.
        Conflict: another process loads or repairs at this moment.
        RetryLater: the exchange failed; what came is stored.
    """
    check_days(days)
    async with bybit(settings) as source, bulk(engine, source):
        now = await agreed_time(source, settings.clock)
        names = await _known(settings, engine, symbols, now, source)
        repair = Repair(source, engine, lambda: now)
        wanted = wanted_history(settings, names, timeframes, now, days)
        return await backfill(repair, wanted, on_page=on_page, on_plan=on_plan)


async def mend(settings: Settings, engine: Engine, symbols: Sequence[str], verify_hours: int) -> Report:
    """Fill the open gaps, then verify the newest candles of some pairs, or of the watched ones.

    Raises:
        InputRejected: a symbol is unknown.
        Conflict: another process loads or repairs at this moment.
        RetryLater: the exchange is away.
    """
    async with bybit(settings) as source, bulk(engine, source):
        now = await agreed_time(source, settings.clock)
        names = await _known(settings, engine, symbols, now, source)
        chosen = frozenset(symbols)
        repair = Repair(source, engine, lambda: now)
        await repair.ask_for_absent(names)
        filled = await repair.fill(lambda gap: not chosen or gap.symbol in chosen)
        verified = await repair.verify(newest_runs(names, now, timedelta(hours=verify_hours)))
    filled.failed += verified.failed
    filled.revised += verified.revised
    filled.added += verified.added
    filled.last_error = filled.last_error or verified.last_error
    return filled


def newest_runs(symbols: Sequence[str], as_of: datetime, span: timedelta) -> list[Run]:
    """Return each timeframe's candles that closed in the last `span` before `as_of`; none for a span of 0."""
    if not span:
        return []
    return [
        Run(symbol, timeframe, timeframe.floor(as_of - span) - timeframe.span, timeframe.last_closed(as_of))
        for timeframe in ORDER
        for symbol in symbols
    ]


async def _known(settings: Settings, engine: Engine, symbols: Sequence[str], as_of: datetime, source: "BybitSource") -> list[str]:
    with engine.connect() as connection:
        known = store.trading_symbols(connection)
    if not known:  # a fresh database: nothing is known yet
        keep_universe(engine, *await ask_universe(source, as_of, settings.clock.speed))
        with engine.connect() as connection:
            known = store.trading_symbols(connection)
    unknown = sorted(set(symbols) - known)
    if unknown:
        raise InputRejected("unknown_symbol", f"expected USDT pairs that trade on Bybit spot, got {', '.join(unknown[:5])}")
    if symbols:
        return list(symbols)
    with engine.connect() as connection:
        return watched_symbols(connection, settings, as_of)


@asynccontextmanager
async def bulk(engine: Engine, source: Paced) -> AsyncIterator[None]:
    """Hold the turn to ask the exchange for much.

    Raises:
        Conflict: somebody else holds it.
    """
    async with turn(engine, source) as ours:
        if not ours:
            raise Conflict("history_busy", "another part loads or repairs history at this moment; try again in a minute")
        yield
