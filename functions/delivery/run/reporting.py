"""What follows when a message did not arrive: each report is about one attempt, and heard once."""

from datetime import datetime

from sqlalchemy import Connection

from functions.delivery.outbox.failures import (
    LONGEST_PAUSE,
    Failure,
    Flooded,
    GiveUp,
    Moved,
    PlainText,
    Retry,
    Step,
    TooLate,
    WithoutPicture,
    WithoutTopic,
    next_step,
)
from functions.delivery.run import moving
from functions.delivery.store import outbox as store
from functions.delivery.store.outbox import Again
from functions.logs import get_logger

log = get_logger("delivery")


def hear(connection: Connection, delivery: store.State, attempt: int, failure: Failure, now: datetime) -> str:
    """Hear that an attempt failed, and return the delivery's state after it.

    A report that was heard already, or is about another attempt than the newest one, changes nothing.
    """
    if delivery.state != "pending" or attempt != delivery.attempts or attempt <= delivery.reported_attempt:
        return delivery.state
    store.hear_report(connection, delivery.id, attempt)
    step = next_step(
        failure,
        delivery.failures,
        plain_already=delivery.plain,
        has_picture=not delivery.pictureless,
        has_topic=delivery.thread_id is not None,
    )
    log.warning("message not delivered", delivery=delivery.id, error=failure.description, step=type(step).__name__)
    if isinstance(step, GiveUp | TooLate):
        state = "dead" if isinstance(step, GiveUp) else "expired"
        store.finish(connection, delivery.id, state, now, error=failure.description)
        return state
    if isinstance(step, Moved):
        moving.follow(connection, delivery.chat_id, step.to, now)
    store.retry(connection, delivery.id, _again(step), now, failure.description)
    return "pending"


def _again(step: Step) -> Again:
    match step:
        case PlainText():
            return Again(plain=True)
        case WithoutPicture():
            return Again(pictureless=True)
        case WithoutTopic():
            return Again(topicless=True)
        case Flooded(pause):
            return Again(pause, flooded=True)
        case Retry(pause, pictureless):
            return Again(pause, failed=True, pictureless=pictureless)
        case Moved(None):  # Telegram tells the new id in the group's own message
            return Again(LONGEST_PAUSE, failed=True)
        case _:
            return Again()
