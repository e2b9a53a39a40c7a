"""Carry out a pressed button under the evening's list: take the orders over, or give them back."""

from datetime import UTC, datetime

from sqlalchemy import Connection

from functions.delivery.inbox.buttons import Action, Press
from functions.delivery.messages.words import Html
from functions.delivery.run import acting
from functions.delivery.run.answers import Situation
from functions.dips.run import own

OF_DIPS = frozenset({Action.ALL, Action.NEAREST, Action.NONE})


def answer_dips(press: Press, situation: Situation, connection: Connection) -> Html:
    """Do what a button asks in the caller's transaction; return what to say for a moment."""
    words, at, settings = situation.words, situation.at, situation.settings
    if refusal := acting.not_a_trader(situation.asked, settings, words):
        return Html(refusal)
    if press.action is Action.NEAREST:
        return _taken(own.take_orders(connection, settings, at, order_id=press.number), situation)
    day = _day(press.number)
    if day is None:
        return words.say("This button leads nowhere any more.")
    if press.action is Action.ALL:
        return _taken(own.take_orders(connection, settings, at, day), situation)
    given = own.give_back(connection, settings, at, day)
    return words.count(
        "{number} order no longer waits in your paper account",
        "{number} orders no longer wait in your paper account",
        len(given),
    )


def _taken(symbols: list[str], situation: Situation) -> Html:
    if not symbols:
        return situation.words.say("Nothing of it waits any more.")
    return situation.words.count(
        "{number} order waits in your paper account, too",
        "{number} orders wait in your paper account, too",
        len(symbols),
    )


def _day(number: int) -> datetime | None:
    try:
        return datetime.strptime(str(number), "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        return None
