"""HTTP: n8n claims a message, sends it, and says how it went. Every call may be repeated."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, BackgroundTasks, Query
from prometheus_client import Counter, Histogram
from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, field_validator
from sqlalchemy import Connection, Engine

from functions.clock import wall_now
from functions.delivery.failures import GiveUp, PlainText, Retry, Step, TooLate, WithoutPicture, next_step, read_failure
from functions.delivery.message import Message, without_markup
from functions.delivery.planning import plan
from functions.delivery.policy import Policy
from functions.delivery.rendering import SIGNAL, can_render, render
from functions.delivery.store import chats, facts
from functions.delivery.store import outbox as store
from functions.delivery.texts import commands as texts
from functions.delivery.words import Html
from functions.edge import Config, Database
from functions.errors import Broken, NotFound
from functions.logs import get_logger, hide_secrets
from functions.settings import Settings

router = APIRouter(prefix="/alerts", tags=["delivery"])
log = get_logger("delivery")
FINISHED = Counter("quorum_deliveries_total", "Deliveries that ended", ["state"])
ATTEMPTS = Histogram("quorum_delivery_attempts", "Attempts a delivered message took", buckets=(1, 2, 3, 5, 10, 30))
Attempt = Annotated[int, Field(ge=1, le=2**31 - 1)]
Key = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,200}$")]


class ClaimRequest(BaseModel):
    """Who claims."""

    request_id: Key | None = Field(
        default=None, description="the caller's key: tried again with the same key, a claim gets the same message and attempt"
    )


class KeyboardButton(BaseModel):
    """A button under a message; two of them make a row."""

    text: str
    callback_data: str = Field(max_length=64)


class Delivery(BaseModel):
    """One message to send now; nobody else gets it for 330 s, which is longer than any send takes."""

    id: int
    attempt: int = Field(description="number of this claim of it; /failed names it")
    kind: str = Field(description="of the alert, e.g. signal, trade_closed, listing, digest, reply")
    symbol: str | None = Field(description="what it is about; nothing for a message about many symbols or none")
    method: Literal["sendMessage", "sendPhoto", "answerCallbackQuery"]
    chat_id: str = Field(description="a string: chat ids exceed 32 bits")
    text: str = Field(description="Telegram HTML; for answerCallbackQuery plain text, empty when there is nothing to say")
    parse_mode: Literal["HTML"] = "HTML"
    caption: str = Field(description="the text for under the picture, 1024 at most; empty without a picture")
    photo_url: str | None = Field(description="GET it with the bearer token; when that fails send the text without it")
    buttons: list[KeyboardButton] = Field(description="none or four, two a row")
    callback_query_id: str | None


class ClaimAnswer(BaseModel):
    """The message to send, or why there is none."""

    delivery: Delivery | None
    waiting: str | None = None


class ReleaseRequest(BaseModel):
    """Which leases to end."""

    before: AwareDatetime = Field(description="those claimed before it, e.g. when n8n started; a repetition ends no newer one")


class Released(BaseModel):
    """How many leases were ended."""

    released: int


class Confirmation(BaseModel):
    """What Telegram answered to a message that arrived; the answer to a button has no id."""

    message_id: Annotated[int, Field(ge=-(2**62), le=2**62)] | None = None

    @field_validator("message_id", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value  # n8n writes nothing as an empty text


class FailureReport(BaseModel):
    """What Telegram, or the way to it, said to a message that did not arrive."""

    attempt: Attempt = Field(description="of the delivery; a newer one is not touched by what an older one says")
    description: str = Field(max_length=20_000)
    error_code: int | None = None
    retry_after: float | None = Field(default=None, ge=0, le=86_400)


class DeliveryState(BaseModel):
    """Where the delivery stands now."""

    id: int
    state: str


class DeadLetter(BaseModel):
    """A message that was given up."""

    id: int
    chat_id: str
    kind: str
    symbol: str | None
    attempts: int
    error: str | None
    finished_at: AwareDatetime


DeliveryId = Annotated[int, Field(ge=0, le=2**62)]


@router.post("/claim")
def claim(settings: Config, database: Database, background: BackgroundTasks, request: ClaimRequest | None = None) -> ClaimAnswer:
    """Lease the next message that is due; nothing while Telegram is not set up.

    The lease is short until the answer is sent: should the functions die in between, the message is claimed again soon.
    """
    if not settings.telegram_bot_token.get_secret_value():
        return ClaimAnswer(delivery=None, waiting="TELEGRAM_BOT_TOKEN is not set: alerts stay in the outbox")
    if not settings.telegram_chat_ids:
        return ClaimAnswer(delivery=None, waiting="TELEGRAM_CHAT_IDS is not set: alerts stay in the outbox")
    with database.begin() as connection:
        delivery = _claim(connection, request.request_id if request else None, settings, wall_now())
    if delivery:
        background.add_task(_answered, database, delivery)
    return ClaimAnswer(delivery=delivery)


def _claim(connection: Connection, request_id: str | None, settings: Settings, now: datetime) -> Delivery | None:
    store.prepare(connection, settings.telegram_chat_ids, now)
    if request_id and (mine := store.lease_again(connection, request_id, settings.telegram_chat_ids, now)):
        leased, chat_id = mine
        return _delivery(connection, leased, chats.read_policy(connection, chat_id, now), settings, now)
    for chat_id in store.chats_due(connection, settings.telegram_chat_ids):
        policy = chats.read_policy(connection, chat_id, now)
        while (delivery_id := _lease(connection, request_id, policy, now)) is not None:
            if delivery := _delivery(connection, delivery_id, policy, settings, now):
                return delivery
    return None


def _answered(database: Engine, delivery: Delivery) -> None:
    with database.begin() as connection:
        store.answered(connection, delivery.id, delivery.attempt)


def _lease(connection: Connection, request_id: str | None, policy: Policy, now: datetime) -> int | None:
    waiting = store.queue(connection, policy.chat_id)
    planned = plan(waiting, policy, store.history(connection, policy.chat_id, waiting, now), now)
    store.carry_out(connection, planned, now)
    for _, because in planned.held:
        FINISHED.labels(f"held_{because}").inc()
    if planned.send is not None:
        store.lease(connection, planned.send, request_id, now)
    return planned.send


def _delivery(connection: Connection, delivery_id: int, policy: Policy, settings: Settings, now: datetime) -> Delivery | None:
    """Render what was leased; what cannot be said is given up, so that it does not block the rest."""
    found = _found(connection, delivery_id)
    alerts = store.alerts_of(connection, delivery_id)
    try:
        note = _budget_note(connection, alerts[0], policy)
        message = render(alerts[0].kind, [alert.payload for alert in alerts], policy.words, note)
    except Broken as error:
        _give_up(connection, alerts, policy, error, now)
        return None
    return _request(found, alerts, message, settings)


def _budget_note(connection: Connection, first: store.Alert, policy: Policy) -> Html | None:
    """Return what the day's last message about signals says of it: without a word silence would look like a fault."""
    if first.kind != SIGNAL:
        return None
    day = datetime.fromisoformat(first.payload["close_time"]).astimezone(UTC).date()
    if store.signal_messages(connection, policy.chat_id, day) < policy.budget:
        return None
    return texts.budget_used(policy.budget, policy.words)


