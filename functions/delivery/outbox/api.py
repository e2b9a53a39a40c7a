"""HTTP: n8n claims a message, sends it, and says how it went. Every call may be repeated."""

from typing import Annotated, Literal

from fastapi import APIRouter, BackgroundTasks, Query
from prometheus_client import Counter, Histogram
from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, StringConstraints, field_validator
from sqlalchemy import Connection, Engine

from functions.clock import wall_now
from functions.delivery.messages.message import without_markup
from functions.delivery.outbox.failures import LONGEST_ASKED, read_failure
from functions.delivery.run import reporting
from functions.delivery.run.claiming import Caller, Counts, Parcel
from functions.delivery.run.claiming import claim as claim_next
from functions.delivery.store import facts
from functions.delivery.store import outbox as store
from functions.edge import Config, Database
from functions.errors import NotFound
from functions.logs import get_logger, hide_secrets
from functions.settings import Settings
from functions.strangers import Whole

router = APIRouter(prefix="/alerts", tags=["delivery"])
log = get_logger("delivery")
FINISHED = Counter("quorum_deliveries_total", "Deliveries that ended", ["state"])
ATTEMPTS = Histogram("quorum_delivery_attempts", "Attempts a delivered message took", buckets=(1, 2, 3, 5, 10, 30))
Said = Annotated[str, BeforeValidator(Whole(20_000))]
Seconds = Annotated[float, BeforeValidator(lambda value: min(value, LONGEST_ASKED) if isinstance(value, int | float) else value)]
ChatId = Annotated[int, Field(ge=-(2**62), le=2**62)]
Attempt = Annotated[int, Field(ge=1, le=2**31 - 1)]
Key = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,200}$")]


class ClaimRequest(BaseModel):
    """Who claims."""

    holder: Key | None = Field(default=None, description="the sending process: /release ends the leases of one process")

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
    alert_class: str = Field(description="of the alert: answer, trade, signal, regime, report or news")
    symbol: str | None = Field(description="what it is about; nothing for a message about many symbols or none")
    method: Literal["sendMessage", "sendPhoto", "answerCallbackQuery"]
    chat_id: str = Field(description="a string: chat ids exceed 32 bits")
    message_thread_id: int | None = Field(description="the topic of a forum group it goes to")
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

    holder: Key | None = Field(default=None, description="the process that is gone; without it those of all")
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


class Parameters(BaseModel):
    """What Telegram says beside its words."""

    migrate_to_chat_id: ChatId | None = None
    retry_after: Seconds | None = Field(default=None, ge=0)


class FailureReport(BaseModel):
    """What Telegram, or the way to it, said to a message that did not arrive."""

    attempt: Attempt = Field(description="of the delivery; heard once, and only about the newest one")
    description: Said = Field(description="Telegram's words")
    error_code: int | None = None
    retry_after: Seconds | None = Field(default=None, ge=0)
    migrate_to_chat_id: ChatId | None = Field(default=None, description="the supergroup that the group has become")
    parameters: Parameters | None = Field(default=None, description="as Telegram gives them beside its words")


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
    request = request or ClaimRequest()
    caller, counts = Caller(request.request_id, request.holder), Counts({})
    with database.begin() as connection:
        parcel = claim_next(connection, caller, settings.telegram_chat_ids, wall_now(), counts)
    for state, count in counts.ended.items():
        FINISHED.labels(state).inc(count)
    if parcel is None:
        return ClaimAnswer(delivery=None)
    background.add_task(_answered, database, parcel.delivery)
    return ClaimAnswer(delivery=_request(parcel, settings))


def _answered(database: Engine, delivery: store.State) -> None:
    with database.begin() as connection:
        store.answered(connection, delivery.id, delivery.attempts)


def _request(parcel: Parcel, settings: Settings) -> Delivery:
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
        return Released(released=store.release(connection, request.before, request.holder))


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
        store.forgive_behind(connection, delivery_id)
    FINISHED.labels("delivered").inc()
    ATTEMPTS.observe(before.attempts)
    return DeliveryState(id=delivery_id, state="delivered")


@router.post("/{delivery_id}/failed")
def failed(delivery_id: DeliveryId, report: FailureReport, database: Database) -> DeliveryState:
    """Say that an attempt did not arrive; the answer tells whether it will be tried again (`pending`) or not (`dead`)."""
    told = report.parameters or Parameters()
    wait = told.retry_after if report.retry_after is None else report.retry_after
    moved = told.migrate_to_chat_id if report.migrate_to_chat_id is None else report.migrate_to_chat_id
    failure = read_failure(hide_secrets(report.description), report.error_code, wait, moved)
    with database.begin() as connection:
        delivery = _found(connection, delivery_id)
        state = reporting.hear(connection, delivery, report.attempt, failure, wall_now())
    if state != delivery.state:
        FINISHED.labels(state).inc()
    return DeliveryState(id=delivery_id, state=state)


def _found(connection: Connection, delivery_id: int) -> store.State:
    found = store.state_of(connection, delivery_id)
    if found is None:
        raise NotFound("unknown_delivery", f"there is no delivery {delivery_id}")
    return found
