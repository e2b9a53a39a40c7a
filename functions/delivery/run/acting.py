"""Check who may trade from a chat, and whether an order at the latest price is still recent enough."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from functions.delivery.inbox.updates import Asked
from functions.delivery.messages.words import Html, Words
from functions.delivery.store import facts
from functions.settings import Settings

FRESH_FOR = timedelta(minutes=2)  # of wall time; an older order is asked for again


def not_a_trader(asked: Asked, settings: Settings, words: Words) -> Html | None:
    """Return why this person may not trade; None for one who may.

    In a private chat that is allowed its person may. In a group those may who have such a chat, or are in TELEGRAM_TRADERS.
    """
    private = {chat for chat in settings.telegram_chat_ids if chat > 0}
    if not asked.group or asked.person_id in private | set(settings.telegram_traders):
        return None
    if asked.person_id is None:
        return words.say("Who writes as the group cannot trade: write as yourself.")
    return words.say("Only those in TELEGRAM_TRADERS may trade from a group. Your id is {person}.", person=str(asked.person_id))


def too_late(since: datetime | None, key: str, now: datetime, connection: Connection) -> int | None:
    """Return how many minutes ago a trade at the latest price was asked for, when that is too long; None when it still counts.

    Args:
        since: when it was asked for, or the earliest moment at which it may have been; None when nobody knows.
        key: of the paper request: what was made already is only answered again.
        now: wall time.
        connection: to look the key up.
    """
    if since is None or now - since <= FRESH_FOR or facts.is_made(connection, key):
        return None
    return int((now - since).total_seconds() // 60)
