"""What is shown of the weekly allocation: the newest setting of the shares, and the account since its beginning."""

from datetime import datetime

import numpy as np
from sqlalchemy import Connection

from functions.core.answers import Core, CoreShare, CoreWeek
from functions.core.run.account import Standing, read_account
from functions.core.store import Allocation, newest_allocation
from functions.paper.accounts import CORE
from functions.paper.store import account as accounts
from functions.performance.run.history import AccountHistory, read_history
from functions.settings import Settings
from functions.technical.core.weights import PROMISED_DRAWDOWN


def show(at: datetime, settings: Settings, connection: Connection) -> Core:
    """Show the allocation of a moment."""
    newest, account_id = newest_allocation(connection, at), accounts.find_account(connection, CORE.name)
    if newest is None or not account_id:
        return Core(as_of=at, week=None, held=CoreShare(btc=0.0, basket=0.0))
    standing = read_account(connection, account_id, at)
    held = shares_held(standing, settings.gate_symbol)
    return Core(as_of=at, week=describe(connection, newest, standing, at, settings), held=held)


def shares_held(standing: Standing, gate_symbol: str) -> CoreShare:
    """Return what an account holds as shares of its equity."""
    btc = standing.share(gate_symbol)
    return CoreShare(btc=round(btc, 6), basket=round(standing.invested - btc, 6))


def describe(connection: Connection, allocation: Allocation, standing: Standing, at: datetime, settings: Settings) -> CoreWeek:
    """Return a setting of the shares with the account as it stands."""
    history = read_history(connection, CORE.name, at, settings.gate_symbol)
    if history is None:
        raise ValueError("expected an account that has begun")
    start = float(history.account.start)
    drawdown, under = falls(history, float(standing.equity))
    return CoreWeek.model_validate(
        {
            "day": allocation.day,
            "code": allocation.code,
            **allocation.figures,
            "since": history.account.opened_at,
            "equity": standing.equity,
            "earned": round(float(standing.equity) / start - 1.0, 6),
            "drawdown": drawdown,
            "under": under,
            "promised": PROMISED_DRAWDOWN,
        }
    )


def falls(history: AccountHistory, equity: float) -> tuple[float, float]:
    """Return the deepest fall of an account from a high so far, its equity of now included, and that of now; fractions."""
    curve = np.array([history.track.start, *history.track.equity, equity])
    under = 1.0 - curve / np.maximum.accumulate(curve)
    return round(float(under.max()), 6), round(float(under[-1]), 6)