def _give_up(connection: Connection, alerts: Sequence[store.Alert], policy: Policy, error: Broken, now: datetime) -> None:
    """Give up those of a message that cannot be said; all of them when each can be said alone."""
    broken = [one.delivery_id for one in alerts if not can_render(one.kind, one.payload, policy.words)]
    broken = broken or [one.delivery_id for one in alerts]
    log.error("message cannot be made", deliveries=broken, error=error.detail)
    store.give_up_members(connection, alerts[0].delivery_id, broken, now, error.detail[:500])
    FINISHED.labels("dead").inc(len(broken))


def _request(found: store.State, alerts: Sequence[store.Alert], message: Message, settings: Settings) -> Delivery:
    picture = None if found.pictureless or message.picture is None else f"{settings.functions_address}{message.picture}"
    caption = (message.caption or "") if picture else ""
    if message.callback_query_id:
        method: Literal["sendMessage", "sendPhoto", "answerCallbackQuery"] = "answerCallbackQuery"
    else:
        method = "sendPhoto" if picture else "sendMessage"
    return Delivery(
        id=found.id,
        attempt=found.attempts,
        kind=alerts[0].kind,
        symbol=alerts[0].symbol if len(alerts) == 1 else None,
        method=method,
        chat_id=str(found.chat_id),
        text=without_markup(message.text) if found.plain else message.text,
        caption=without_markup(caption) if found.plain else caption,
        photo_url=picture,
        buttons=[KeyboardButton(text=button.text, callback_data=button.data) for button in message.buttons],
        callback_query_id=message.callback_query_id,
    )


