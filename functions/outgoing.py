"""Calls to outside sources: a time limit, a few tries, one kind of error, and a row that says how each source is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx
import stamina
from sqlalchemy import Connection, func
from sqlalchemy.dialects.postgresql import insert

from db.tables import source_status
from functions.errors import Broken, QuorumError, RetryLater
from functions.logs import hide_secrets
from functions.proxies import route

TIMEOUT = httpx.Timeout(10.0, connect=5.0)
TRIES = 3
LONGEST_WAIT = 5.0  # seconds: a source that asks for more is asked at the next schedule
ERROR_LIMIT = 300


@dataclass(frozen=True, slots=True)
class Source:
    """An outside source.

    Args:
        name: of its row in `source_status`.
        url: base address.
        headers: sent with each call, e.g. a key.
    """

    name: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


def get_json(source: Source, path: str, parameters: Mapping[str, str | int] | None = None) -> Any:
    """Ask a source for JSON; what may pass by itself is tried three times.

    Raises:
        RetryLater: it does not answer, or not now (429, 5xx).
        Broken: it refuses (4xx), or answers something that is not JSON.
    """
    try:
        for attempt in stamina.retry_context(on=_passes, attempts=TRIES, wait_initial=0.3, wait_max=LONGEST_WAIT):
            with attempt:
                return _ask(source, path, parameters or {})
    except httpx.HTTPStatusError as error:
        raise _refusal(source, error.response) from error
    except httpx.TransportError as error:
        words = hide_secrets(str(error)) or type(error).__name__
        raise RetryLater("source_away", f"{source.name} does not answer: {words}") from error
    raise AssertionError("the last attempt returns or raises")


def _ask(source: Source, path: str, parameters: Mapping[str, str | int]) -> Any:
    url = f"{source.url.rstrip('/')}{path}"
    headers = dict(source.headers)
    answer = httpx.get(url, params=dict(parameters), headers=headers, timeout=TIMEOUT, follow_redirects=True, **route(url))
    answer.raise_for_status()
    try:
        return answer.json()
    except ValueError as error:
        raise Broken("source_unreadable", f"{source.name} answered something else than JSON") from error


def _passes(error: Exception) -> bool | float:
    """Tell whether an error may pass by itself, and when to ask again if the source says so."""
    if not isinstance(error, httpx.HTTPStatusError):
        return isinstance(error, httpx.TransportError)
    wait = _retry_after(error.response)
    if wait is not None:
        return wait if wait <= LONGEST_WAIT else False
    return _may_pass(error.response.status_code)


def _may_pass(status: int) -> bool:
    return status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _retry_after(answer: httpx.Response) -> float | None:
    try:
        return max(float(answer.headers["retry-after"]), 0.1)
    except (KeyError, ValueError):  # absent, or a date
        return None


def _refusal(source: Source, answer: httpx.Response) -> QuorumError:
    if _may_pass(answer.status_code):
        return RetryLater("source_away", f"{source.name} answered {answer.status_code}", _retry_after(answer) or 60.0)
    return Broken("source_refuses", f"{source.name} refuses with {answer.status_code}")


def note_success(connection: Connection, source: str, at: datetime, lag: timedelta | None = None) -> None:
    """Note that a source answered.

    Args:
        connection: in a transaction of the caller's.
        source: its name.
        at: wall time.
        lag: age of the newest item it has.
    """
    seconds = None if lag is None else lag.total_seconds()
    _note(connection, source, last_success_at=at, lag_seconds=seconds, successes=1)


def note_failure(connection: Connection, source: str, at: datetime, error: str) -> None:
    """Note that a source failed, in one sentence."""
    _note(connection, source, last_error_at=at, last_error=hide_secrets(error)[:ERROR_LIMIT], errors=1)


def _note(connection: Connection, source: str, **values: object) -> None:
    statement = insert(source_status).values(source=source, **values)
    counted = {name: getattr(source_status.c, name) + 1 for name in ("successes", "errors") if name in values}
    kept = {name: func.coalesce(statement.excluded[name], source_status.c[name]) for name in values if name not in counted}
    connection.execute(statement.on_conflict_do_update(index_elements=["source"], set_={**kept, **counted}))
