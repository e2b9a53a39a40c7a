"""Retention: remove rows that are older than `functions.market.retention` keeps them, a day of a kind at a time."""

from collections import Counter
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from functions.clock import wall_now
from functions.logs import get_logger
from functions.market import store
from functions.market.retention import CHANGE_DAYS, Cut, Kind, cuts
from functions.settings import Settings

log = get_logger("market")


def apply_retention(settings: Settings, engine: Engine, as_of: datetime) -> dict[str, object]:
    """Remove rows that are older than retention keeps them; return how many: candles by timeframe, and everything else.

    Each day of each kind is removed in a transaction of its own: a failure undoes nothing that went before it, and a kind that
    cannot be removed does not hold up the others.

    Raises:
        DBAPIError: the first kind that could not be removed, once the others are done.
    """
    candles: Counter[str] = Counter()
    ledger: Counter[str] = Counter()
    refused: list[DBAPIError] = []
    wall = as_of + (wall_now() - settings.clock.now())
    wanted = cuts(
        as_of,
        wall,
        settings.keep_5m_days,
        settings.keep_15m_days,
        keep_odds_days=settings.keep_odds_days,
        keep_whale_days=settings.keep_whale_days,
    )
    for cut in wanted:
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