@router.post("/release")
def release(request: ReleaseRequest, database: Database) -> Released:
    """End the leases of a sender that is gone; n8n calls it when it has started, so that what it held goes out at once."""
    with database.begin() as connection:
        return Released(released=store.release(connection, request.before))


@router.get("/dead")
def dead(database: Database, limit: Annotated[int, Query(ge=1, le=1000)] = 50) -> list[DeadLetter]:
    """List the messages that were given up, newest first, with what was said."""
    with database.connect() as connection:
        return [DeadLetter(**{**row, "chat_id": str(row["chat_id"])}) for row in facts.dead_letters(connection, limit)]


@router.post("/{delivery_id}/delivered")
def delivered(delivery_id: DeliveryId, confirmation: Confirmation, database: Database) -> DeliveryState:
    """Confirm a message with Telegram's id for it; it did arrive, whichever attempt says so."""
    with database.begin() as connection:
        before = _found(connection, delivery_id)
        if before.state == "delivered":
            if before.message_id != confirmation.message_id:
                log.warning("sent twice", delivery=delivery_id, first=before.message_id, second=confirmation.message_id)
            return DeliveryState(id=delivery_id, state=before.state)
        store.finish(connection, delivery_id, "delivered", wall_now(), message_id=confirmation.message_id)
    FINISHED.labels("delivered").inc()
    ATTEMPTS.observe(before.attempts)
    return DeliveryState(id=delivery_id, state="delivered")


@router.post("/{delivery_id}/failed")
def failed(delivery_id: DeliveryId, report: FailureReport, database: Database) -> DeliveryState:
    """Say that a message did not arrive; the answer tells whether it will be tried again (`pending`) or not (`dead`)."""
    words = hide_secrets(report.description).replace("\x00", "").encode(errors="ignore").decode()
    failure = read_failure(words, report.error_code, report.retry_after)
    with database.begin() as connection:
        before = _found(connection, delivery_id)
        if before.state != "pending" or report.attempt < before.attempts:
            return DeliveryState(id=delivery_id, state=before.state)
        step = next_step(failure, before.attempts, plain_already=before.plain, has_picture=not before.pictureless)
        state = _carry_out(connection, delivery_id, step, failure.description)
    if state != "pending":
        FINISHED.labels(state).inc()
    log.warning("message not delivered", delivery=delivery_id, error=failure.description, step=type(step).__name__)
    return DeliveryState(id=delivery_id, state=state)


def _carry_out(connection: Connection, delivery_id: int, step: Step, error: str) -> str:
    now = wall_now()
    match step:
        case GiveUp():
            store.finish(connection, delivery_id, "dead", now, error=error)
            return "dead"
        case TooLate():
            store.finish(connection, delivery_id, "expired", now, error=error)
            return "expired"
        case PlainText():
            store.retry(connection, delivery_id, now, error, plain=True)
        case WithoutPicture():
            store.retry(connection, delivery_id, now, error, pictureless=True)
        case Retry(pause):
            store.retry(connection, delivery_id, now + pause, error)
    return "pending"


def _found(connection: Connection, delivery_id: int) -> store.State:
    found = store.state_of(connection, delivery_id)
    if found is None:
        raise NotFound("unknown_delivery", f"there is no delivery {delivery_id}")
    return found
