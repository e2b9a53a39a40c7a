"""HTTP: n8n claims a message, sends it, and says how it went. Every call may be repeated."""

from fastapi import APIRouter
from prometheus_client import Counter, Histogram
from pydantic import BaseModel, Field

from functions.clock import wall_now
from functions.delivery import store
from functions.delivery.failures import GiveUp, PlainText, next_step, read_failure
from functions.delivery.message import plain, render
from functions.edge import Config, Database
from functions.errors import NotFound
from functions.logs import get_logger, hide_secrets

router = APIRouter(prefix="/alerts", tags=["delivery"])
log = get_logger("delivery")
FINISHED = Counter("quorum_deliveries_total", "Deliveries that ended", ["state"])
ATTEMPTS = Histogram("quorum_delivery_attempts", "Attempts a delivered message took", buckets=(1, 2, 3, 5, 10, 30))


class Message(BaseModel):
    """One message to send now; it is ours for 30 s."""

    id: int
    chat_id: str = Field(description="a string: chat ids exceed 32 bits")
    text: str
    parse_mode: str | None = Field(description="HTML, or nothing for plain text")


class ClaimAnswer(BaseModel):
    """The message to send, or why there is none."""

    delivery: Message | None
    waiting: str | None = None


class Released(BaseModel):
    """How many leases were ended."""

    released: int


class Confirmation(BaseModel):
    """What Telegram answered to a message that arrived."""

    message_id: int


class FailureReport(BaseModel):
    """What Telegram, or the way to it, said to a message that did not arrive."""

    description: str = Field(max_length=20_000)
    error_code: int | None = None
    retry_after: float | None = Field(default=None, ge=0, le=86_400)


class DeliveryState(BaseModel):
    """Where the delivery stands now."""

    id: int
    state: str


@router.post("/claim")
def claim(settings: Config, database: Database) -> ClaimAnswer:
    """Lease the next message that is due, for 30 s; nothing while Telegram is not set up."""
    if not settings.telegram_bot_token.get_secret_value():
        return ClaimAnswer(delivery=None, waiting="TELEGRAM_BOT_TOKEN is not set: alerts stay in the outbox")
    if not settings.telegram_chat_ids:
        return ClaimAnswer(delivery=None, waiting="TELEGRAM_CHAT_IDS is not set: alerts stay in the outbox")
    with database.begin() as connection:
        claimed = store.claim(connection, settings.telegram_chat_ids, wall_now())
    if claimed is None:
        return ClaimAnswer(delivery=None)
    body = claimed.plain or render(claimed.kind, claimed.payload)
    mode = None if claimed.plain else "HTML"
    return ClaimAnswer(delivery=Message(id=claimed.id, chat_id=str(claimed.chat_id), text=body, parse_mode=mode))


@router.post("/release")
def release(database: Database) -> Released:
    """End every lease; n8n calls it when it has just started, so that what it held when it died goes out at once."""
    with database.begin() as connection:
        return Released(released=store.release(connection))


@router.post("/{delivery_id}/delivered")
def delivered(delivery_id: int, confirmation: Confirmation, database: Database) -> DeliveryState:
    """Confirm a message with Telegram's id for it."""
    with database.begin() as connection:
        before = store.state_of(connection, delivery_id)
        if before is None:
            raise NotFound("unknown_delivery", f"there is no delivery {delivery_id}")
        if before.state == "delivered":
            if before.message_id != confirmation.message_id:
                log.warning("sent twice", delivery=delivery_id, first=before.message_id, second=confirmation.message_id)
            return DeliveryState(id=delivery_id, state=before.state)
        store.finish(connection, delivery_id, "delivered", wall_now(), message_id=confirmation.message_id)
    FINISHED.labels("delivered").inc()
    ATTEMPTS.observe(before.attempts)
    return DeliveryState(id=delivery_id, state="delivered")


@router.post("/{delivery_id}/failed")
def failed(delivery_id: int, report: FailureReport, database: Database) -> DeliveryState:
    """Say that a message did not arrive; the answer tells whether it will be tried again (`pending`) or not (`dead`)."""
    failure = read_failure(hide_secrets(report.description), report.error_code, report.retry_after)
    with database.begin() as connection:
        before = store.state_of(connection, delivery_id)
        if before is None:
            raise NotFound("unknown_delivery", f"there is no delivery {delivery_id}")
        if before.state != "pending":
            return DeliveryState(id=delivery_id, state=before.state)
        step = next_step(failure, before.attempts, plain_already=before.plain is not None)
        now = wall_now()
        if isinstance(step, GiveUp):
            store.finish(connection, delivery_id, "dead", now, error=failure.description)
        elif isinstance(step, PlainText):
            store.retry(connection, delivery_id, now, failure.description, plain=plain(render(before.kind, before.payload)))
        else:
            store.retry(connection, delivery_id, now + step.pause, failure.description, plain=None)
    state = "dead" if isinstance(step, GiveUp) else "pending"
    if state == "dead":
        FINISHED.labels("dead").inc()
    log.warning("message not delivered", delivery=delivery_id, error=failure.description, step=type(step).__name__)
    return DeliveryState(id=delivery_id, state=state)
