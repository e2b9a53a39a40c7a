"""What the desk's account holds, as the size of a signal asks for it."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import Connection

from functions.paper.accounts import DESK
from functions.paper.store import account
from functions.scoring.sizing import Holding


def holdings(connection: Connection) -> Sequence[Holding]:
    """Return the open trades, each with its share of the account at cost; none before the first trade."""
    number = account.find_account(connection, DESK.name)
    trades = account.open_trades(connection, number)
    if not trades:
        return []
    capital = account.read_book(connection, number).capital
    if capital <= 0:
        return [Holding(trade.symbol, trade.position.side.sign, Decimal(1)) for trade in trades]
    return [
        Holding(trade.symbol, trade.position.side.sign, trade.position.entry * trade.position.quantity / capital)
        for trade in trades
    ]
