"""HTTP: n8n claims a message, sends it, and says how it went. Every call may be repeated."""

from typing import Annotated, Literal

from fastapi import APIRouter, BackgroundTasks, Query
from prometheus_client import Counter, Histogram
from sqlalchemy import Connection, Engine

from functions.clock import wall_now
from functions.delivery.inbox.buttons import KEYBOARD
from functions.delivery.messages.message import without_markup
from functions.delivery.outbox.contract import (
    ClaimAnswer,
    ClaimRequest,
    Confirmation,
    DeadLetter,
    Delivery,
    DeliveryId,
    DeliveryState,
    FailureReport,
    KeyboardButton,
    Parameters,
    Released,
    ReleaseRequest,
)
from functions.delivery.outbox.failures import read_failure
from functions.delivery.run import reporting
from functions.delivery.run.claiming import Caller, Counts, Parcel, claim_next
from functions.delivery.store import facts
from functions.delivery.store import outbox as store
from functions.edge import Config, Database
from functions.errors import NotFound
from functions.logs import get_logger, hide_secrets
from functions.settings import Settings

router = APIRouter(prefix="/alerts", tags=["delivery"])
log = get_logger("delivery")
FINISHED = Counter("quorum_deliveries_total", "Deliveries that ended", ["state"])
ATTEMPTS = Histogram("quorum_delivery_attempts", "Attempts a delivered message took", buckets=(1, 2, 3, 5, 10, 30))


@router.post("/claim")
def claim(settings: Config, database: Database, background: BackgroundTasks, request: ClaimRequest | None = None) -> ClaimAnswer:
    """Lease the next message that is due; nothing while Telegram is not set up.

    The lease is short until the answer is sent: should the functions die in between, the message is claimed again soon.
    """
    if not settings.telegram_bot_token.get_secret_value():
        return ClaimAnswer(delivery=None, waiting="TELEGRAM_BOT_TOKEN is not set: alerts stay in the outbox")
    if not settings.telegram_chat_ids:
        return ClaimAnswer(delivery=None, waiting="TELEGRAM_CHAT_IDS is not set: alerts stay in the outbox")
    request = request or ClaimRequest()
    caller, counts = Caller(request.request_id, request.holder), Counts({})
    with database.begin() as connection:
        parcel = claim_next(connection, caller, settings.telegram_chat_ids, wall_now(), counts)
    for state, count in counts.ended.items():
        FINISHED.labels(state).inc(count)
    if parcel is None:
        return ClaimAnswer(delivery=None)
    background.add_task(_lengthen_lease, database, parcel.delivery)
    return ClaimAnswer(delivery=_to_send(parcel, settings))


def _lengthen_lease(database: Engine, delivery: store.DeliveryRow) -> None:
    with database.begin() as connection:
        store.lengthen_lease(connection, delivery.id, delivery.attempts)


def _to_send(parcel: Parcel, settings: Settings) -> Delivery:
    state, alerts, message = parcel.delivery, parcel.alerts, parcel.message
    picture = None if state.pictureless or message.picture is None else f"{settings.functions_address}{message.picture}"
    caption = (message.caption or "") if picture else ""
    if message.callback_query_id:
        method: Literal["sendMessage", "sendPhoto", "answerCallbackQuery"] = "answerCallbackQuery"
    else:
        method = "sendPhoto" if picture else "sendMessage"
    return Delivery(
        id=state.id,
        attempt=state.attempts,
        kind=alerts[0].kind,
        alert_class=alerts[0].alert_class,
        symbol=alerts[0].symbol if len(alerts) == 1 else None,
        method=method,
        chat_id=str(state.chat_id),
        message_thread_id=state.thread_id,
        text=without_markup(message.text) if state.plain else message.text,
        caption=without_markup(caption) if state.plain else caption,
        photo_url=picture,
        buttons=[KeyboardButton(text=button.text, callback_data=button.data) for button in message.buttons],
        keyboard=list(KEYBOARD) if message.keyboard else [],
        callback_query_id=message.callback_query_id,
    )


@router.post("/release")
def release(request: ReleaseRequest, settings: Config, database: Database) -> Released:
    """End the leases of a sender that is gone; n8n calls it when it has started, so that what it held goes out at once.

    In queue mode n8n's main process starts while its workers send: a worker's leases end by time.
    """
    if settings.n8n_queue:
        return Released(released=0)
    with database.begin() as connection:
        return Released(released=store.release_leases(connection, request.before, request.holder, wall_now()))


@router.get("/dead")
def dead(database: Database, limit: Annotated[int, Query(ge=1, le=1000)] = 50) -> list[DeadLetter]:
    """List the messages that were given up, newest first, with what was said."""
    with database.connect() as connection:
        return [DeadLetter(**{**row, "chat_id": str(row["chat_id"])}) for row in facts.dead_letters(connection, limit)]


@router.post("/{delivery_id}/delivered")
def delivered(delivery_id: DeliveryId, confirmation: Confirmation, database: Database) -> DeliveryState:
    """Confirm a message with Telegram's id for it; it did arrive, whichever attempt says so."""
    with database.begin() as connection:
        delivery = _lock(connection, delivery_id)
        if delivery.state == "delivered":
            if delivery.message_id != confirmation.message_id:
                log.warning("sent twice", delivery=delivery_id, first=delivery.message_id, second=confirmation.message_id)
            return DeliveryState(id=delivery_id, state=delivery.state)
        store.finish_delivery(connection, delivery_id, "delivered", wall_now(), message_id=confirmation.message_id)
        store.forgive_behind(connection, delivery_id)
    FINISHED.labels("delivered").inc()
    ATTEMPTS.observe(delivery.attempts)
    return DeliveryState(id=delivery_id, state="delivered")


@router.post("/{delivery_id}/failed")
def failed(delivery_id: DeliveryId, report: FailureReport, database: Database) -> DeliveryState:
    """Say that an attempt did not arrive; the answer tells whether it will be tried again (`pending`) or not (`dead`)."""
    parameters = report.parameters or Parameters()
    wait = parameters.retry_after if report.retry_after is None else report.retry_after
    moved = parameters.migrate_to_chat_id if report.migrate_to_chat_id is None else report.migrate_to_chat_id
    failure = read_failure(hide_secrets(report.description), report.error_code, wait, moved)
    with database.begin() as connection:
        delivery = _lock(connection, delivery_id)
        state = reporting.apply_report(connection, delivery, report.attempt, failure, wall_now())
    if state != delivery.state:
        FINISHED.labels(state).inc()
    return DeliveryState(id=delivery_id, state=state)


def _lock(connection: Connection, delivery_id: int) -> store.DeliveryRow:
    delivery = store.lock_delivery(connection, delivery_id)
    if delivery is None:
        raise NotFound("unknown_delivery", f"there is no delivery {delivery_id}")
    return delivery
