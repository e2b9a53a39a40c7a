"""What n8n sends to the outbox, and what it is answered."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, StringConstraints, field_validator

from functions.delivery.outbox.failures import LONGEST_ASKED
from functions.strangers import Whole

Words = Annotated[str, BeforeValidator(Whole(20_000))]
Seconds = Annotated[float, BeforeValidator(lambda value: min(value, LONGEST_ASKED) if isinstance(value, int | float) else value)]
DeliveryId = Annotated[int, Field(ge=0, le=2**62)]
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
    keyboard: list[str] = Field(description="none or six commands, two a row, for the place of the letters")
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
    description: Words = Field(description="Telegram's words")
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
