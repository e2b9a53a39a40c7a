"""One screening: fetch pairs and tickers, filter, load missing daily candles, rank, store."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, Engine

from functions.errors import Broken, Conflict, InputRejected, RetryLater
from functions.logs import get_logger
from functions.market.candles.freshness import candles_late
from functions.market.candles.timeframe import Timeframe
from functions.market.run.exchange_time import agreed_time
from functions.market.run.jobs import backfill_history, bybit
from functions.market.run.universe import fetch_universe, store_universe
from functions.market.store import read_candles
from functions.market.universe import Instrument, Ticker, quoted_in_usdt
from functions.scoring.store.answers import newest_scores
from functions.screener import store
from functions.screener.filters import FilterResult
from functions.screener.pick import pick, quotes_of, sift
from functions.screener.rules import HISTORY, Filters, PartWeights
from functions.screener.scored import CoinScore, RankedPick, by_score
from functions.screener.stored import ScreenerRun
from functions.settings import Settings

log = get_logger("screener")


class Occasion(StrEnum):
    """What a run is for: once a UTC day, or now (once a minute at most)."""

    DAILY = "daily"
    NOW = "now"


def key_of(occasion: Occasion, at: datetime, given: datetime | None) -> str:
    """Return the natural key of a run: a request with an `as_of` of its own is a run of its own."""
    if given is not None:
        return f"at:{given.isoformat()}"
    return f"daily:{at:%Y-%m-%d}" if occasion is Occasion.DAILY else f"now:{at:%Y-%m-%dT%H:%M}"


def screen(settings: Settings, engine: Engine, key: str, as_of: datetime) -> tuple[ScreenerRun, bool]:
    """Return the run with this key, and whether it was made now; a complete one is not made again.

    A run whose candles could not be loaded carries a note; the next request replaces it.

    Raises:
        RetryLater: the exchange does not give its pairs and tickers: without fresh quotes there is nothing to say.
        InputRejected: `as_of` is not the exchange's now; past quotes are not kept.
    """
    with store.one_at_a_time(engine) as connection:
        earlier = store.run_of(connection, key)
        if earlier is not None and earlier.note is None:
            return earlier, False
        try:
            instruments, tickers = asyncio.run(_ask(settings))
        except RetryLater:
            if earlier is None:
                raise
            return earlier, False  # an incomplete run is better than none
        store_universe(engine, instruments, tickers)
        made = _make(settings, engine, key, as_of, instruments, tickers)
        stored = store.run_of(connection, key)
    if stored is None:
        raise Broken("no_run", f"expected the run {key} to be stored")
    return stored, made


def ranked_picks(connection: Connection, run: ScreenerRun, at: datetime) -> list[RankedPick]:
    """Return the picks of a run in the order of the scores that are fresh at a moment."""
    scores = {
        row["symbol"]: CoinScore(row["score"], row["coverage"], row["points"])
        for row in newest_scores(connection, at)
        if row["score"] is not None and not candles_late(row["close_time"], Timeframe.M15, at)
    }
    return by_score(store.picks_of(connection, run.id), scores)


async def _ask(settings: Settings) -> tuple[list[Instrument], list[Ticker]]:
    async with bybit(settings) as source:
        now = await agreed_time(source, settings.clock)
        return await fetch_universe(source, now, settings.clock.speed)


def _make(
    settings: Settings, engine: Engine, key: str, as_of: datetime, instruments: Sequence[Instrument], tickers: Sequence[Ticker]
) -> bool:
    quotes = quotes_of(quoted_in_usdt(instruments), tickers, as_of)
    passed, left_out = sift(quotes, Filters())
    if not passed.symbols and left_out.get(FilterResult.STALE_TICKER):
        exchange_time = tickers[0].exchange_time.isoformat()
        raise InputRejected("not_now", f"expected a time within 60 s of the exchange's {exchange_time}, got {as_of.isoformat()}")
    note = _load(settings, engine, passed.symbols)
    candles = read_candles(engine, Timeframe.D1, passed.symbols, as_of, HISTORY)
    picks = pick(passed, candles, as_of, PartWeights())
    names = {verdict.name.lower(): symbols for verdict, symbols in left_out.items()}
    with engine.begin() as connection:
        return store.write_run(connection, key, as_of, len(quotes.symbols), names, note, picks)


def _load(settings: Settings, engine: Engine, symbols: Sequence[str]) -> str | None:
    """Fetch the daily candles that are missing; return why some may be missing still, else None.

    Only the pairs that passed the filters are asked for, one request each: those outside the stream would have no score without.
    When the exchange does not answer, or another process loads history, the run goes on with the candles there are, and its
    coverage says so.
    """
    if not symbols:
        return None
    try:
        asyncio.run(backfill_history(settings, engine, symbols, settings.history_days, [Timeframe.D1]))
    except (Conflict, RetryLater, InputRejected) as error:
        log.warning("daily candles not complete", error=error.detail)
        return error.detail
    return None
