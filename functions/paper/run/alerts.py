"""The alerts of paper trading: one for each trade opened, one for each fill that closed some of it, one when a trade is held.

What a shadow does is told in comparisons alone.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from functions.outbox import tell
from functions.paper.accounts import PaperAccount, account_named
from functions.paper.answers import AccountStopped, OrderFilled, TradeClosed, TradeHeld, TradeOpened

LIFE = timedelta(hours=24)  # what happened to one's money is worth knowing after a long outage too


def tell_opened(connection: Connection, opened: TradeOpened) -> None:
    """Raise the alert `trade_opened` in the caller's transaction."""
    _tell(connection, f"trade_opened:{opened.trade_id}", "trade_opened", opened, opened.chat)


def tell_closed(connection: Connection, closed: TradeClosed, fill_id: int) -> None:
    """Raise the alert `trade_closed` in the caller's transaction."""
    _tell(connection, f"trade_closed:{closed.trade_id}:{fill_id}", "trade_closed", closed, closed.asked_by)


def tell_filled(connection: Connection, filled: OrderFilled) -> None:
    """Raise the alert `order_filled` in the caller's transaction."""
    tell(connection, key=f"order_filled:{filled.order_id}", kind="order_filled", event=filled, life=LIFE)


def tell_held(connection: Connection, held: TradeHeld) -> None:
    """Raise the alert `trade_held` in the caller's transaction: once a step of the price, once a day a settlement that fails."""
    since = held.at.isoformat() if held.why == "price_jump" else held.at.date().isoformat()
    _tell(connection, f"trade_held:{held.trade_id}:{held.why}:{since}", "trade_held", held, None)


def tell_stopped(connection: Connection, account: PaperAccount, detail: str, at: datetime) -> None:
    """Raise the alert `account_stopped` in the caller's transaction, once a day."""
    tell(
        connection,
        key=f"account_stopped:{account.name}:{at.date().isoformat()}",
        kind="account_stopped",
        event=AccountStopped(account=account.name, at=at, detail=detail),
        life=LIFE,
    )


def _tell(
    connection: Connection, key: str, kind: str, event: TradeOpened | TradeClosed | TradeHeld, asked_by: str | None
) -> None:
    if account_named(event.account).shadow:
        return
    tell(connection, key=key, kind=kind, event=event, life=LIFE, asked_by=None if asked_by is None else int(asked_by))
