"""Carry out a pressed button under a signal: take it on paper, exit its coin, skip it, draw it, mute its symbol, show it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection

from functions.delivery.inbox.buttons import Action, Press
from functions.delivery.messages.message import TOAST_LIMIT, Message, plain
from functions.delivery.messages.texts import commands as texts
from functions.delivery.messages.texts import signals
from functions.delivery.messages.words import Html
from functions.delivery.run import acting
from functions.delivery.run.answers import Situation, chart
from functions.delivery.run.dip_presses import OF_DIPS, answer_dips
from functions.delivery.store import chats, facts
from functions.errors import QuorumError
from functions.market.candles.timeframe import Timeframe
from functions.paper.requests import CloseRequest, OpenRequest
from functions.paper.run import desk as paper
from functions.paper.settling.position import Side

MUTED_FOR = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class PressAnswer:
    """What a press says for a moment over the chat, and the message that follows, if any."""

    toast: str
    message: Message | None = None


def trade_on_press(press: Press | None, situation: Situation) -> str | None:
    """Make the paper trade that a press asks for, or end it; return why it was not, None when it stands or was not asked for.

    The key of a trade to open names the signal: whoever presses first takes it, and for all others it is taken.
    """
    if press is None or press.action not in (Action.TOOK, Action.EXIT):
        return None
    key = _key(press, situation)
    with situation.engine.connect() as connection:
        signal = facts.signal_by_id(connection, press.number)
        minutes = acting.too_late(situation.since, key, situation.now, connection)
    if signal is None:
        return None
    if refusal := acting.not_a_trader(situation.asked, situation.settings, situation.words):
        return refusal
    if press.action is Action.TOOK and datetime.fromisoformat(signal["expires_at"]) <= situation.at:
        return situation.words.say("This signal is no longer valid.")
    if minutes is not None:
        return situation.words.say("This press may be {minutes} min old: press again if you still want it.", minutes=minutes)
    try:
        if press.action is Action.EXIT:
            end = CloseRequest(request_id=key, symbol=signal["symbol"], chat=situation.policy.chat_id)
            paper.close_trade(end, situation.settings, situation.engine)
        else:
            paper.open_trade(_order(signal, situation.policy.chat_id), situation.settings, situation.engine)
    except QuorumError as error:
        return situation.words.problem(error)
    return None


def _key(press: Press, situation: Situation) -> str:
    """Return the key of the paper request: of one signal one trade, and of each press of Exit an end."""
    if press.action is Action.TOOK:
        return f"took:{press.number}"
    return f"exit:{hashed(situation.key)}"


def hashed(key: str) -> str:
    """Return a press's key in the form that the key of a paper request has."""
    return sha256(key.encode()).hexdigest()[:32]


def _order(signal: dict[str, Any], chat_id: int) -> OpenRequest:
    """Return the order of a signal; its size follows from the stop at the price it fills at."""
    return OpenRequest(
        request_id=f"took:{signal['signal_id']}",
        symbol=signal["symbol"],
        side=Side(signal["direction"].lower()),
        stop=Decimal(signal["stop"]),
        targets=[Decimal(target) for target in signal["targets"]],
        source="signal",
        signal_id=signal["signal_id"],
        chat=chat_id,
    )


def answer_press(press: Press | None, refusal: str | None, situation: Situation, connection: Connection) -> PressAnswer:
    """Do the rest of a press in the caller's transaction, and return what to say."""
    words = situation.words
    if press and press.action in OF_DIPS:
        return PressAnswer(answer_dips(press, situation, connection))
    signal = facts.signal_by_id(connection, press.number) if press else None
    if press is None or signal is None:
        return PressAnswer(words.say("This button leads nowhere any more."))
    match press.action:
        case Action.TOOK:
            if refusal is None:
                chats.choose(connection, situation.policy.chat_id, press.number, "took", situation.now)
            return PressAnswer(refusal or words.say("Taken on paper"))
        case Action.EXIT:
            return PressAnswer(refusal or words.say("Closed on paper"))
        case Action.SKIP:
            stands = chats.choose(connection, situation.policy.chat_id, press.number, "skipped", situation.now)
            return PressAnswer(words.say("Skipped") if stands == "skipped" else words.say("It is taken already"))
        case Action.CHART:
            return PressAnswer("", chart(signal["symbol"], Timeframe(signal["timeframe"]), situation, connection, press.number))
        case Action.MUTE:
            until = situation.now + MUTED_FOR
            chats.set_mute(connection, situation.policy.chat_id, signal["symbol"], until)
            return PressAnswer(texts.muted(signal["symbol"], until, words))
        case _:
            return PressAnswer("", signals.signal(signal, words))


def toast(pressed: PressAnswer, query_id: str) -> Message:
    """Return the message that ends the button's waiting; Telegram shows it as plain text."""
    return Message(Html(plain(pressed.toast)[: TOAST_LIMIT // 2]), callback_query_id=query_id)
