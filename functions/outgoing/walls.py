"""Why a web server refuses a request: too many, no plan that pays for it, a region it does not serve, a wall against robots.

All of them come as 403 from some server or other; what to do about them differs, so the page is read too.
"""

import re
from enum import Enum
from http import HTTPStatus

READ = 20_000  # characters of a page: the words stand in its head
_LIMIT = re.compile(r"too many (?:requests|visits)|too frequent|rate.?limit|slow down|quota", re.IGNORECASE)
_REGION = re.compile(
    r"(?:from|in|for|of|to) your (?:country|region|location|jurisdiction|area)|your (?:country|region|location) (?:is|has been) "
    r"|restricted (?:country|countries|location|region|jurisdiction|territory)|legal reasons|geo.?(?:block|restrict|fenc)"
    r"|(?:country|region|location|jurisdiction) (?:is )?(?:not (?:supported|available|allowed)|restricted|blocked|banned)"
    r"|not available in (?:the |this )?(?:country|region|location|united states|u\.?s)|error code: 1009"
    r"|(?:un|not )available to (?:users|residents|customers|clients) (?:in|of|from)|prohibited (?:country|region|jurisdiction)"
    r"|due to (?:\w+ ){0,2}(?:regulations?|regulatory|sanctions?)",
    re.IGNORECASE,
)
_PLAN = re.compile(
    r"(?:upgrade|change|check) (?:to |your )(?:\w+ ){0,3}plan|your (?:current )?(?:plan|subscription|tier)\b"
    r"|(?:plan|subscription) (?:is )?(?:required|needed|expired)|(?:paid|higher|professional|advanced|premium) plan"
    r"|(?:insufficient|not enough|out of|no) credits|insufficient_quota|payment required",
    re.IGNORECASE,
)
_CHALLENGE = re.compile(
    r"just a moment|checking your browser|attention required|captcha|enable javascript and cookies"
    r"|verify (?:that )?you are human",
    re.IGNORECASE,
)
_ROBOTS = re.compile(
    _CHALLENGE.pattern
    + r"|cf-(?:chl|ray|mitigated|error)|cloudflare|cloudfront|request could not be satisfied|akamai|access denied"
    r"|incapsula|imperva|ddos.?guard|sucuri|datadome|error code: 10\d\d|you have been blocked|azure front door",
    re.IGNORECASE,
)
_SHOWN_WITH = (HTTPStatus.OK, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_ACCEPTABLE)


# Of the exchange, whose host can be another.
REFUSES = (
    "Bybit refuses this address or region; set BYBIT_REST_URL and BYBIT_WS_URL to another host of it, or use another network"
)


class Wall(Enum):
    """What keeps us from a server."""

    LIMIT = "asks for fewer requests"
    PLAN = "wants another plan, or has no credits left"
    REGION = "refuses this address or region"
    ROBOTS = "lets no program from this address in"


def wall_of(status: int, page: str) -> Wall | None:
    """Return what kept a request out; None when it may be the request itself, or the answer is no refusal.

    Args:
        status: of the answer.
        page: its text, or the head of it.
    """
    page = page[:READ]
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Wall.LIMIT
    if status == HTTPStatus.PAYMENT_REQUIRED:
        return Wall.PLAN
    if status == HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS:
        return Wall.REGION
    if (
        status >= HTTPStatus.INTERNAL_SERVER_ERROR
    ):  # an outage, also of what stands before the server; but a challenge may come so
        return Wall.ROBOTS if status == HTTPStatus.SERVICE_UNAVAILABLE and _CHALLENGE.search(page) else None
    if _REGION.search(page):
        return Wall.REGION
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN) and _PLAN.search(page):
        return Wall.PLAN
    if status == HTTPStatus.FORBIDDEN and _LIMIT.search(page):
        return Wall.LIMIT
    return Wall.ROBOTS if status in _SHOWN_WITH and _ROBOTS.search(page) else None
