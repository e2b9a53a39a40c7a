"""Which pairs are watched: the named ones or the top of the newest universe, the one that gates the market, and what is held."""

from datetime import datetime

from sqlalchemy import Connection

from functions.market import store
from functions.market.universe import top
from functions.settings import Settings


def watched_symbols(connection: Connection, settings: Settings, as_of: datetime) -> list[str]:
    """Return the pairs to watch at a moment, largest turnover first; empty when no universe was taken yet.

    Args:
        connection: to our database.
        settings: SYMBOLS wins when it names any, else TOP_SYMBOLS; GATE_SYMBOL and pairs with an open paper
            trade are always in. None that no longer trades is.
        as_of: only what was known then counts.
    """
    day = store.latest_universe(connection, as_of)
    if day is None:
        return []
    ranked = store.read_universe(connection, day, as_of)
    trading = store.trading_symbols(connection, as_of)
    chosen = list(settings.symbols) or top(ranked, settings.top_symbols)
    return [name for name in dict.fromkeys([settings.gate_symbol, *store.held_symbols(connection), *chosen]) if name in trading]
