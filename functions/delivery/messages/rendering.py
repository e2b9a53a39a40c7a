"""From an alert to its message: one text a kind."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from functions.delivery.inbox.buttons import Button, under_evening
from functions.delivery.messages.message import CAPTION_LIMIT, Message, Payload, shorten
from functions.delivery.messages.texts import digest, mood, odds, reports, signals, whales
from functions.delivery.messages.texts.paper import accounts, core, dips, trades
from functions.delivery.messages.words import Html, Words
from functions.errors import Broken

REPLY, CALLBACK, SIGNAL, DIGEST = "reply", "callback", "signal", "digest"


def render(kind: str, payloads: Sequence[Payload], words: Words, note: Html | None = None) -> Message:
    """Return the message about one alert, or about a cluster of signals; under a signal stands the `note`, if any.

    Raises:
        Broken: there is no text for this kind of alert, or its payload lacks something.
    """
    try:
        if kind == SIGNAL:
            return signals.cluster(payloads, words, note) if len(payloads) > 1 else signals.signal(payloads[0], words, note)
        return _KINDS[kind](payloads[0], words)
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise Broken("no_message", f"expected an alert with a text, got kind {kind!r} with {error!r}") from error


def can_render(kind: str, payload: Payload, words: Words) -> bool:
    """Tell whether an alert can be said, also among others of its kind."""
    try:
        render(kind, [payload], words)
        render(kind, [payload, payload], words)
    except Broken:
        return False
    return True


def reply(message: Message) -> dict[str, Any]:
    """Return the payload of an alert that is this very message: the answer to a command."""
    return {
        "text": message.text,
        "caption": message.caption,
        "picture": message.picture,
        "buttons": [[button.text, button.data] for button in message.buttons],
        "callback_query_id": message.callback_query_id,
        "keyboard": message.keyboard,
    }


def _reply(payload: Payload, _words: Words) -> Message:
    caption = payload["caption"]
    buttons = tuple(Button(text, data) for text, data in payload["buttons"])
    return Message(
        Html(payload["text"]),
        None if caption is None else Html(caption),
        payload["picture"],
        buttons,
        payload["callback_query_id"],
        keyboard=payload.get("keyboard", False),
    )


def _text(say: Callable[[Payload, Words], Html]) -> Callable[[Payload, Words], Message]:
    return lambda payload, words: Message(say(payload, words))


def _evening(payload: Payload, words: Words) -> Message:
    """Return the evening's list over buttons that take its orders over; without orders no buttons."""
    orders, text = payload["orders"], dips.evening(payload, words)
    if not orders:
        return Message(text)
    day = int(payload["day"][:10].replace("-", ""))
    return Message(text, buttons=under_evening(day, (orders[0]["symbol"], orders[0]["id"]), len(orders), words))


def _weekly(payload: Payload, words: Words) -> Message:
    """Return the accounts of a week, under a picture of their equity."""
    text = accounts.daily_report(payload["report"], words)
    query = {"days": 7, "as_of": payload["report"]["as_of"], **words.query}
    return Message(text, shorten(text, CAPTION_LIMIT), f"/charts/equity.png?{urlencode(query)}")


_KINDS: Mapping[str, Callable[[Payload, Words], Message]] = {
    REPLY: _reply,
    CALLBACK: _reply,
    "chat_moved": _text(reports.chat_moved),
    "failed_run": _text(reports.failed_run),
    "exchange_away": _text(reports.exchange_away),
    "exchange_back": _text(reports.exchange_back),
    "regime": _text(reports.regime),
    "listing": _text(reports.listing),
    "delisting": _text(reports.delisting),
    "odds_moved": _text(odds.moved),
    "odds_resolved": _text(odds.resolved),
    "mood_shift": _text(mood.shifted),
    "whale": _text(whales.whale),
    "trade_opened": _text(trades.opened),
    "trade_closed": _text(trades.closed),
    "trade_held": _text(trades.held),
    "account_stopped": _text(trades.stopped),
    "price_alert": _text(trades.fired),
    "price_doubted": _text(trades.doubted),
    "order_filled": _text(dips.filled),
    "dip_evening": _evening,
    "core_week": _text(core.week),
    DIGEST: _text(digest.digest),
    "weekly_report": _weekly,
    "daily_report": _text(lambda payload, words: accounts.daily_report(payload["report"], words, payload.get("parity"))),
}
KINDS = (SIGNAL, *_KINDS)
