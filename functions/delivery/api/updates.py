"""HTTP: take an update of Telegram and act on it; the answer goes out through the outbox like every other message."""

import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, BackgroundTasks
from pydantic import AwareDatetime, BaseModel, Field, field_validator
from sqlalchemy import Connection, Engine

from functions.clock import wall_now
from functions.delivery.inbox.buttons import read_press, read_written
from functions.delivery.inbox.commands import Command, ShowTop, addressee, parse
from functions.delivery.inbox.updates import Asked, Pressed, Upgraded, WrittenMessage, read_update
from functions.delivery.messages.message import Message
from functions.delivery.messages.rendering import CALLBACK, REPLY, reply
from functions.delivery.messages.words import Language
from functions.delivery.outbox.policy import Policy
from functions.delivery.run import answers, moving, presses
from functions.delivery.run.answers import Situation
from functions.delivery.sources.bot import own_name
from functions.delivery.store import chats, recipients
from functions.edge import Config, Database
from functions.errors import QuorumError
from functions.logs import get_logger
from functions.outbox import raise_alert
from functions.settings import Settings

router = APIRouter(prefix="/telegram", tags=["delivery"])
log = get_logger("delivery")
REPLY_LIFE = timedelta(hours=1)
CALLBACK_LIFE = timedelta(minutes=1)  # Telegram forgets a press soon after
_QUIET_SECONDS = 3600.0
_strangers: dict[int, float] = {}


