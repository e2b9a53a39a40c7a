"""One message to Telegram: its HTML, its picture, its buttons, within Telegram's limits; and the same without markup."""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions.delivery.inbox.buttons import Button
from functions.delivery.messages.words import Html, lines

TEXT_LIMIT, CAPTION_LIMIT, TOAST_LIMIT = 4096, 1024, 200  # UTF-16 units a person reads
Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """What to send.

    Args:
        text: Telegram HTML, for a message without picture; for an answer to a button plain text, shown for a moment.
        caption: the same cut to what fits under a picture.
        picture: path and query of our own HTTP function that draws it; None for none.
        buttons: none or four, two a row.
        callback_query_id: of the button that was pressed, when this is the answer to it.
        keyboard: the commands of a keyboard come with it, and stay; never with buttons.
    """

    text: Html
    caption: Html | None = None
    picture: str | None = None
    buttons: tuple[Button, ...] = ()
    callback_query_id: str | None = None
    keyboard: bool = False


def plain(text: str) -> str:
    """Return `text` as a person reads it."""
    return html.unescape(re.sub(r"<[^>]+>", "", text))


def without_markup(text: str) -> Html:
    """Return `text` as HTML without a single tag, for a chat whose Telegram refused the tags."""
    return Html(html.escape(plain(text), quote=False))


def length(text: str) -> int:
    """Return how many UTF-16 units of `text` a person reads: what Telegram counts."""
    return len(plain(text).encode("utf-16-le")) // 2


def fit(head: Sequence[str], middle: Sequence[str], tail: Sequence[str], limit: int) -> Html:
    """Return the lines as one text, with as many of the `middle` as the limit leaves room for.

    Only whole lines are left out, so no tag is cut: every tag of ours closes in its line.
    """
    for kept in range(len(middle), 0, -1):
        more = () if kept == len(middle) else ("…",)
        text = lines(*head, *middle[:kept], *more, *tail)
        if length(text) <= limit:
            return text
    return shorten(lines(*head, *tail), limit)


def shorten(text: str, limit: int = TEXT_LIMIT) -> Html:
    """Cut at the end of a line."""
    if length(text) <= limit:
        return Html(text)
    kept = text.split("\n")
    while len(kept) > 1 and length("\n".join([*kept, "…"])) > limit:
        kept.pop()
    text = "\n".join([*kept, "…"])
    return Html(text if length(text) <= limit else html.escape(plain(text)[: limit // 2], quote=False))
