"""Answers about scores: of one coin, of a signal, of a rejection, of the day, of the watch list; and what the gate allows."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from functions.delivery.messages.message import Message
from functions.delivery.messages.texts import scores as texts
from functions.delivery.messages.texts import signals
from functions.delivery.messages.texts.gate import gate_line, gate_state
from functions.delivery.messages.words import Html, Words
from functions.delivery.store import facts
from functions.scoring.answers import RejectionRow
from functions.scoring.run.asked import rejections_at, watch_list_at
from functions.scoring.run.coin import coin_score, gate_at
from functions.scoring.run.settings import rules_of
from functions.scoring.store import answers
from functions.scoring.store.signals import standing_signal
from functions.settings import Settings

DAY = timedelta(hours=24)
SHOWN = 15


def coin(connection: Connection, symbol: str, at: datetime, settings: Settings, words: Words) -> Message:
    """Return the live signal of a coin with its picture, or its score and why there is no signal."""
    document = coin_score(connection, symbol, at, rules_of(settings)).model_dump(mode="json")
    if document["signal"]:
        return signals.signal(document["signal"], words)
    return Message(texts.coin(document, signals.states(facts.read_states(connection, symbol, at), words), words))


def why_signal(connection: Connection, signal_id: int, at: datetime, words: Words) -> Html:
    """Return what a signal stands on, or that there is none of that number."""
    signal = standing_signal(connection, signal_id, at)
    if signal is None:
        return words.say("There is no signal {number}. A rejection is written R{number}.", number=str(signal_id))
    return signals.why(signal.model_dump(mode="json"), words)


def why_rejected(connection: Connection, rejection_id: int, at: datetime, words: Words) -> Html:
    """Return why a setup was rejected, or that there is none of that number."""
    row = answers.rejection_by_id(connection, rejection_id, at)
    if row is None:
        return words.say("There is no rejection R{number}. A signal is written {number}.", number=str(rejection_id))
    return texts.rejection(RejectionRow.model_validate(row).model_dump(mode="json"), words)


def today(connection: Connection, at: datetime, settings: Settings, words: Words) -> Html:
    """Return why there were signals or none in 24 hours."""
    document = rejections_at(connection, at - DAY, at, rules_of(settings), limit=SHOWN)
    return texts.today(document.model_dump(mode="json"), words)


def watch_list(connection: Connection, at: datetime, settings: Settings, words: Words) -> Html:
    """Return the rejected setups whose time is not over."""
    document = watch_list_at(connection, at, rules_of(settings), SHOWN)
    return texts.watch_list(document.model_dump(mode="json"), words)


def gate(connection: Connection, at: datetime, settings: Settings, words: Words) -> Html:
    """Return what the gate allows, in one line."""
    known = gate_at(connection, at, rules_of(settings))
    return gate_line(gate_state(known.regime), words, known.since)
