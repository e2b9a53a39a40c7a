"""HTTP: what Telegram says happened goes in here; the answer waits in the outbox like every other message."""

import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, BackgroundTasks
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from functions.clock import wall_now
from functions.delivery import answers, presses
from functions.delivery.answers import Situation
from functions.delivery.buttons import read_press
from functions.delivery.commands import Top, parse
from functions.delivery.message import Message
from functions.delivery.rendering import CALLBACK, REPLY, reply
from functions.delivery.store import chats
from functions.delivery.updates import Pressed, Written, read_update
from functions.delivery.words import Language
from functions.edge import Config, Database
from functions.errors import QuorumError
from functions.logs import get_logger
from functions.outbox import raise_alert

router = APIRouter(prefix="/telegram", tags=["delivery"])
log = get_logger("delivery")
REPLY_LIFE = timedelta(hours=1)
CALLBACK_LIFE = timedelta(minutes=1)  # Telegram forgets a press soon after
_QUIET_SECONDS = 3600.0
_strangers: dict[int, float] = {}


class UpdateRequest(BaseModel):
    """One update as the Bot API gives it."""

    update: dict[str, Any] = Field(examples=[{"update_id": 1, "message": {"chat": {"id": 7000000042}, "text": "/help"}}])


class UpdateAnswer(BaseModel):
    """What became of an update."""

    handled: bool = Field(description="false: it asks for nothing, its chat is not allowed, or it came before")
    reason: str | None = Field(default=None, description="nothing_asked, not_allowed or repeated")


@router.post("/updates")
def receive(request: UpdateRequest, settings: Config, database: Database, background: BackgroundTasks) -> UpdateAnswer:
    """Do what an update asks for, once, and put the answer into the outbox; harmless to repeat."""
    event = read_update(request.update)
    if event is None:
        return UpdateAnswer(handled=False, reason="nothing_asked")
    if event.chat_id not in settings.telegram_chat_ids:
        _note_stranger(event.chat_id)
        return UpdateAnswer(handled=False, reason="not_allowed")
    now = wall_now()
    press = event.press if isinstance(event, Pressed) else None
    with database.connect() as connection:
        if chats.is_done(connection, event.update_id, press):
            return UpdateAnswer(handled=False, reason="repeated")
        policy = chats.read_policy(connection, event.chat_id, now)
    key = event.key if isinstance(event, Written) else event.press
    situation = Situation(settings, database, policy, now, settings.clock.now(), key, _language(event))
    done = _write(event, situation) if isinstance(event, Written) else _press(event, situation)
    if done and isinstance(event, Written) and isinstance(command := parse(event.text), Top) and command.anew:
        background.add_task(_screen, event, replace(command, anew=False), situation)
    return UpdateAnswer(handled=done, reason=None if done else "repeated")


def _write(event: Written, situation: Situation) -> bool:
    command = parse(event.text)
    said = answers.act(command, situation)
    with situation.engine.begin() as connection:
        if not chats.mark_done(connection, event.update_id, None, event.chat_id, situation.now):
            return False
        said = said or answers.answer(command, situation, connection)
        if said:
            _raise(connection, event, REPLY, said, situation.now)
    return True


def _screen(event: Written, command: Top, situation: Situation) -> None:
    """Screen all pairs after the first answer is out, and tell what came of it."""
    try:
        answers.screen_now(situation)
        failed = None
    except QuorumError as error:
        reason = situation.words.problem(error)
        failed = situation.words.say("The screening did not come about: {reason}", reason=reason)
    with situation.engine.begin() as connection:
        said = failed or answers.top(command, replace(situation, at=situation.settings.clock.now()), connection)
        now = wall_now()
        raise_alert(
            connection,
            key=f"screened:{event.update_id}:{now.isoformat()}",
            kind=REPLY,
            payload=reply(Message(said)),
            created_at=now,
            expires_at=now + REPLY_LIFE,
            chat_id=event.chat_id,
        )


def _press(event: Pressed, situation: Situation) -> bool:
    press = read_press(event.data)
    refusal = presses.trade(press, situation)
    with situation.engine.begin() as connection:
        if not chats.mark_done(connection, event.update_id, event.press, event.chat_id, situation.now):
            return False
        done = presses.follow(press, refusal, situation, connection)
        _raise(connection, event, CALLBACK, presses.toast(done, event.query_id), situation.now)
        if done.message:
            _raise(connection, event, REPLY, done.message, situation.now)
    return True


def _raise(connection: Connection, event: Written | Pressed, kind: str, message: Message, now: datetime) -> None:
    life = CALLBACK_LIFE if kind == CALLBACK else REPLY_LIFE
    raise_alert(
        connection,
        key=f"{kind}:{event.update_id}:{now.isoformat()}",
        kind=kind,
        payload=reply(message),
        created_at=now,
        expires_at=now + life,
        chat_id=event.chat_id,
    )


def _language(event: Written | Pressed) -> Language:
    return Language.RU if isinstance(event, Written) and event.language.lower().startswith("ru") else Language.EN


def _note_stranger(chat_id: int) -> None:
    """Log a chat that is not allowed, once an hour."""
    now = time.monotonic()
    if now - _strangers.get(chat_id, -_QUIET_SECONDS) >= _QUIET_SECONDS:
        if len(_strangers) > 1000:
            _strangers.clear()
        _strangers[chat_id] = now
        log.warning("a chat that is not allowed wrote to the bot", chat=chat_id)
