"""Set, list and remove the alerts of a chat. Each function runs in the caller's transaction."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from functions.errors import Conflict, InputRejected, NotFound, RetryLater
from functions.levels.level import Direction
from functions.market.universe import DELISTED
from functions.paper.settling.exact import plain
from functions.paper.settling.market_orders import stale_reason
from functions.paper.settling.prices import Quote
from functions.paper.store import market
from functions.price_alerts import store
from functions.price_alerts.alert import PriceAlert, direction_of, price_away
from functions.price_alerts.messages import SetRequest


def set_alert(connection: Connection, request: SetRequest, at: datetime, most: int) -> PriceAlert:
    """Set an alert, or return the same one that waits already.

    Args:
        connection: in the caller's transaction.
        request: what to set.
        at: now.
        most: alerts of one chat that may wait.

    Raises:
        NotFound: the exchange has no such pair.
        RetryLater: no price of now is known.
        InputRejected: the price is there or passed already.
        Conflict: the chat has as many as it may.
    """
    quote, tick = _market_of(connection, request.symbol, at)
    latest = quote.price
    price = request.price if request.price is not None else price_away(latest, request.percent or Decimal(0), tick)
    direction = _direction(request, price, latest)
    store.lock_chat(connection, request.chat)
    if same := store.find_waiting(connection, request.chat, request.symbol, price, direction):
        return same
    if store.count_waiting(connection, request.chat) >= most:
        detail = f"{most} alerts wait already: /alerts lists them, /alert remove 3 ends alert 3"
        raise Conflict("too_many_alerts", detail, figures={"most": str(most)})
    return store.add_alert(connection, request.chat, request.symbol, price, direction, quote.at, latest)


def _market_of(connection: Connection, symbol: str, at: datetime) -> tuple[Quote, Decimal]:
    """Return the latest price of a pair and its tick."""
    instrument = market.read_instrument(connection, symbol)
    if instrument is None or instrument.status == DELISTED:
        raise NotFound("unknown_symbol", f"{symbol} is not a pair of the exchange", figures={"symbol": symbol})
    quote = market.read_quotes(connection, [symbol]).get(symbol)
    reason = stale_reason(quote, symbol, at)
    if quote is None or reason:
        detail = f"no alert is set because {reason}; try again in a minute"
        raise RetryLater("no_price_now", detail, retry_after=10, figures={"symbol": symbol})
    return quote, instrument.tick


def _direction(request: SetRequest, price: Decimal, latest: Decimal) -> Direction:
    direction = direction_of(price, latest)
    if direction is None or request.direction not in (None, direction):
        raise InputRejected(
            "price_passed",
            f"{request.symbol} is at {plain(latest)}, {plain(price)} is passed already: name a price that is still to come",
            figures={"symbol": request.symbol, "latest": plain(latest), "price": plain(price)},
        )
    return direction


def remove_alert(connection: Connection, alert_id: int, chat_id: int | None, at: datetime) -> PriceAlert:
    """Remove an alert that waits.

    Raises:
        NotFound: the chat has no alert of this number that waits.
    """
    removed = store.remove_alert(connection, alert_id, chat_id, at)
    if removed is None:
        raise NotFound(
            "unknown_alert", f"no alert {alert_id} waits: /alerts lists those that do", figures={"number": str(alert_id)}
        )
    return removed
