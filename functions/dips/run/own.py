"""Dip orders that a trader takes over: they wait in the trader's own paper account, too, until they fill or are given back."""

from datetime import datetime

from sqlalchemy import Connection

from functions.market.candles.timeframe import Timeframe
from functions.paper.accounts import DIPS, MANUAL
from functions.paper.store import account as accounts
from functions.paper.store import resting
from functions.settings import Settings

BY_HAND = "by_hand"


def take_orders(
    connection: Connection, settings: Settings, at: datetime, day: datetime | None = None, order_id: int | None = None
) -> list[str]:
    """Place what still waits of a day, or one order, in the trader's account; return the coins that wait there by it.

    Args:
        connection: in the caller's transaction.
        settings: of the desk.
        at: now; what the market did before is not looked at.
        day: of the orders; None for any.
        order_id: of the one order; None for all of the day.
    """
    account_id = accounts.lock_account(connection, MANUAL.name, settings.paper_start, at)
    waiting = [
        order
        for order in resting.placed_orders(connection)
        if order.account == DIPS.name and day in (None, order.day) and order_id in (None, order.id) and at < order.expires_at
    ]
    looked = Timeframe.M5.floor(at)
    for order in waiting:
        resting.place_again(connection, order, account_id, at, looked, BY_HAND)
    return [order.symbol for order in waiting]


def give_back(connection: Connection, settings: Settings, at: datetime, day: datetime) -> list[str]:
    """End what waits of a day in the trader's account; return its coins."""
    accounts.lock_account(connection, MANUAL.name, settings.paper_start, at)
    waiting = [one for one in resting.placed_orders(connection) if one.account == MANUAL.name and one.day == day]
    for order in waiting:
        resting.end_order(connection, order.id, "cancelled", at, code=BY_HAND)
    return [order.symbol for order in waiting]
