"""What an alert says in Telegram: HTML with everything from outside escaped, and the same without markup."""

import html
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from functions.errors import Broken

LIMIT = 4000  # Telegram takes 4096 UTF-16 units; an emoji is two
_MARKS = {"LONG": "🟢", "SHORT": "🔴", "NEUTRAL": "⚪"}
Payload = Mapping[str, Any]


def render(kind: str, payload: Payload) -> str:
    """Return the Telegram HTML of an alert.

    Raises:
        Broken: there is no text for this kind of alert.
    """
    try:
        text = _KINDS[kind](payload)
    except KeyError as error:
        raise Broken("no_message", f"expected an alert with a text, got kind {kind!r} without {error}") from error
    return _shorten(text)


def plain(text: str) -> str:
    """Return `text` without its markup, for a chat whose Telegram refused it."""
    return html.unescape(re.sub(r"<[^>]+>", "", text))


def _signal(payload: Payload) -> str:
    entry, stop = Decimal(payload["entry"]), Decimal(payload["stop"])
    direction = payload["direction"]
    lines = [
        f"{_MARKS[direction]} <b>{_safe(payload['symbol'])} {_safe(direction)}</b> · {_safe(payload['timeframe'])}",
        f"Confidence <b>{payload['confidence']:.0%}</b> · size <b>{payload['position_pct']:.1f}%</b> of equity",
        "",
        f"Entry  <code>{entry}</code>",
        f"Stop   <code>{stop}</code>  {_move(entry, stop)}",
    ]
    for number, target in enumerate(payload["targets"], 1):
        lines.append(f"TP{number}    <code>{target}</code>  {_move(entry, Decimal(target))}")
    lines += [f"Risk/reward 1 : {payload['risk_reward']:.1f}, a third at each target", "", "<b>Why</b>"]
    lines += [f"• {_safe(reason['text'])}" for reason in payload["reasons"]]
    lines += ["", f"Valid until {_clock(payload['expires_at'])} UTC. Paper only: nothing is ordered."]
    return "\n".join(lines)


def _failed_run(payload: Payload) -> str:
    return (
        f"⚠️ <b>{_safe(payload['workflow'])}</b> failed at “{_safe(payload['node'])}”\n"
        f"{_safe(payload['message'])}\n"
        f"n8n execution {_safe(payload['execution_id'])}; `quorum status` shows how the parts are."
    )


_KINDS: Mapping[str, Callable[[Payload], str]] = {"signal": _signal, "failed_run": _failed_run}


def _safe(value: object) -> str:
    return html.escape(str(value), quote=False)


def _move(entry: Decimal, level: Decimal) -> str:
    return f"({(level / entry - 1) * 100:+.2f}%)"


def _clock(moment: str) -> str:
    return datetime.fromisoformat(moment).strftime("%d %b %H:%M")


def _shorten(text: str) -> str:
    """Cut at a line's end, so that no tag is cut: every tag of ours closes in its line."""
    if len(text) <= LIMIT:
        return text
    kept = text[: LIMIT - 2].rpartition("\n")[0]
    return f"{kept}\n…"
