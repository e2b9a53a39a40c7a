"""What follows when a message did not arrive. A report is about one attempt and counts once."""

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
from functions.delivery.store.outbox import Requeue
from functions.logs import get_logger

log = get_logger("delivery")


def apply_report(connection: Connection, delivery: store.DeliveryRow, attempt: int, failure: Failure, now: datetime) -> str:
    """Apply the report of a failed attempt, and return the delivery's state after it.

    A report that was applied already, or is about another attempt than the newest one, changes nothing.
    """
    if delivery.state != "pending" or attempt != delivery.attempts or attempt <= delivery.reported_attempt:
        return delivery.state
    store.note_report(connection, delivery.id, attempt)
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
        store.finish_delivery(connection, delivery.id, state, now, error=failure.description)
        return state
    if isinstance(step, Moved):
        moving.follow_group(connection, delivery.chat_id, step.to, now)
    store.requeue_delivery(connection, delivery.id, requeue_for(step), now, failure.description)
    return "pending"


def requeue_for(step: Step) -> Requeue:
    """Return how a message is sent again after a step that does not end it."""
    match step:
        case PlainText():
            return Requeue(plain=True)
        case WithoutPicture():
            return Requeue(pictureless=True)
        case WithoutTopic():
            return Requeue(topicless=True)
        case Flooded(pause):
            return Requeue(pause, flooded=True)
        case Retry(pause, pictureless):
            return Requeue(pause, failed=True, pictureless=pictureless)
        case Moved(None):  # Telegram tells the new id in the group's own message
            return Requeue(LONGEST_PAUSE, failed=True)
        case _:
            return Requeue()
