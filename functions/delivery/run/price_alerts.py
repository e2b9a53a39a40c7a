"""Set, list and remove the price alerts of a chat, and say how it went."""

from datetime import datetime

from sqlalchemy import Connection

from functions.delivery.inbox.price_alerts import SetPriceAlert
from functions.delivery.messages.message import Message
from functions.delivery.messages.texts.paper import trades as texts
from functions.delivery.messages.words import Html, Words
from functions.errors import QuorumError
from functions.price_alerts import store
from functions.price_alerts.messages import SetRequest
from functions.price_alerts.run import alerts
from functions.settings import Settings


def set_alert(
    command: SetPriceAlert, chat_id: int, settings: Settings, at: datetime, words: Words, connection: Connection
) -> Message:
    """Set an alert and say so; or why it was not."""
    request = SetRequest(
        symbol=command.symbol, price=command.price, percent=command.percent, direction=command.direction, chat=chat_id
    )
    try:
        alert = alerts.set_alert(connection, request, at, settings.price_alerts)
    except QuorumError as error:
        return Message(words.problem(error))
    return Message(texts.was_set(alert, words))


def show_alerts(chat_id: int, words: Words, connection: Connection) -> Message:
    """Return the alerts of a chat that wait."""
    return Message(texts.waiting(store.waiting_alerts(connection, chat_id), words))


def remove(alert_id: int, chat_id: int, at: datetime, words: Words, connection: Connection) -> Html:
    """Remove an alert and say so; or that none of this number waits."""
    try:
        return texts.removed(alerts.remove_alert(connection, alert_id, chat_id, at), words)
    except QuorumError as error:
        return words.problem(error)
