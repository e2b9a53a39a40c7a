"""Check the alerts that wait, pair by pair, and tell of those that fire; harmless to repeat."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from db.away import DATABASE_AWAY
from functions.clock import wall_now
from functions.errors import QuorumError
from functions.levels.level import DoubtedPrice
from functions.levels.store import read_doubted, read_touches
from functions.logs import get_logger
from functions.market.candles.freshness import TICKER_LIFE
from functions.outbox import raise_alert
from functions.paper.settling.exact import plain
from functions.paper.store import market
from functions.price_alerts import store
from functions.price_alerts.alert import PriceAlert, check
from functions.price_alerts.messages import AlertFired, AlertShown, Checked

log = get_logger("price_alerts")
LIFE = timedelta(hours=24)  # an alert that fired is worth knowing after a long outage too
DOUBTS_SINCE = timedelta(hours=1)
# All that the rows of one pair can raise: it must not keep the alerts of others from firing.
PAIR_FAULTS = (QuorumError, SQLAlchemyError, ArithmeticError, LookupError, TypeError, ValueError)


def check_alerts(database: Engine, at: datetime, symbols: Sequence[str] | None = None) -> Checked:
    """Check the alerts of these pairs, or of all, each pair in a transaction of its own.

    Raises:
        DatabaseAway, TimeoutError: the database does not do it now.
    """
    answer = Checked(as_of=at, pairs=0, fired=[], doubted=0, failed=[])
    with database.begin() as connection:
        for one in read_doubted(connection, at - DOUBTS_SINCE):
            answer.doubted += _tell_doubted(connection, one)
        pairs = store.waiting_symbols(connection, symbols)
    answer.pairs = len(pairs)
    for symbol in pairs:
        try:
            with database.begin() as connection:
                _check_pair(connection, symbol, at, answer)
        except DATABASE_AWAY:
            raise
        except PAIR_FAULTS as error:
            log.error("the price alerts of a pair could not be checked", symbol=symbol, exc_info=error)
            answer.failed.append(f"{symbol}: {type(error).__name__}")
    return answer


def _check_pair(connection: Connection, symbol: str, at: datetime, answer: Checked) -> None:
    alerts = store.hold_alerts(connection, symbol)
    if not alerts:  # another check has just fired them
        return
    known_by = at + TICKER_LIFE  # the exchange's clock may go before ours
    touches = read_touches(connection, symbol, min(alert.checked_until for alert in alerts), known_by)
    forming = market.read_open_bar(connection, symbol)
    if forming is not None and forming.closed_at > known_by:
        forming = None
    seen = {moment: market.read_candles(connection, symbol, moment, at) for moment in {one.checked_until for one in alerts}}
    for alert in alerts:
        own = tuple(touch for touch in touches if touch.at > alert.checked_until)
        found = check(alert, seen[alert.checked_until], forming, own, at)
        if found.fired_at is not None or (found.until, found.last) != (alert.checked_until, alert.last_price):
            store.note_check(connection, alert, found)
        if found.doubted:
            answer.doubted += _tell_doubted(connection, found.doubted)
        if found.fired_at is not None:
            answer.fired.append(_tell_fired(connection, alert, found.fired_at, at))


def _tell_fired(connection: Connection, alert: PriceAlert, fired_at: datetime, at: datetime) -> AlertFired:
    fired = AlertFired(**AlertShown.of(alert).model_dump(), at=fired_at, told_at=max(at, fired_at))
    now = wall_now()
    raise_alert(
        connection,
        key=f"price_alert:{alert.id}",
        kind="price_alert",
        payload=fired.model_dump(mode="json") | {"price": plain(alert.price), "set_price": plain(alert.set_price)},
        created_at=now,
        expires_at=now + LIFE,
        chat_id=alert.chat_id,
        asked_by=alert.chat_id,
    )
    return fired


def _tell_doubted(connection: Connection, doubted: DoubtedPrice) -> bool:
    """Tell of a price that no market makes, once an hour and pair."""
    now = wall_now()
    return raise_alert(
        connection,
        key=f"price_doubted:{doubted.symbol}:{doubted.at:%Y-%m-%dT%H}",
        kind="price_doubted",
        payload={
            "symbol": doubted.symbol,
            "at": doubted.at.isoformat(),
            "last": plain(doubted.last),
            "price": plain(doubted.price),
        },
        created_at=now,
        expires_at=now + LIFE,
    )
