"""Ask the exchange which pairs there are, rank them, and keep today's answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from functions.errors import RetryLater
from functions.logs import get_logger
from functions.market import store
from functions.market.universe import (
    QUOTE,
    STATUSES,
    Instrument,
    RankedSymbol,
    Ticker,
    quoted_in_usdt,
    rank_by_turnover,
    unknown_kinds,
)

log = get_logger("market")
OF_NOW = timedelta(minutes=1)
_TOLD: set[str] = set()  # kinds of pairs that this process has told of

if TYPE_CHECKING:  # ccxt takes seconds to import
    from functions.market.sources.bybit import BybitSource


@dataclass(frozen=True, slots=True)
class Refreshed:
    """A ranking just taken, and what changed since the one before; the first ranking lists nothing.

    `unknown_kinds` are the kinds of pairs that nobody has judged yet, with how many pairs are of each: none of them is watched.
    """

    taken_at: datetime
    ranked: list[RankedSymbol]
    listed: list[str]
    delisted: list[str]
    unknown_kinds: Mapping[str, int]


async def ask_universe(source: "BybitSource", now: datetime, speed: float = 1.0) -> tuple[list[Instrument], list[Ticker]]:
    """Return all pairs and their tickers as the exchange gives them.

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
    in_doubt = sorted(one.symbol for one in instruments if one.quote == QUOTE and one.status not in STATUSES)
    with engine.begin() as connection:
        known = store.trading_symbols(connection)
        if len(known & here) * 2 < len(known):
            raise RetryLater("exchange_garbage", f"Bybit listed {len(here)} USDT pairs, {len(known)} were known", retry_after=5.0)
        store.write_universe(connection, ranked, taken_at, in_doubt)
        store.write_tickers(connection, [ticker for ticker in tickers if ticker.symbol in here])
    kinds = unknown_kinds(quoted_in_usdt(instruments))
    _tell_of(kinds)
    return Refreshed(
        taken_at=taken_at,
        ranked=ranked,
        listed=sorted(here - known) if known else [],
        delisted=sorted(known - here - set(in_doubt)),
        unknown_kinds=kinds,
    )


def _tell_of(kinds: Mapping[str, int]) -> None:
    """Say once of each unknown kind that its pairs are left out."""
    new = {kind: count for kind, count in kinds.items() if kind not in _TOLD}
    if new:
        _TOLD.update(new)
        log.warning("pairs of an unknown kind are left out", kinds=new)