class UpdateRequest(BaseModel):
    """One update as the Bot API gives it."""

    update: dict[str, Any] = Field(examples=[{"update_id": 1, "message": {"chat": {"id": 7000000042}, "text": "/help"}}])
    seen_after: AwareDatetime | None = Field(
        default=None,
        description="it happened after this moment: a press has no time of its own, and one that is minutes old trades nothing",
    )

    @field_validator("seen_after", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value  # n8n writes nothing as an empty text


class UpdateAnswer(BaseModel):
    """What became of an update."""

    handled: bool = Field(description="false: it asks for nothing, its chat is not allowed, or it came before")
    reason: str | None = Field(default=None, description="nothing_asked, not_allowed or repeated")


@router.post("/updates")
def receive(request: UpdateRequest, settings: Config, database: Database, background: BackgroundTasks) -> UpdateAnswer:
    """Do what an update asks for, once, and put the answer into the outbox; harmless to repeat."""
    event = read_update(request.update)
    if event is None or (isinstance(event, WrittenMessage) and not _is_ours(event, settings)):
        return UpdateAnswer(handled=False, reason="nothing_asked")
    now = wall_now()
    chat_id = event.old if isinstance(event, Upgraded) else event.asked.chat_id
    with database.begin() as connection:
        reachable = recipients.sync(connection, settings.telegram_chat_ids)
        if chat_id not in {*settings.telegram_chat_ids, *reachable}:
            _note_stranger(chat_id)
            return UpdateAnswer(handled=False, reason="not_allowed")
        if isinstance(event, Upgraded):
            moving.follow_group(connection, event.old, event.new, now)
            return UpdateAnswer(handled=True)
        if chats.is_done(connection, event.asked.update_id, event.press if isinstance(event, Pressed) else None):
            return UpdateAnswer(handled=False, reason="repeated")
        chats.note_sender(connection, chat_id, _language(event.asked), event.asked.thread_id)
        policy = chats.read_policy(connection, chat_id, now)
    situation = _situation(event, request.seen_after, policy, now, settings, database)
    handled = _write(event, situation) if isinstance(event, WrittenMessage) else _press(event, situation)
    if handled and isinstance(event, WrittenMessage) and isinstance(command := parse(event.text), ShowTop) and command.anew:
        background.add_task(_screen, event, replace(command, anew=False), situation)
    return UpdateAnswer(handled=handled, reason=None if handled else "repeated")


def _is_ours(event: WrittenMessage, settings: Settings) -> bool:
    """Tell whether a message is meant for this bot: all that is written to it alone, in a group its commands."""
    if event.asked.group and not event.text.startswith("/"):
        return False
    name = addressee(event.text)
    if name is None:
        return True
    own = own_name(settings)
    return not event.asked.group if own is None else name.lower() == own.lower()


def _situation(
    event: WrittenMessage | Pressed,
    seen_after: datetime | None,
    policy: Policy,
    now: datetime,
    settings: Settings,
    database: Engine,
) -> Situation:
    written_at = event.at if isinstance(event, WrittenMessage) else None
    return Situation(
        settings=settings,
        engine=database,
        policy=policy,
        now=now,
        at=settings.clock.now(),
        key=event.key if isinstance(event, WrittenMessage) else event.press,
        asked=event.asked,
        since=written_at or seen_after,
        language=_language(event.asked) or policy.language,
    )


def _write(event: WrittenMessage, situation: Situation) -> bool:
    return _carry_out(parse(event.text), None, situation)


def _carry_out(command: Command, pressed: Pressed | None, situation: Situation) -> bool:
    """Do what a command asks for, written or pressed, and answer it; False when that is done already."""
    asked = situation.asked
    message = answers.act(command, situation)
    with situation.engine.begin() as connection:
        if not chats.mark_done(connection, asked.update_id, pressed.press if pressed else None, asked.chat_id, situation.now):
            return False
        message = message or answers.answer(command, situation, connection)
        if pressed:
            _raise(connection, asked, CALLBACK, presses.toast(presses.PressAnswer(""), pressed.query_id), situation.now)
        if message:
            _raise(connection, asked, REPLY, message, situation.now)
    return True


def _screen(event: WrittenMessage, command: ShowTop, situation: Situation) -> None:
    """Screen all pairs after the first answer is out, and tell what came of it."""
    try:
        answers.screen_now(situation)
        failed = None
    except QuorumError as error:
        reason = situation.words.problem(error)
        failed = situation.words.say("The screening did not come about: {reason}", reason=reason)
    with situation.engine.begin() as connection:
        text = failed or answers.top(command, replace(situation, at=situation.settings.clock.now()), connection)
        now = wall_now()
        raise_alert(
            connection,
            key=f"screened:{event.asked.update_id}:{now.isoformat()}",
            kind=REPLY,
            payload=reply(Message(text)),
            created_at=now,
            expires_at=now + REPLY_LIFE,
            chat_id=event.asked.chat_id,
            thread_id=event.asked.thread_id,
        )


def _press(event: Pressed, situation: Situation) -> bool:
    if (written := read_written(event.data)) is not None:
        return _carry_out(parse(written), event, replace(situation, key=f"pressed:{presses.hashed(situation.key)}"))
    press = read_press(event.data)
    refusal = presses.trade_on_press(press, situation)
    with situation.engine.begin() as connection:
        if not chats.mark_done(connection, event.asked.update_id, event.press, event.asked.chat_id, situation.now):
            return False
        answer = presses.answer_press(press, refusal, situation, connection)
        _raise(connection, event.asked, CALLBACK, presses.toast(answer, event.query_id), situation.now)
        if answer.message:
            _raise(connection, event.asked, REPLY, answer.message, situation.now)
    return True


def _raise(connection: Connection, asked: Asked, kind: str, message: Message, now: datetime) -> None:
    life = CALLBACK_LIFE if kind == CALLBACK else REPLY_LIFE
    raise_alert(
        connection,
        key=f"{kind}:{asked.update_id}:{now.isoformat()}",
        kind=kind,
        payload=reply(message),
        created_at=now,
        expires_at=now + life,
        chat_id=asked.chat_id,
        thread_id=asked.thread_id,
    )


def _language(asked: Asked) -> Language | None:
    """Return the language of the person's Telegram; None when it does not tell."""
    if not asked.language:
        return None
    return Language.RU if asked.language.lower().startswith("ru") else Language.EN


def _note_stranger(chat_id: int) -> None:
    """Log a chat that is not allowed, once an hour."""
    now = time.monotonic()
    if now - _strangers.get(chat_id, -_QUIET_SECONDS) >= _QUIET_SECONDS:
        if len(_strangers) > 1000:
            _strangers.clear()
        _strangers[chat_id] = now
        log.warning("a chat that is not allowed wrote to the bot", chat=chat_id)
